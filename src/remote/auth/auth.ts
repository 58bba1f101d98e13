import { aborted } from '../../aborts.ts';
import { passOver } from '../../target/callers.ts';
import { discard } from '../answers/discard.ts';
import type { Fetch, FetchInit } from '../http/fetch.ts';
import { type AuthOptions, AuthSession } from './session.ts';

/**
 * Wraps a fetch with authentication. The first request is anonymous; then it answers the registry's challenge (Basic,
 * or Bearer with a token for the scopes of the request), and authenticates preemptively afterwards. Requests to another
 * origin, and requests with their own `Authorization` header, are not changed.
 */
export function withAuth(fetch: Fetch, options: AuthOptions): Fetch {
  const session = new AuthSession(options);
  const { origin } = options;
  const challengeOf = fallbackChallenge(fetch, options);
  return async (url, init = {}) => {
    if (new URL(url).origin !== origin || new Headers(init.headers).has('authorization')) return fetch(url, init);
    let sent = await session.authorization(init);
    const ask = async (): Promise<Response> => {
      const response = await fetch(url, withAuthorization(init, sent?.header));
      const isBare = isChallenge(response, origin) && !response.headers.has('www-authenticate');
      const challenge =
        isBare &&
        (await challengeOf(init.signal).catch((error: unknown) => {
          discard(response);
          throw error;
        }));
      return challenge ? withChallenge(response, challenge) : response;
    };
    let response = await ask();
    // A cached token may be refused, and the new one may lack a scope, so there are up to three requests.
    for (let again = 0; again < 2 && isChallenge(response, origin); again++) {
      const header = response.headers.get('www-authenticate');
      const next = await session.answer(header, init, sent, again > 0).catch((error: unknown) => {
        discard(response);
        throw error;
      });
      if (!next) break;
      discard(response);
      sent = next;
      response = await ask();
    }
    if (!sent?.unusable || !isRefusal(response, origin)) return response;
    discard(response);
    throw sent.unusable;
  };
}

function isChallenge(response: Response, origin: string): boolean {
  return response.status === 401 && isRefusal(response, origin);
}

/** A 401 or 403 of the registry itself. A redirect target that asks for authentication gets no credentials. */
function isRefusal({ status, url }: Response, origin: string): boolean {
  return (status === 401 || status === 403) && (url === '' || new URL(url).origin === origin);
}

function withChallenge({ body, headers: given, status }: Response, challenge: string): Response {
  const headers = new Headers(given);
  headers.set('www-authenticate', challenge);
  return new Response(body, { status, headers });
}

/**
 * The challenge for a 401 without `WWW-Authenticate`: the configured one, or else that of the base endpoint. gcr.io
 * sends some 401s without a challenge. The base endpoint is asked once, and again only after a failure.
 */
function fallbackChallenge(
  fetch: Fetch,
  { challenge, origin }: AuthOptions,
): (signal: AbortSignal | null | undefined) => Promise<string | null | undefined> {
  let asked: Promise<string | null | undefined> | undefined = challenge ? Promise.resolve(challenge) : undefined;
  const failed = (): undefined => {
    asked = undefined;
  };
  const ask = async (): Promise<string | null | undefined> => {
    const init = { method: 'GET', credentials: 'omit', redirect: 'error' } as const;
    const response = await fetch(`${origin}/v2/`, init);
    discard(response);
    return response.status > 404 ? failed() : response.headers.get('www-authenticate');
  };
  return (signal) => {
    asked ??= ask().catch((error: unknown) => {
      failed();
      return passOver(error);
    });
    return aborted(asked, signal);
  };
}

function withAuthorization(init: FetchInit, authorization: string | undefined): FetchInit {
  if (authorization === undefined) return init;
  const headers = new Headers(init.headers);
  headers.set('authorization', authorization);
  return { ...init, headers };
}
