import type { StreamObserver } from '../bytes/tap.ts';
import { checkCount } from '../errors/check-count.ts';
import { TooLargeError } from '../errors.ts';
import type { ArchiveLimits } from './limits.ts';

/** Bytes that any archive may have: a small one may well be nothing but zeros. */
const unmeasured = 16 * 1024 * 1024;
const defaults = { maxEntries: 1_000_000, maxSize: 64 * 1024 ** 3, maxRatio: 1000 };

/** Counts what is read of an archive, and fails with TooLargeError once it is more than the limits. */
export class Meter {
  readonly #limits: Required<{ [Name in keyof ArchiveLimits]: number }>;
  #entries = 0;
  #packed = 0;
  #size = 0;

  /** @throws RangeError when a limit is no whole number from 1 */
  constructor(limits: ArchiveLimits = {}) {
    const { maxEntries = defaults.maxEntries, maxSize = defaults.maxSize, maxRatio = defaults.maxRatio } = limits;
    this.#limits = { maxEntries, maxSize, maxRatio };
    for (const [name, value] of Object.entries(this.#limits)) checkCount(name, value);
  }

  /** Sees the archive as it is stored. */
  get stored(): StreamObserver {
    return {
      chunk: ({ length }) => {
        this.#packed += length;
      },
    };
  }

  /** Sees it decompressed. */
  get unpacked(): StreamObserver {
    return {
      chunk: ({ length }) => {
        this.#size += length;
        const { maxSize, maxRatio } = this.#limits;
        const largest = Math.min(maxSize, unmeasured + this.#packed * maxRatio);
        if (this.#size <= largest) return;
        const why = largest === maxSize ? '' : `, ${maxRatio} times as many as are stored`;
        throw new TooLargeError(`The archive has more than ${largest} bytes${why}`, largest, this.#size);
      },
    };
  }

  /** Counts one more entry. */
  entry(path: string): void {
    const { maxEntries } = this.#limits;
    if (++this.#entries <= maxEntries) return;
    throw new TooLargeError(`The archive has more than ${maxEntries} entries: ${path}`, maxEntries, this.#entries);
  }
}
