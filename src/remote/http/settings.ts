import { longestTimer } from './backoff.ts';

/** Retries of requests. */
export interface RetryOptions {
  /** Maximum number of retries of a request. Default 4. */
  limit?: number | undefined;
  /** Milliseconds before the n-th retry; the actual wait is a random part of it (full jitter). Default 500 × 2^(n-1), at most 15,000. */
  delay?: ((retry: number) => number) | undefined;
  /**
   * Longest `Retry-After` that is honoured, in milliseconds. A longer one rejects at once with a RateLimitedError that
   * has the wait. Default 60,000.
   */
  maxRetryAfter?: number | undefined;
}

/** Timeouts of requests. */
export interface TimeoutOptions {
  /**
   * Milliseconds within which the response headers must arrive. For an upload the timeout starts after the last byte
   * was sent. Where the fetch reports no upload progress, an upload has a second more for each 16 KiB. Default 60,000.
   */
  answer?: number | undefined;
  /**
   * Milliseconds without progress: no byte of the response body arrived, or no byte of an upload was sent, where the
   * fetch reports upload progress. Default 60,000.
   */
  stall?: number | undefined;
}

/** Retries and timeouts with all defaults. */
export interface TransportSettings {
  /** Retries of requests. */
  retry: {
    /** Maximum number of retries. */
    limit: number;
    /** Milliseconds before the n-th retry. */
    delay: (retry: number) => number;
    /** Longest `Retry-After` that is honoured, in milliseconds. */
    maxRetryAfter: number;
  };
  /** Timeouts of requests. */
  timeouts: {
    /** Milliseconds within which the response headers must arrive. */
    answer: number;
    /** Milliseconds without progress. */
    stall: number;
  };
}

/**
 * The settings with their defaults.
 *
 * @throws RangeError when a number is negative or not a number, or the limit is not a whole number
 */
export function settingsOf(retry: RetryOptions = {}, timeouts: TimeoutOptions = {}): TransportSettings {
  const { limit = 4, delay = (n) => Math.min(500 * 2 ** (n - 1), 15_000), maxRetryAfter = 60_000 } = retry;
  const { answer = 60_000, stall = 60_000 } = timeouts;
  for (const [name, value] of Object.entries({ limit, maxRetryAfter, answer, stall })) {
    if (!(value >= 0)) throw new RangeError(`${name} must be a number from 0, not ${value}`);
  }
  if (!Number.isSafeInteger(limit)) throw new RangeError(`limit must be a whole number, not ${limit}`);
  const timer = (milliseconds: number): number => Math.min(milliseconds, longestTimer);
  return { retry: { limit, delay, maxRetryAfter }, timeouts: { answer: timer(answer), stall: timer(stall) } };
}
