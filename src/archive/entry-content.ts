import { streamFrom } from '../bytes/streams.ts';
import type { ByteReader } from './byte-reader.ts';
import { damaged, paddingOf, type TarEntry } from './tar-entries.ts';

/** The content of one entry, which is the next of what a reader gives. */
export class EntryContent {
  readonly #source: ByteReader;
  readonly #entry: TarEntry;
  #left: number;
  #reading: Promise<unknown> | undefined;
  #isTaken = false;
  #isOver = false;

  /** The reader is at the first byte of the content. */
  constructor(source: ByteReader, entry: TarEntry) {
    this.#source = source;
    this.#entry = entry;
    this.#left = entry.stored;
  }

  /** See {@link ReadEntry.stream}. */
  stream(): ReadableStream<Uint8Array> {
    if (this.#isTaken || this.#isOver) throw this.#late();
    this.#isTaken = true;
    if (this.#entry.type !== 'file') this.#isOver = true;
    return streamFrom({
      next: () => {
        const reading = this.#next();
        this.#reading = reading.catch(() => {});
        return reading;
      },
      cancel: () => undefined,
    });
  }

  /** Passes over what nobody has read, to the next header. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#reading;
    const padding = paddingOf(this.#entry.stored);
    if ((await this.#source.skip(this.#left + padding)) > 0) throw this.#cutOff();
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#left === 0 || this.#entry.type !== 'file') return undefined;
    if (this.#isOver) throw this.#late();
    const chunk = await this.#source.chunk(this.#left);
    if (!chunk) throw this.#cutOff();
    this.#left -= chunk.length;
    return chunk;
  }

  #late(): TypeError {
    return new TypeError(`The content of ${this.#entry.path} can be read once, before the next entry`);
  }

  #cutOff(): Error {
    return damaged('it is cut off', this.#entry.path);
  }
}
