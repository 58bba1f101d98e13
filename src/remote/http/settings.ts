import { longestTimer } from './backoff.ts';

/** When a request is sent again. */
export interface RetryOptions {
  /** How often a request is sent again at most. Default 4. */
  limit?: number | undefined;
  /** Milliseconds before the n-th retry, of which a random part is waited. Default 500 × 2^(n-1), at most 15,000. */
  delay?: ((retry: number) => number) | undefined;
  /**
   * Longest wait a registry may ask for with `Retry-After`, in milliseconds. When it asks for more, the request fails
   * with a RateLimitedError that says how long. Default 60,000.
   */
  maxRetryAfter?: number | undefined;
}

/** How long a registry may keep its client waiting. */
export interface TimeoutOptions {
  /**
   * Milliseconds until the head of an answer must be there. For an upload they begin when all of it was sent; where the
   * fetch does not tell that, it has a second more for each 16 KiB. Default 60,000.
   */
  answer?: number | undefined;
  /**
   * Milliseconds a body may bring nothing, or an upload may send nothing where the fetch tells what it has sent.
   * Default 60,000.
   */
  stall?: number | undefined;
}

/** All of both, decided. */
export interface TransportSettings {
  /** When a request is sent again. */
  retry: {
    /** How often at most. */
    limit: number;
    /** Milliseconds before the n-th retry. */
    delay: (retry: number) => number;
    /** Longest wait a registry may ask for, in milliseconds. */
    maxRetryAfter: number;
  };
  /** How long a registry may keep its client waiting. */
  timeouts: {
    /** Milliseconds until the head of an answer. */
    answer: number;
    /** Milliseconds a body may bring nothing, or an upload send nothing. */
    stall: number;
  };
}

/** The settings with what was not said filled in.
 *
 * @throws RangeError when a number is negative or none, or the limit is not a whole one
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
