import type { AbortOptions } from '../../options.ts';
import type { TransportSettings } from './settings.ts';

/** What may follow a URL in a fetch of this package: fetch's own options, and some that `fetch` does not know. */
export type FetchInit = RequestInit & {
  /** Token scopes the request needs, for example `repository:org/hello:pull`; for the authentication. */
  scopes?: readonly string[];
  /** Told how many bytes of the body were sent so far, by a fetch that can tell. */
  onSent?: (bytes: number) => void;
  /** Bytes the registry must process before it answers, besides those of the body: they lengthen the timeout. */
  serverBytes?: number;
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
  /** Bytes the registry must process before it answers, besides those of the body. Default 0. */
  serverBytes?: number | undefined;
  /** Whether it may be sent again after a passing failure. Default: if it has no body. */
  repeatable?: boolean | undefined;
  /** When it is sent again, if it may be. Default: as all requests to the registry. */
  retry?: TransportSettings['retry'] | undefined;
  /** What is done with redirects. Default: they are followed, but an error for a request with a body. */
  redirect?: 'follow' | 'error' | undefined;
  /**
   * What the caller wants, as the beginning of an error: `Cannot pull ghcr.io/org/hello:v1`. With it, an answer of any
   * other status than the `expected` ones is an error. Default: the answer is given whatever its status.
   */
  what?: string | undefined;
  /** What a 404 says is not there: a reference or a digest, for a NotFoundError. Default: a 404 is a RegistryError. */
  missing?: string | undefined;
  /** Statuses that are no error, where `what` is given. Default: 200. */
  expected?: readonly number[] | undefined;
}

/** Sends one request and gives the answer; see {@link SendOptions.what} for its errors. */
export type Send = (method: string, url: string, options?: SendOptions) => Promise<Response>;

/** The request as `fetch` takes it. No cookies go with it. */
export function fetchInit(method: string, options: SendOptions): FetchInit {
  const { body, headers, onSent, scopes = [], serverBytes, signal } = options;
  // A request that may be redirected is kept whole in memory by Node's fetch.
  const { redirect = body ? 'error' : 'follow' } = options;
  return {
    method,
    ...(headers && { headers }),
    signal: signal ?? null,
    credentials: 'omit',
    scopes,
    redirect,
    ...(body && { body, ...(onSent && { onSent }) }),
    ...(serverBytes && { serverBytes }),
  };
}
