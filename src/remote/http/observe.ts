import { aborted } from '../../aborts.ts';
import type { WarningOptions } from '../../options.ts';
import { ofCaller } from '../../target/callers.ts';
import { discard } from '../answers/discard.ts';
import { toNetworkError, withoutQuery } from '../answers/network-error.ts';
import type { Fetch } from './fetch.ts';
import { Warnings } from './warnings.ts';

/** One request as an observer sees it: no headers, no query, no secrets. */
export interface ObservedRequest {
  /** HTTP method. */
  method: string;
  /** URL without its query. */
  url: string;
}

/** One response, or a request without a response. */
export interface ObservedResponse extends ObservedRequest {
  /** HTTP status; undefined when no response came. */
  status: number | undefined;
  /** Milliseconds from the request to the response headers. */
  milliseconds: number;
  /** The registry's rate limit, where it sends one. */
  rateLimit?: RateLimit;
}

/** A registry's rate limit, as Docker Hub and others send it. */
export interface RateLimit {
  /** Requests allowed per window. */
  limit: number;
  /** Requests left in this window. */
  remaining: number;
  /** Length of the window in seconds, where it is known. */
  window: number | undefined;
}

/**
 * Listeners for requests, responses and warnings. When a listener throws, or returns a promise that rejects, the call
 * that made the request rejects with that error. A promise that a listener returns is awaited.
 */
export interface Observer extends WarningOptions {
  /** Called for every request just before it is sent, including retries and token requests. Default: no listener. */
  onRequest?: ((request: ObservedRequest) => void) | undefined;
  /** Called for every response, and for every request without one. Default: no listener. */
  onResponse?: ((response: ObservedResponse) => void) | undefined;
}

/**
 * Wraps the innermost fetch: reports requests and responses to the observer, and turns failures into NetworkErrors.
 * Only here is a TypeError certain to be a network failure and not a bug in a caller's function.
 */
export function withObserver(fetch: Fetch, observer: Observer): Fetch {
  const { onRequest, onResponse, onWarning } = observer;
  const warnings = onWarning && new Warnings(onWarning);
  return async (url, init = {}) => {
    const request: ObservedRequest = { method: init.method ?? 'GET', url: withoutQuery(url) };
    const run = (work: () => unknown): Promise<unknown> => aborted(ofCaller(work), init.signal);
    if (onRequest) await run(() => onRequest(request));
    const started = Date.now();
    const tell = async (status: number | undefined, rateLimit?: RateLimit): Promise<void> => {
      const milliseconds = Date.now() - started;
      if (onResponse)
        await run(() => onResponse({ ...request, status, milliseconds, ...(rateLimit && { rateLimit }) }));
    };
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (error) {
      await tell(undefined);
      throw error instanceof TypeError ? toNetworkError(error, request.method, url) : error;
    }
    try {
      await tell(response.status, rateLimitOf(response.headers));
      if (warnings) await run(() => warnings.take(new URL(url).host, response));
    } catch (error) {
      discard(response);
      throw error;
    }
    return response;
  };
}

/** Parses `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 99;w=21600`, as Docker Hub sends them. */
function rateLimitOf(headers: Headers): RateLimit | undefined {
  const limit = /^\s*(\d+)(?:;\s*w=(\d+))?/.exec(headers.get('ratelimit-limit') ?? '');
  const remaining = /^\s*(\d+)/.exec(headers.get('ratelimit-remaining') ?? '');
  if (!limit || !remaining) return undefined;
  return {
    limit: Number(limit[1]),
    remaining: Number(remaining[1]),
    window: limit[2] === undefined ? undefined : Number(limit[2]),
  };
}
