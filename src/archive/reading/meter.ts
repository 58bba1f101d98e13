import type { StreamObserver } from '../../bytes/tap.ts';
import { checkCount } from '../../errors/check-count.ts';
import { TooLargeError } from '../../errors.ts';
import { type ArchiveLimits, mostEntries } from './limits.ts';

/** Decompressed bytes that are allowed at any ratio: a small archive may well be all zeros. */
const freeSize = 16 * 1024 * 1024;

/** Counts the bytes and entries of an archive while it is read. Throws a TooLargeError as soon as a limit is exceeded. */
export class Meter {
  readonly #maxEntries: number;
  readonly #maxSize: number;
  readonly #maxRatio: number;
  #entries = 0;
  #path: string | undefined;
  #stored = 0;
  #size = 0;

  /**
   * Starts to count.
   *
   * @throws RangeError if a limit is not a whole number from 1
   */
  constructor({ maxEntries = mostEntries, maxSize = 64 * 1024 ** 3, maxRatio = 1000 }: ArchiveLimits = {}) {
    for (const [name, value] of Object.entries({ maxEntries, maxSize, maxRatio })) checkCount(name, value);
    this.#maxEntries = maxEntries;
    this.#maxSize = maxSize;
    this.#maxRatio = maxRatio;
  }

  /** Counts the archive as stored, before decompression. */
  readonly stored: StreamObserver = {
    chunk: ({ length }) => {
      this.#stored += length;
    },
  };

  /** Counts the archive after decompression. */
  readonly read: StreamObserver = { chunk: ({ length }) => this.add(length) };

  /** Counts bytes that are written without being read again: what a hard link repeats. */
  add(bytes: number): void {
    this.#size += bytes;
    const byRatio = freeSize + this.#stored * this.#maxRatio;
    if (this.#size > this.#maxSize) throw this.#tooLarge('bytes', this.#maxSize, this.#size);
    const what = `bytes, ${this.#maxRatio} times the compressed size`;
    if (this.#size > byRatio) throw this.#tooLarge(what, byRatio, this.#size);
  }

  /** Counts one entry. */
  entry(path: string): void {
    this.#entries++;
    this.#path = path;
    if (this.#entries > this.#maxEntries) throw this.#tooLarge('entries', this.#maxEntries, this.#entries);
  }

  #tooLarge(what: string, limit: number, actual: number): TooLargeError {
    const path = this.#path;
    const where = path === undefined ? '' : `; exceeded at the entry ${JSON.stringify(path)}`;
    return new TooLargeError(`The archive has more than ${limit} ${what}${where}`, limit, actual, { path });
  }
}
