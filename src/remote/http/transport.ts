import { isOrasError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import { Backoff, delay } from './backoff.ts';
import { discard } from './discard.ts';
import { isLasting, withoutQuery } from './network-error.ts';
import { retryAfter } from './retry-after.ts';
import type { TransportSettings } from './settings.ts';

/** What may follow a URL in a fetch of this package: fetch's own options, and some that `fetch` does not know. */
export type FetchInit = RequestInit & {
  /** Token scopes the request needs, for example `repository:org/hello:pull`; for the authentication. */
  scopes?: readonly string[];
  /** Told how many bytes of the body were sent so far, by a fetch that can tell. */
  onSent?: (bytes: number) => void;
  /** Bytes the registry goes through before it answers, besides those of the body: it may take as much longer. */
  workload?: number;
  /** Origins of http that a redirect from https may lead to, for a fetch that can look before it follows. */
  plainRedirects?: readonly string[];
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
  /** Bytes the registry goes through before it answers, besides those of the body. Default 0. */
  workload?: number | undefined;
  /** Whether it may be sent again after a passing failure. Default: if it has no body. */
  repeatable?: boolean | undefined;
  /** What is done with redirects. Default: they are followed, but an error for a request with a body. */
  redirect?: 'follow' | 'error' | undefined;
}

/** Sends one request and gives the answer, whatever its status. */
export type Send = (method: string, url: string, options?: SendOptions) => Promise<Response>;

/** Answers that may be another one soon. */
export const retriedStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/** Answers of a registry that has too much to do: they are waited for by everybody who asks it something. */
const overloaded = [429, 503];

/**
 * Sends requests to one registry. What may be repeated is, after network failures and passing refusals, with waits that
 * grow; those of a registry that is overloaded, or that asks for them, are shared by all who share the back-off. An abort
 * rejects with the signal's own reason.
 */
export function createSend(fetch: Fetch, { retry }: TransportSettings, backoff: Backoff = new Backoff()): Send {
  return async (method, url, options = {}) => {
    const { body, headers, onSent, scopes = [], signal, workload, repeatable = !body } = options;
    const { redirect = body ? 'error' : 'follow' } = options;
    const init: FetchInit = {
      method,
      ...(headers && { headers }),
      signal: signal ?? null,
      credentials: 'omit',
      scopes,
      // A request that may be redirected is kept whole in memory by Node's fetch.
      redirect,
      ...(body && { body, ...(onSent && { onSent }) }),
      ...(workload && { workload }),
    };
    const limit = repeatable ? retry.limit : 0;
    for (let retries = 0; ; ) {
      await backoff.ready(signal);
      const response = await fetch(url, init).catch((error: unknown) => {
        signal?.throwIfAborted();
        if (retries === limit || !isPassing(error, url)) throw error;
      });
      const isRefused = retriedStatuses.includes(response?.status as number);
      const asked = (response && retryAfter(response)) ?? 0;
      if (isRefused && asked <= retry.maxRetryAfter) backoff.hold(asked);
      if (response && (!isRefused || retries === limit || asked > retry.maxRetryAfter)) return response;
      if (response) discard(response);
      const wait = Math.random() * retry.delay(++retries);
      if (overloaded.includes(response?.status as number)) backoff.hold(wait);
      await delay(wait, signal);
    }
  };
}

/** A request for a token that failed on the way was repeated already. */
function isPassing(error: unknown, url: string): boolean {
  if (isCallers(error) || !isOrasError(error, 'NETWORK')) return false;
  return error.url === withoutQuery(url) && !isLasting(error.cause);
}
