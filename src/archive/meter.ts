import type { StreamObserver } from '../bytes/tap.ts';
import { checkCount } from '../errors/check-count.ts';
import { TooLargeError } from '../errors.ts';
import type { ArchiveLimits } from './limits.ts';

/** Bytes that a small archive may have whatever its ratio: zeros become a thousandth. */
const freeSize = 16 * 1024 * 1024;

/** Counts what is read of an archive, and fails as soon as it is more than the limits. */
export class Meter {
  readonly #maxEntries: number;
  readonly #maxSize: number;
  readonly #maxRatio: number;
  #entries = 0;
  #path: string | undefined;
  #stored = 0;
  #size = 0;

  /**
   * Begins to count.
   *
   * @throws RangeError when a limit is no whole number from 1
   */
  constructor({ maxEntries = 1_000_000, maxSize = 64 * 1024 ** 3, maxRatio = 1000 }: ArchiveLimits = {}) {
    for (const [name, value] of Object.entries({ maxEntries, maxSize, maxRatio })) checkCount(name, value);
    this.#maxEntries = maxEntries;
    this.#maxSize = maxSize;
    this.#maxRatio = maxRatio;
  }

  /** Sees the archive as it is stored. */
  readonly stored: StreamObserver = {
    chunk: ({ length }) => {
      this.#stored += length;
    },
  };

  /** Sees the archive as it is read, after it was decompressed. */
  readonly read: StreamObserver = {
    chunk: ({ length }) => {
      this.#size += length;
      const byRatio = freeSize + this.#stored * this.#maxRatio;
      if (this.#size > this.#maxSize) throw this.#tooLarge('bytes', this.#maxSize, this.#size);
      const what = `bytes, ${this.#maxRatio} times what was compressed`;
      if (this.#size > byRatio) throw this.#tooLarge(what, byRatio, this.#size);
    },
  };

  /** Counts one more entry. */
  entry(path: string): void {
    this.#entries++;
    this.#path = path;
    if (this.#entries > this.#maxEntries) throw this.#tooLarge('entries', this.#maxEntries, this.#entries);
  }

  #tooLarge(what: string, limit: number, actual: number): TooLargeError {
    const path = this.#path;
    const where = path === undefined ? '' : `; this shows at the entry ${JSON.stringify(path)}`;
    return new TooLargeError(`The archive has more than ${limit} ${what}${where}`, limit, actual, { path });
  }
}
