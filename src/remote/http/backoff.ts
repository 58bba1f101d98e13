import { onAbort } from '../../aborts.ts';

/** Timers of platforms end at once when they should take longer. */
export const longestTimer: number = 2 ** 31 - 1;

/** Waits that all requests to one registry share, so that parallel ones do not hammer one that has too much to do. */
export class Backoff {
  #until = 0;

  /** No request is sent for so many milliseconds; the longest wait that was asked for holds. */
  hold(milliseconds: number): void {
    this.#until = Math.max(this.#until, Date.now() + milliseconds);
  }

  /**
   * Ends when requests may be sent, and up to a tenth of the wait later, so that they do not all come at the same moment;
   * rejects with the signal's reason when it is aborted before.
   */
  async ready(signal?: AbortSignal | null): Promise<void> {
    for (let wait = this.#until - Date.now(); wait > 0; wait = this.#until - Date.now()) {
      await delay(wait * (1 + Math.random() / 10), signal);
    }
    signal?.throwIfAborted();
  }
}

/** Ends after so many milliseconds, or {@link longestTimer}; rejects at once with the signal's reason when it is aborted. */
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
