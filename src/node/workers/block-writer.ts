import { fstatSync, readSync, type Stats } from 'node:fs';

/** Gives the memory of the next block when the last one is full. */
export type NextBlock = (sizeOfLast?: number) => Promise<Uint8Array>;

/** Writes bytes into blocks one after the other. */
export class BlockWriter {
  readonly #next: NextBlock;
  #block: Uint8Array = new Uint8Array();
  #size = 0;

  /** Asks for the first block with the first byte. */
  constructor(next: NextBlock) {
    this.#next = next;
  }

  /** Bytes that are in the current block. */
  get size(): number {
    return this.#size;
  }

  /** Writes bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; ) {
      if (this.#size === this.#block.length) await this.#turn();
      const part = bytes.subarray(start, start + this.#block.length - this.#size);
      this.#block.set(part, this.#size);
      this.#size += part.length;
      start += part.length;
    }
  }

  /** Writes the content of a file as it was when it was opened. Returns false if it has changed. */
  async writeFile(file: number, before: Stats): Promise<boolean> {
    for (let position = 0; position < before.size; ) {
      if (this.#size === this.#block.length) await this.#turn();
      const length = Math.min(before.size - position, this.#block.length - this.#size);
      const read = readSync(file, this.#block, this.#size, length, position);
      if (read === 0) return false;
      this.#size += read;
      position += read;
    }
    const { size, mtimeMs } = fstatSync(file);
    return size === before.size && mtimeMs === before.mtimeMs;
  }

  async #turn(): Promise<void> {
    this.#block = this.#block.length === 0 ? await this.#next() : await this.#next(this.#size);
    this.#size = 0;
  }
}
