import ky, { type HTTPError, isHTTPError, isNetworkError } from 'ky';
import { isOrasError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import { Backoff } from './backoff.ts';
import { isLasting, toNetworkError, withoutQuery } from './network-error.ts';
import { retryAfter } from './retry-after.ts';
import type { TransportSettings } from './settings.ts';

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
  /** Whether it may be sent again after a passing failure. Default: if it has no body. */
  repeatable?: boolean | undefined;
  /** What is done with redirects. Default: they are followed, but an error for a request with a body. */
  redirect?: 'follow' | 'error' | undefined;
}

/** Sends one request and gives the answer, whatever its status. */
export type Send = (method: string, url: string, options?: SendOptions) => Promise<Response>;

/** Answers that may be another one soon. */
export const retriedStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/**
 * Sends requests to one registry over ky. What may be repeated is, after network failures and passing refusals, with
 * waits that grow and that all requests share. A network failure becomes a NetworkError, an abort rejects with the
 * signal's own reason.
 */
export function createSend(fetch: Fetch, { retry }: TransportSettings): Send {
  const backoff = new Backoff();
  return async (method, url, options = {}) => {
    const { body, onSent, scopes = [], signal, repeatable = !body, redirect = body ? 'error' : 'follow' } = options;
    try {
      return await ky(url, {
        method,
        ...(options.headers && { headers: options.headers }),
        signal: signal ?? null,
        timeout: false,
        retry: {
          limit: repeatable ? retry.limit : 0,
          methods: [method],
          statusCodes: [...retriedStatuses],
          // The shared back-off waits for what a registry asks for. ky would also take other headers for it, without a cap.
          afterStatusCodes: [],
          delay: retry.delay,
          jitter: true,
          shouldRetry: ({ error }) => {
            // A request for a token that failed was repeated already.
            if (isOrasError(error)) return isOrasError(error, 'NETWORK') && error.url === withoutQuery(url);
            const isOver = isHTTPError(error) ? waitOf(error) > retry.maxRetryAfter : isLasting(error);
            return isOver ? false : undefined;
          },
        },
        throwHttpErrors: (status) => repeatable && retriedStatuses.includes(status),
        // ky never sees the body: it would keep a copy of all of it for a retry.
        fetch: async (input) => {
          const request = input as Request;
          await backoff.ready(request.signal);
          const response = await fetch(request.url, {
            method: request.method,
            headers: request.headers,
            signal: request.signal,
            credentials: 'omit',
            scopes,
            // A request that may be redirected is kept whole in memory by Node's fetch.
            redirect,
            ...(body && { body, ...(onSent && { onSent }) }),
          });
          const wait = retryAfter(response) ?? 0;
          if (retriedStatuses.includes(response.status) && wait <= retry.maxRetryAfter) backoff.hold(wait);
          return response;
        },
      });
    } catch (error) {
      signal?.throwIfAborted();
      // A token could not be had. ky tells errors by their names, and would take ours for its own.
      if (isOrasError(error)) throw error;
      if (isHTTPError(error)) return readAgain(error.response, error.data);
      // ky's own error shows the whole URL and the request: what led to it says enough.
      const reason = isNetworkError(error) ? error.cause : error;
      throw reason instanceof TypeError ? toNetworkError(reason, method, url) : error;
    }
  };
}

function waitOf({ response }: HTTPError): number {
  return retryAfter(response) ?? 0;
}

/** ky has read the body of the answer it gave up on: the same answer, with its body again. */
function readAgain(response: Response, data: unknown): Response {
  const { status, statusText, headers } = response;
  const body = data === undefined || typeof data === 'string' ? (data ?? null) : JSON.stringify(data);
  return new Response(body, { status, statusText, headers });
}
