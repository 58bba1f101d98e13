import { sliceOf } from '../bytes/slice.ts';

/**
 * Makes a Blob of bytes in memory. Node does not count the data of its own Blobs as memory: when many chunks are sent
 * in a row, hundreds of megabytes stay until something else triggers garbage collection. This Blob holds the bytes
 * themselves.
 */
export function chunkBlob(parts: readonly Uint8Array[]): Blob {
  return new ChunkBlob(parts);
}

/** A Blob that holds its bytes. The fetches of Node use only the size, type, stream and slices of a Blob. */
class ChunkBlob extends Blob {
  readonly #parts: readonly Uint8Array[];

  constructor(parts: readonly Uint8Array[], type = '') {
    super([], { type });
    this.#parts = parts;
    Object.defineProperty(this, 'size', { value: parts.reduce((size, part) => size + part.byteLength, 0) });
  }

  override slice(start?: number, end?: number, type?: string): Blob {
    const [from, to] = sliceOf(this.size, start, end);
    let offset = 0;
    const parts = this.#parts.flatMap((part) => {
      const own = part.subarray(Math.max(0, from - offset), Math.max(0, to - offset));
      offset += part.byteLength;
      return own.byteLength > 0 ? [own] : [];
    });
    return new ChunkBlob(parts, type);
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const parts = this.#parts.values();
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull(controller) {
          const { done, value } = parts.next();
          if (done) controller.close();
          // A copy: the reader may keep or transfer the chunk, and the same bytes may be sent again.
          else controller.enqueue(value.slice() as Uint8Array<ArrayBuffer>);
        },
      },
      { highWaterMark: 0 },
    );
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(Buffer.concat(this.#parts));
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }
}
