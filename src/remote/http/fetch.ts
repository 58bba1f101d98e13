import type { AbortOptions } from '../../options.ts';
import type { TransportSettings } from './settings.ts';

/**
 * The second argument of a fetch of this package: the standard RequestInit, and options that the platform's `fetch`
 * ignores.
 */
export type FetchInit = RequestInit & {
  /** Token scopes the request needs, for example `repository:org/hello:pull`; used by the authentication. */
  scopes?: readonly string[];
  /** Upload progress: called with the bytes of the body sent so far, by a fetch that can report it. */
  onSent?: (bytes: number) => void;
  /** Bytes the registry must process before it answers, besides those of the body: they lengthen the timeout. */
  serverBytes?: number;
  /** Plain http origins to which a redirect from https is allowed, for a fetch that can check before it follows. */
  plainRedirects?: readonly string[];
};

/** A `fetch` that takes the URL as a string; the platform's own fits. */
export type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

/** Options of one request. */
export interface SendOptions extends AbortOptions {
  /** Headers of the request. */
  headers?: Record<string, string> | undefined;
  /** Body of the request; a Blob, because only a Blob can be sent again in every runtime. */
  body?: Blob | undefined;
  /** Token scopes the request needs. */
  scopes?: readonly string[] | undefined;
  /** Upload progress: called with the bytes of the body sent so far, where the fetch can report it. */
  onSent?: ((bytes: number) => void) | undefined;
  /** Bytes the registry must process before it answers, besides those of the body. Default 0. */
  serverBytes?: number | undefined;
  /** Whether it may be retried after a transient failure. Default: true without a body. */
  repeatable?: boolean | undefined;
  /** Retry settings. Default: those of the registry's client. */
  retry?: TransportSettings['retry'] | undefined;
  /** Redirect mode. Default: `follow`, but `error` for a request with a body. */
  redirect?: 'follow' | 'error' | undefined;
  /**
   * Start of the error message, which says what the caller wants: `Cannot pull ghcr.io/org/hello:v1`. With it, a
   * response with a status that is not in `expected` rejects with a typed error. Default: every response is returned.
   */
  what?: string | undefined;
  /**
   * The reference or digest that a 404 says does not exist; it becomes a NotFoundError. Default: a 404 is a
   * RegistryError.
   */
  missing?: string | undefined;
  /** Statuses that are not an error, when `what` is given. Default: 200. */
  expected?: readonly number[] | undefined;
}

/** Sends one request and returns the response; see {@link SendOptions.what} for its errors. */
export type Send = (method: string, url: string, options?: SendOptions) => Promise<Response>;

/** The RequestInit of a request. It sends no cookies. */
export function fetchInit(method: string, options: SendOptions): FetchInit {
  const { body, headers, onSent, scopes = [], serverBytes, signal } = options;
  // When redirects are followed, Node's fetch keeps the whole body in memory.
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
