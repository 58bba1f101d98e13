import { LinkedAbort } from '../../aborts.ts';
import { sliceOf } from '../../bytes/slice.ts';
import { readAll, streamFrom } from '../../bytes/streams.ts';
import type { AbortOptions } from '../../options.ts';
import type { Descriptor } from '../../types.ts';

/** Source of the bytes of a {@link RemoteBlob}: a Repository, or a substitute with the same methods. */
export interface RangeSource {
  /** The whole blob, verified. */
  fetch(descriptor: Descriptor, options?: AbortOptions): Promise<ReadableStream<Uint8Array>>;
  /** The bytes of a blob from `start` up to `end`, not verified. */
  fetchRange(
    descriptor: Descriptor,
    start: number,
    end: number,
    options?: AbortOptions,
  ): Promise<ReadableStream<Uint8Array>>;
}

/**
 * A blob of a registry with the methods of a `Blob`, for random access: bytes are fetched with range requests, and only
 * when they are read. A full read is verified. **A slice is not**: a digest cannot verify a part, so the bytes of a
 * slice are only as trustworthy as the registry and the connection to it.
 *
 * It is not a real `Blob`: `fetch`, `FormData` and `URL.createObjectURL` do not accept it. For those use `new
 * Blob([await blob.arrayBuffer()])`.
 *
 * @example
 * const file = registry.repository('ghcr.io/org/data:v1').openBlob(layer);
 * const end = await file.slice(-22).bytes();
 */
export class RemoteBlob {
  /** Size in bytes. */
  readonly size: number;
  /**
   * Media type in lower case, as that of a Blob: the descriptor's, or for a slice the one that was passed, else `''`.
   */
  readonly type: string;
  readonly #source: RangeSource;
  readonly #descriptor: Descriptor;
  readonly #options: AbortOptions;
  readonly #start: number;

  /** The bytes of a blob from `start` up to `end`, by default all; {@link Repository.openBlob} creates one. */
  constructor(
    source: RangeSource,
    descriptor: Descriptor,
    options: AbortOptions = {},
    type: string = descriptor.mediaType,
    start = 0,
    end: number = descriptor.size,
  ) {
    this.#source = source;
    this.#descriptor = descriptor;
    this.#options = options;
    this.#start = start;
    this.size = end - start;
    this.type = new Blob([], { type }).type;
  }

  /** A slice, as of `Blob.slice`: negative numbers count from the end. It fetches nothing. */
  slice(start = 0, end: number = this.size, type = ''): RemoteBlob {
    const [from, to] = sliceOf(this.size, start, end);
    const own = this.#start;
    return new RemoteBlob(this.#source, this.#descriptor, this.#options, type, own + from, own + to);
  }

  /**
   * A stream of its bytes. The request is sent with the first read; cancelling the stream aborts it.
   *
   * @throws NotFoundError while reading, when the repository does not have the blob
   * @throws MismatchError while reading, when the registry has other content, as far as that can be detected
   */
  stream(): ReadableStream<Uint8Array> {
    let stop: LinkedAbort | undefined;
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    return streamFrom({
      next: async () => {
        // Created with the first read: a stream that is never read must not hold any resources.
        stop ??= new LinkedAbort(this.#options.signal);
        let value: Uint8Array | undefined;
        try {
          reader ??= (await this.#open(stop.signal)).getReader();
          ({ value } = await reader.read());
          return value;
        } finally {
          if (!value) stop.release();
        }
      },
      cancel(reason) {
        stop?.release();
        stop?.abort(reason);
        return undefined;
      },
    });
  }

  /** Its bytes, in memory. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  /** Its bytes, in memory. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return readAll(this.stream(), this.size);
  }

  /** Its bytes as text in UTF-8. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  #open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const options = { signal };
    const descriptor = this.#descriptor;
    const start = this.#start;
    const { size } = this;
    return size === descriptor.size
      ? this.#source.fetch(descriptor, options)
      : this.#source.fetchRange(descriptor, start, start + size, options);
  }
}
