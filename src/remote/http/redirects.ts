import { discard } from '../answers/discard.ts';
import { plainRedirectProblem } from '../trust/trust.ts';
import type { Fetch } from './fetch.ts';

/** Statuses that `fetch` follows (Fetch standard, "redirect status"). */
const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Wraps a fetch with the redirect policy: a redirect from https to http fails, unless its origin is listed. A fetch
 * that knows `plainRedirects` checks before it follows; otherwise the check is made before the response is used. Where
 * the runtime does not support `redirect: 'error'` (workerd, the runtime of Cloudflare Workers), `manual` is used, and
 * a redirect fails.
 */
export function withRedirectRules(fetch: Fetch, trusted: readonly string[] = []): Fetch {
  let takesError: boolean | undefined;
  return async (url, init = {}) => {
    const isRefused = init.redirect === 'error';
    if (isRefused) takesError ??= canRefuse();
    const isManual = isRefused && !takesError;
    const options = { ...init, plainRedirects: trusted };
    const response = await fetch(url, isManual ? { ...options, redirect: 'manual' } : options);
    const isRedirect = response.type === 'opaqueredirect' || redirectStatuses.includes(response.status);
    const problem =
      isManual && isRedirect ? 'unexpected redirect' : plainRedirectProblem(url, response.url || url, trusted);
    if (!problem) return response;
    discard(response);
    // The same failure as that of fetch itself.
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
