import { isOrasError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import { delay } from './backoff.ts';
import { isLasting } from './network-error.ts';
import { retriedStatuses } from './passing.ts';
import type { TransportSettings } from './settings.ts';

/**
 * How long one piece of work is tried again: after each failure it waits, longer each time, until there were
 * `retry.limit` of them in a row. Progress makes it forget the failures so far.
 */
export class Persistence {
  readonly #retry: TransportSettings['retry'];
  readonly #signal: AbortSignal | null | undefined;
  #failures = 0;

  /** Nothing has failed yet. An abort of the signal ends every wait. */
  constructor(retry: TransportSettings['retry'], signal?: AbortSignal | null) {
    this.#retry = retry;
    this.#signal = signal;
  }

  /** Failures since there was progress. */
  get failures(): number {
    return this.#failures;
  }

  /** There was progress: the failures so far no longer count. */
  advanced(): void {
    this.#failures = 0;
  }

  /**
   * Waits until the work may be tried again after this failure.
   *
   * @throws the failure, when it is not a passing one, or one too many
   */
  async failed(error: unknown): Promise<void> {
    if (!isPassing(error, this.#retry)) throw error;
    await this.again(error);
  }

  /**
   * The same for a failure that is known to pass, whatever it is.
   *
   * @throws the failure, when it is one too many
   */
  async again(error: unknown): Promise<void> {
    this.#signal?.throwIfAborted();
    if (this.#failures === this.#retry.limit) throw error;
    this.#failures++;
    await pause(this.#retry, this.#failures, this.#signal);
  }
}

/** Waits before the n-th retry: a random part of the delay, so that clients do not all come back at the same moment. */
export function pause(
  retry: Pick<TransportSettings['retry'], 'delay'>,
  failures: number,
  signal?: AbortSignal | null,
): Promise<void> {
  return delay(Math.random() * retry.delay(failures), signal);
}

/**
 * Tells whether the same request may succeed later: after a network failure that is not a lasting one, and after a
 * refusal that the registry's load explains, unless it asks to wait for longer than `maxRetryAfter`.
 */
export function isPassing(
  error: unknown,
  { maxRetryAfter }: Pick<TransportSettings['retry'], 'maxRetryAfter'>,
): boolean {
  if (isCallers(error)) return false;
  if (isOrasError(error, 'NETWORK')) return !isLasting(error.cause);
  if (isOrasError(error, 'RATE_LIMITED')) return (error.retryAfter ?? 0) <= maxRetryAfter;
  return isOrasError(error, 'REGISTRY') && error.code === 'REGISTRY' && retriedStatuses.includes(error.status);
}
