import type { Fetch } from '../../remote/http/fetch.ts';
import { plainRedirectProblem } from '../../remote/trust/trust.ts';
import { agents } from './agents.ts';
import { responseOf } from './answer.ts';
import { exchange } from './exchange.ts';
import { locationOf, redirected } from './redirect.ts';
import { requestOf } from './request.ts';

/** Most redirects, as in the Fetch standard. */
const mostRedirects = 20;

/**
 * A `fetch` over node:http, the default of the Node client. It needs about half the CPU time of Node's own fetch,
 * reuses connections that Node's fetch closes (after each HEAD), reports to `onSent` how much of a body the connection
 * accepted, and returns a response that arrives before the whole body was sent, even if the connection then breaks.
 *
 * It does not request compression, and has no cookies and no cache. Proxies need `createFetch`.
 *
 * @throws TypeError without a response, with the reason as its cause, as `fetch` does; or the error that `onSent`
 *   throws
 */
export const httpFetch: Fetch = createHttpFetch();

/** A `fetch` like {@link httpFetch} with its own connections and a connect timeout in milliseconds. */
export function createHttpFetch(connectTimeout = 10_000): Fetch {
  const agentOf = agents();
  return async (url, init = {}) => {
    const { onSent, redirect = 'follow', signal } = init;
    let mistake: { error: unknown } | undefined;
    const tell = (bytes: number): void => {
      try {
        onSent?.(bytes);
      } catch (error) {
        mistake = { error };
        throw error;
      }
    };
    try {
      let request = await requestOf(url, init);
      for (let redirects = 0; ; redirects++) {
        const agent = await agentOf(request.url.protocol);
        signal?.throwIfAborted();
        const answer = await exchange(request, { agent, connectTimeout, tell, signal });
        const location = redirect === 'manual' ? undefined : locationOf(answer.message);
        if (location === undefined) return responseOf(answer, request.url, redirects > 0);
        answer.body?.cancel().catch(() => {});
        if (redirect === 'error') throw new Error('unexpected redirect');
        if (redirects === mostRedirects) throw new Error('redirect count exceeded');
        request = redirected(request, answer.message.statusCode, location);
        const problem = init.plainRedirects && plainRedirectProblem(url, request.url.href, init.plainRedirects);
        if (problem) throw new Error(problem);
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (mistake) throw mistake.error;
      throw new TypeError('fetch failed', { cause: error });
    }
  };
}
