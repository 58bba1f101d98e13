import { Semaphore } from '../../../concurrency.ts';

/** Runs work beside what goes on, a limited number at a time. A failure shows with the next call. */
export class Background {
  readonly #slots: Semaphore;
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  /** Runs at most so many at a time. */
  constructor(most: number) {
    this.#slots = new Semaphore(most);
  }

  /** Starts work as soon as there is room for it; what it fails with is thrown by a later call. */
  async start(work: () => Promise<void>): Promise<void> {
    await this.#slots.acquire();
    const running = this.#failure ? Promise.resolve() : work();
    const ended = running
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(ended);
        this.#slots.release();
      });
    this.#running.add(ended);
    this.#throwFailure();
  }

  /** Waits for all that was started, and throws what one failed with. */
  async end(): Promise<void> {
    await this.settled();
    this.#throwFailure();
  }

  /** Waits for all that was started, whatever it fails with. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
