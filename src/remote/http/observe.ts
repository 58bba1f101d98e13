import { aborted } from '../../aborts.ts';
import type { WarningOptions } from '../../options.ts';
import { ofCaller } from '../../target/callers.ts';
import { discard } from '../answers/discard.ts';
import { toNetworkError, withoutQuery } from '../answers/network-error.ts';
import type { Fetch } from './fetch.ts';
import { Warnings } from './warnings.ts';

/** One request, as an observer may see it: no headers, no query, nothing secret. */
export interface ObservedRequest {
  /** HTTP method. */
  method: string;
  /** URL without its query. */
  url: string;
}

/** One answer, or the lack of one. */
export interface ObservedResponse extends ObservedRequest {
  /** HTTP status; undefined when no answer came. */
  status: number | undefined;
  /** Milliseconds from the request to the head of the answer. */
  milliseconds: number;
  /** What the registry says of its rate limit, when it does. */
  rateLimit?: RateLimit;
}

/** A registry's rate limit, as Docker Hub and others send it. */
export interface RateLimit {
  /** Requests allowed per window. */
  limit: number;
  /** Requests left in this window. */
  remaining: number;
  /** Length of the window in seconds, when it is said. */
  window: number | undefined;
}

/**
 * Who is told of requests, answers and warnings. What a listener throws, or the promise that it returns rejects with, ends
 * the call that made the request, as it is; such a promise is waited for.
 */
export interface Observer extends WarningOptions {
  /** Told of every request just before it is sent, retries and token requests too. Default: nobody. */
  onRequest?: ((request: ObservedRequest) => void) | undefined;
  /** Told of every answer, and of every request that got none. Default: nobody. */
  onResponse?: ((response: ObservedResponse) => void) | undefined;
}

/**
 * The fetch that sends in the end, its observer told of what it does, and its failures as NetworkErrors: only here it is
 * certain that a TypeError is not a mistake in a caller's function.
 */
export function observed(fetch: Fetch, observer: Observer): Fetch {
  const { onRequest, onResponse, onWarning } = observer;
  const warnings = onWarning && new Warnings(onWarning);
  return async (url, init = {}) => {
    const request: ObservedRequest = { method: init.method ?? 'GET', url: withoutQuery(url) };
    const told = (work: () => unknown): Promise<unknown> => aborted(ofCaller(work), init.signal);
    if (onRequest) await told(() => onRequest(request));
    const started = Date.now();
    const tell = async (status: number | undefined, rateLimit?: RateLimit): Promise<void> => {
      const milliseconds = Date.now() - started;
      if (onResponse)
        await told(() => onResponse({ ...request, status, milliseconds, ...(rateLimit && { rateLimit }) }));
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
      if (warnings) await told(() => warnings.take(new URL(url).host, response));
    } catch (error) {
      discard(response);
      throw error;
    }
    return response;
  };
}

/** `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 99;w=21600`, as Docker Hub sends them. */
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
