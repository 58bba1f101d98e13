import { sliceOf } from '../bytes/slice.ts';

/**
 * Bytes in memory as a Blob. What is in Node's own is not counted as memory: where one chunk after the other is sent,
 * hundreds of megabytes of them stay until something else makes Node collect garbage. These are the bytes themselves.
 */
export function chunkBlob(parts: readonly Uint8Array[]): Blob {
  return new ChunkBlob(parts);
}

/** A Blob that asks nobody for its bytes. Fetches ask a Blob for nothing but size, type, stream and slices. */
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
          // Whoever reads it may keep it or hand it on, and the same bytes may be sent again.
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
