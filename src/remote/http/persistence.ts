import { delay } from './backoff.ts';
import { isPassing } from './passing.ts';
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
    await delay(waitBefore(this.#retry, this.#failures), this.#signal);
  }
}

/**
 * How long to wait before the n-th retry, in milliseconds: a random part of the delay, so that clients do not all come back
 * at the same moment.
 */
export function waitBefore({ delay }: TransportSettings['retry'], n: number): number {
  return Math.random() * delay(n);
}
