import type { StreamBlobMaker } from '../bytes/stream-blob.ts';
import { readAll } from '../bytes/streams.ts';

/**
 * Makes the body of a request that is sent while it is read: a Blob of a size whose bytes `open` gives as a stream. The
 * fetches of Node ask a Blob for nothing but its size, type and stream, and send the size as the length.
 */
export const streamBlob: StreamBlobMaker = (size, open) => new StreamBlob(size, open);

class StreamBlob extends Blob {
  readonly #open: () => ReadableStream<Uint8Array>;

  constructor(size: number, open: () => ReadableStream<Uint8Array>, type = '') {
    super([], { type });
    this.#open = open;
    Object.defineProperty(this, 'size', { value: size });
  }

  /** The same again; there are no parts of a stream. */
  override slice(start = 0, end: number = this.size, type?: string): Blob {
    if (start !== 0 || end !== this.size) throw new TypeError('A stream can be sent as a whole only');
    return new StreamBlob(this.size, this.#open, type);
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#open() as ReadableStream<Uint8Array<ArrayBuffer>>;
  }

  override bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return readAll(this.stream(), this.size);
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }
}
