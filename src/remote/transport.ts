import ky, { isHTTPError, isNetworkError, isTimeoutError } from 'ky';
import { isOrasError, NetworkError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';

/** What may follow a URL in a fetch of this package: fetch's own options, and two that `fetch` does not know. */
export type FetchInit = RequestInit & {
  /** Token scopes the request needs, for example `repository:org/hello:pull`; for the authentication. */
  scopes?: readonly string[];
  /** Told how many bytes of the body were sent so far, by a fetch that can tell. */
  onSent?: (bytes: number) => void;
};

/** A `fetch` by URL text; the platform's own fits. */
export type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

/** Options of one request. */
export interface SendOptions extends AbortOptions {
  /** Headers of the request. */
  headers?: Record<string, string> | undefined;
  /** Body of the request; a Blob, because only a Blob can be sent again in every runtime. */
  body?: Blob | undefined;
  /** Token scopes the request needs. */
  scopes?: readonly string[] | undefined;
  /** Told how many bytes of the body were sent so far, where the fetch can tell. */
  onSent?: ((bytes: number) => void) | undefined;
}

/** Sends one request and gives the answer, whatever its status. */
export type Send = (method: string, url: string, options?: SendOptions) => Promise<Response>;

/** Milliseconds until the head of an answer must be there; a request with a body has no such limit. */
const answerTimeout = 60_000;
/** Longest wait a registry may ask for before a retry, in milliseconds. */
const longestRetryAfter = 30_000;
const retriedStatuses = [408, 429, 500, 502, 503, 504];

/**
 * Sends requests over ky: GET and HEAD are tried again after network failures and passing refusals, everything else is
 * sent once. A network failure becomes a NetworkError, an abort rejects with the signal's own reason.
 */
export function createSend(fetch: Fetch): Send {
  return async (method, url, options = {}) => {
    const { body, onSent, scopes = [], signal } = options;
    try {
      return await ky(url, {
        method,
        ...(options.headers && { headers: options.headers }),
        signal: signal ?? null,
        timeout: body ? false : answerTimeout,
        retry: {
          limit: body ? 0 : 3,
          methods: ['get', 'head'],
          statusCodes: retriedStatuses,
          maxRetryAfter: longestRetryAfter,
          jitter: true,
        },
        throwHttpErrors: (status) => !body && retriedStatuses.includes(status),
        // ky never sees the body: it would keep a copy of all of it for a retry.
        fetch: (input) => {
          const request = input as Request;
          return fetch(request.url, {
            method: request.method,
            headers: request.headers,
            signal: request.signal,
            credentials: 'omit',
            scopes,
            // A request that may be redirected is kept whole in memory by Node's fetch.
            ...(body ? { body, redirect: 'error', ...(onSent && { onSent }) } : {}),
          });
        },
      });
    } catch (error) {
      signal?.throwIfAborted();
      // A token could not be had. ky tells errors by their names, and would take ours for its own.
      if (isOrasError(error)) throw error;
      if (isHTTPError(error)) return readAgain(error.response, error.data);
      throw networkErrorOf(error, method, url) ?? error;
    }
  };
}

/** ky has read the body of the answer it gave up on: the same answer, with its body again. */
function readAgain(response: Response, data: unknown): Response {
  const { status, statusText, headers } = response;
  const body = data === undefined || typeof data === 'string' ? (data ?? null) : JSON.stringify(data);
  return new Response(body, { status, statusText, headers });
}

function networkErrorOf(error: unknown, method: string, url: string): NetworkError | undefined {
  if (isTimeoutError(error)) {
    return new NetworkError(
      `${method} ${withoutQuery(url)}: no answer in ${answerTimeout / 1000} s`,
      withoutQuery(url),
      false,
    );
  }
  // ky's own error shows the whole URL and the request: what led to it says enough.
  const reason = isNetworkError(error) ? error.cause : error;
  return reason instanceof TypeError ? toNetworkError(reason, method, url) : undefined;
}

/** The network failure of one request as a typed error that says what it may be. */
export function toNetworkError(error: unknown, method: string, url: string): NetworkError {
  const bare = withoutQuery(url);
  const foreign = pageOrigin() !== undefined && pageOrigin() !== new URL(url).origin;
  const hint = foreign
    ? '. In a page this may also be missing CORS headers: the registry must answer with Access-Control-Allow-Origin, ' +
      'allow the methods and headers of the request, and expose Location, Docker-Content-Digest, Link and ' +
      'WWW-Authenticate; or a plain http registry called from an https page; or a refused local-network permission'
    : '';
  return new NetworkError(`${method} ${bare} failed: ${reasonOf(error)}${hint}`, bare, foreign, { cause: error });
}

/** `fetch failed` says nothing; the reason is at the end of the chain of causes. */
function reasonOf(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  if (!(last instanceof Error)) return 'no answer';
  // Engines quote the whole URL when it has credentials in it.
  return /https?:\/\//.test(last.message) ? last.name : last.message || last.name;
}

/** Origin of the page or worker this runs in; undefined outside browsers. */
function pageOrigin(): string | undefined {
  return (globalThis as { location?: { origin?: string } }).location?.origin;
}

/** A URL as it may be shown: without query, fragment and credentials, which can hold secrets. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
