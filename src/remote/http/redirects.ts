import { discard } from '../answers/discard.ts';
import { plainRedirectProblem } from '../trust/trust.ts';
import type { Fetch } from './fetch.ts';

/** Statuses of answers that `fetch` follows (Fetch standard, "redirect status"). */
const redirects = [301, 302, 303, 307, 308];

/**
 * The same fetch, but failing where a redirect leads from https to http, unless the origin is listed: before it is
 * followed by a fetch that takes `plainRedirects`, or else before the answer is used. Where the runtime does not know
 * `redirect: 'error'` (workerd, which Cloudflare Workers run on), redirects are asked to be left alone and then refused.
 */
export function withRedirectRules(fetch: Fetch, trusted: readonly string[] = []): Fetch {
  let takesError: boolean | undefined;
  return async (url, init = {}) => {
    const isRefused = init.redirect === 'error';
    if (isRefused) takesError ??= canRefuse();
    const isManual = isRefused && !takesError;
    const options = { ...init, plainRedirects: trusted };
    const response = await fetch(url, isManual ? { ...options, redirect: 'manual' } : options);
    const isRedirect = response.type === 'opaqueredirect' || redirects.includes(response.status);
    const problem =
      isManual && isRedirect ? 'unexpected redirect' : plainRedirectProblem(url, response.url || url, trusted);
    if (!problem) return response;
    discard(response);
    // As fetch fails itself.
    throw new TypeError('fetch failed', { cause: new Error(problem) });
  };
}

function canRefuse(): boolean {
  try {
    return new Request('https://registry.example/', { redirect: 'error' }).redirect === 'error';
  } catch {
    return false;
  }
}
