import { delay } from './backoff.ts';
import type { TransportSettings } from './settings.ts';
import { isTransient } from './transient.ts';

/**
 * The retry loop of one transfer. After each failure it waits with growing backoff, until there were `retry.limit`
 * consecutive failures. Progress resets the count.
 */
export class Persistence {
  readonly #retry: TransportSettings['retry'];
  readonly #signal: AbortSignal | null | undefined;
  #failures = 0;

  /** A retry loop without failures so far. An abort of the signal ends every wait. */
  constructor(retry: TransportSettings['retry'], signal?: AbortSignal | null) {
    this.#retry = retry;
    this.#signal = signal;
  }

  /** Consecutive failures without progress. */
  get failures(): number {
    return this.#failures;
  }

  /** Resets the failures after progress. */
  advanced(): void {
    this.#failures = 0;
  }

  /**
   * Waits for the backoff after a failure.
   *
   * @throws the failure itself, when it is not transient or exceeds `retry.limit`
   */
  async failed(error: unknown): Promise<void> {
    if (!isTransient(error, this.#retry)) throw error;
    await this.again(error);
  }

  /**
   * Waits for the backoff after a failure that the caller knows to be transient.
   *
   * @throws the failure itself, when it exceeds `retry.limit`
   */
  async again(error: unknown): Promise<void> {
    this.#signal?.throwIfAborted();
    if (this.#failures === this.#retry.limit) throw error;
    this.#failures++;
    await delay(waitBefore(this.#retry, this.#failures), this.#signal);
  }
}

/**
 * The backoff before the n-th retry in milliseconds: a random part of the delay (full jitter), so that clients do not
 * all retry at the same moment.
 */
export function waitBefore({ delay }: TransportSettings['retry'], n: number): number {
  return Math.random() * delay(n);
}
