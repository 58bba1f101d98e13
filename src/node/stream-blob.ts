import type { StreamBlobMaker } from '../bytes/stream-blob.ts';
import { readAll } from '../bytes/streams.ts';

/**
 * Makes a request body that is streamed from its source: a Blob of the given size, whose `stream()` is `open()`. The
 * fetches of Node use only the size, type and stream of a Blob, and send the size as `Content-Length`.
 */
export const streamBlob: StreamBlobMaker = (size, open) => new StreamBlob(size, open);

class StreamBlob extends Blob {
  readonly #open: () => ReadableStream<Uint8Array>;

  constructor(size: number, open: () => ReadableStream<Uint8Array>, type = '') {
    super([], { type });
    this.#open = open;
    Object.defineProperty(this, 'size', { value: size });
  }

  /** The same Blob; a stream cannot be sliced. */
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
