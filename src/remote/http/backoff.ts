import { onAbort } from '../../aborts.ts';

/** Longest timer of the platforms in milliseconds; a longer one would fire at once. */
export const longestTimer: number = 2 ** 31 - 1;

/**
 * A backoff shared by all requests to one registry, so that parallel requests do not hammer it when it is overloaded.
 */
export class Backoff {
  #until = 0;

  /** Holds all requests for this many milliseconds; the longest wait wins. */
  hold(milliseconds: number): void {
    this.#until = Math.max(this.#until, Date.now() + milliseconds);
  }

  /**
   * Resolves when requests may be sent, plus up to a tenth of the wait as jitter. An abort rejects with the signal's
   * reason.
   */
  async ready(signal?: AbortSignal | null): Promise<void> {
    for (let wait = this.#until - Date.now(); wait > 0; wait = this.#until - Date.now()) {
      await delay(wait * (1 + Math.random() / 10), signal);
    }
    signal?.throwIfAborted();
  }
}

/**
 * Resolves after this many milliseconds, at most {@link longestTimer}. An abort rejects at once with the signal's
 * reason.
 */
export function delay(milliseconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      release();
      resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, longestTimer));
    const release = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}
