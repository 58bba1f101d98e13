import { onAbort } from '../aborts.ts';
import { TooLargeError } from '../errors.ts';

/** Bytes to be stored or sent: a Blob (which can be read again), or a stream (which cannot). */
export type Content = Blob | ReadableStream<Uint8Array>;

/** Bytes as a Blob: what `fetch` can send again after a redirect or a refusal, in every runtime. */
export function blobOf(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>]);
}

/** The content as a stream, from its start. */
export function streamOf(content: Content): ReadableStream<Uint8Array> {
  return content instanceof ReadableStream ? content : content.stream();
}

/**
 * Hands every chunk to `take`, and waits for it. Reads with a reader, as not every browser can iterate over a stream.
 * When `take` fails or the signal is aborted, the stream is cancelled with that reason, which is then thrown.
 */
export async function readChunks(
  stream: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const reader = stream.getReader();
  const release = onAbort(signal, () => {
    reader.cancel(signal?.reason).catch(() => {});
  });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      await take(value);
    }
    signal?.throwIfAborted();
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    release();
  }
}

/**
 * Everything a stream gives, in memory. Nothing is allocated by an announced size.
 *
 * @throws TooLargeError as soon as more than `limit` bytes were read; the stream is then cancelled
 */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const take = (chunk: Uint8Array): void => {
    size += chunk.byteLength;
    if (size > limit)
      throw new TooLargeError(`The content has more than the ${limit} bytes that are read`, limit, size);
    chunks.push(chunk);
  };
  await readChunks(stream, take, signal);
  const result = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    result.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return result;
}

/** The first bytes a stream gives, `most` of them or all there are; of the rest nothing is read. */
export async function readStart(
  stream: ReadableStream<Uint8Array>,
  most: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const result = new Uint8Array(most);
  let size = 0;
  const isFull = new Error('enough');
  const take = (chunk: Uint8Array): void => {
    const part = chunk.subarray(0, most - size);
    result.set(part, size);
    size += part.byteLength;
    if (size === most) throw isFull;
  };
  await readChunks(stream, take, signal).catch((error: unknown) => {
    if (error !== isFull) throw error;
  });
  return result.subarray(0, size);
}

/**
 * Everything a stream gives, as a Blob; a browser may keep it on disk. `new Response(stream).blob()` is no substitute:
 * Chromium hides why the stream failed.
 */
export async function collectBlob(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<Blob> {
  const parts: Blob[] = [];
  const take = (chunk: Uint8Array): void => {
    parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  };
  await readChunks(stream, take, signal);
  return new Blob(parts);
}

/** Where the chunks of a stream come from. */
export interface ChunkSource {
  /** The next chunk, or undefined when there are no more. Called when somebody reads, and once at a time. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the source, as no more chunks are wanted; `next` may be waiting meanwhile. */
  cancel(reason: unknown): Promise<void> | undefined;
}

/**
 * A stream of what a source gives. Nothing is read ahead. When the signal is aborted, the stream fails at once with
 * `signal.reason`, whether anybody is reading or not, and the source is cancelled.
 */
export function streamFrom({ next, cancel }: ChunkSource, signal?: AbortSignal): ReadableStream<Uint8Array> {
  let release = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        release = onAbort(signal, () => {
          controller.error(signal?.reason);
          cancel(signal?.reason)?.catch(() => {});
        });
      },
      async pull(controller) {
        try {
          const chunk = await next();
          if (chunk) return controller.enqueue(chunk);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        release();
      },
      cancel(reason) {
        release();
        return cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** The stream of a Blob, unchanged; it fails with what `failed` makes of what reading the Blob failed with. */
export function failingAs(content: Blob, failed: (error: unknown) => unknown): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return streamFrom({
    async next() {
      try {
        reader ??= content.stream().getReader();
        return (await reader.read()).value;
      } catch (error) {
        throw await failed(error);
      }
    },
    cancel: (reason) => reader?.cancel(reason),
  });
}

/**
 * The stream unchanged, but failing with `signal.reason` as soon as the signal is aborted, whether anybody is reading or
 * not: a pipe would only notice with the next read. The stream is then cancelled.
 */
export function abortable(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
  if (!signal) return stream;
  const reader = stream.getReader();
  return streamFrom(
    { next: async () => (await reader.read()).value, cancel: (reason) => reader.cancel(reason) },
    signal,
  );
}
