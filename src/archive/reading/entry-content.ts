import { streamFrom } from '../../bytes/streams.ts';
import { tarPadding } from '../tar-block.ts';
import type { ByteReader } from './byte-reader.ts';
import type { TarEntry } from './tar-entries.ts';
import { damagedTar } from './tar-errors.ts';

/** The content of the current entry of a tar. */
export class EntryContent {
  readonly #source: ByteReader;
  readonly #entry: TarEntry;
  #read = 0;
  #reading: Promise<unknown> | undefined;
  #isTaken = false;
  #isOver = false;

  /** The reader must be at the first byte after the header. */
  constructor(source: ByteReader, entry: TarEntry) {
    this.#source = source;
    this.#entry = entry;
  }

  /** See {@link ReadEntry.stream}. */
  stream(): ReadableStream<Uint8Array> {
    if (this.#isTaken || this.#isOver) throw this.#tooLate();
    this.#isTaken = true;
    const next = (): Promise<Uint8Array | undefined> => {
      const reading = this.#next();
      this.#reading = reading.catch(() => {});
      return reading;
    };
    return streamFrom({ next, cancel: () => undefined });
  }

  /** Skips the unread rest, up to the next header. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#reading;
    const { stored, path } = this.#entry;
    const missing = await this.#source.skip(stored - this.#read + tarPadding(stored));
    if (missing > 0) throw damagedTar('it is cut off', path);
  }

  async #next(): Promise<Uint8Array | undefined> {
    const left = this.#entry.size - this.#read;
    if (left === 0) return undefined;
    if (this.#isOver) throw this.#tooLate();
    const chunk = await this.#source.chunk(left);
    if (!chunk) throw damagedTar('it is cut off', this.#entry.path);
    this.#read += chunk.length;
    return chunk;
  }

  #tooLate(): TypeError {
    return new TypeError(`The content of ${this.#entry.path} can be read only once, and only before the next entry`);
  }
}
