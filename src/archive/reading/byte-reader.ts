import { streamFrom } from '../../bytes/streams.ts';

const none = new Uint8Array(0);

/** Reads a stream by byte counts. It buffers at most one chunk more than was asked for. Calls must not overlap. */
export class ByteReader {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = none;

  /** Locks the stream. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#source = stream.getReader();
  }

  /** The next bytes without a copy: at least one, at most `most`. Undefined at the end. */
  async chunk(most: number = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.read();
      if (done) return undefined;
      this.#rest = value;
    }
    const chunk = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk;
  }

  /** The next `size` bytes, or fewer at the end of the stream. Memory grows with what arrives, not with `size`. */
  async take(size: number): Promise<Uint8Array> {
    const first = (await this.chunk(size)) ?? none;
    if (first.length === size) return first;
    const chunks = [first];
    let length = first.length;
    for (let chunk = await this.chunk(size - length); chunk; chunk = await this.chunk(size - length)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length === size) break;
    }
    const bytes = new Uint8Array(length);
    let offset = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  /** Like `take`, but leaves the bytes to be read again. */
  async peek(size: number): Promise<Uint8Array> {
    if (this.#rest.length < size) this.unread(await this.take(size));
    return this.#rest.subarray(0, size);
  }

  /** Puts bytes back: they are read next. */
  unread(bytes: Uint8Array): void {
    if (this.#rest.length === 0) {
      this.#rest = bytes;
      return;
    }
    const joined = new Uint8Array(bytes.length + this.#rest.length);
    joined.set(bytes);
    joined.set(this.#rest, bytes.length);
    this.#rest = joined;
  }

  /** Skips `size` bytes. Gives how many of them the stream did not have. */
  async skip(size: number): Promise<number> {
    let left = size;
    while (left > 0) {
      const chunk = await this.chunk(left);
      if (!chunk) break;
      left -= chunk.length;
    }
    return left;
  }

  /** The rest as a stream. Do not read in another way after this call. */
  stream(): ReadableStream<Uint8Array> {
    return streamFrom({ next: () => this.chunk(), cancel: (reason) => this.cancel(reason) });
  }

  /** Cancels the stream. */
  cancel(reason: unknown): Promise<void> {
    return this.#source.cancel(reason);
  }
}
