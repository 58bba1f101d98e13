import { onAbort } from '../aborts.ts';
import { TooLargeError } from '../errors.ts';

/** Bytes to store or send: a Blob (can be read again) or a stream (can be read once). */
export type Content = Blob | ReadableStream<Uint8Array>;

/** Bytes as a Blob: in every runtime, `fetch` can send one again after a redirect or a 401. */
export function blobOf(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>]);
}

/** The content as a stream, from its start. */
export function streamOf(content: Content): ReadableStream<Uint8Array> {
  return content instanceof ReadableStream ? content : content.stream();
}

/**
 * Calls `take` with each chunk, and awaits it. Reads with a reader, because not every browser can iterate over a
 * stream. When `take` fails or the signal is aborted, the stream is cancelled with that error, and the error is thrown.
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
 * Reads a whole stream into memory. Memory is allocated for bytes received, never for an announced size.
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

/** Reads the first `most` bytes of a stream, or all if it is shorter; the rest is not read. */
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
 * Reads a whole stream into a Blob; a browser may keep it on disk. Not `new Response(stream).blob()`: in Chromium that
 * hides the error of the stream.
 */
export async function collectBlob(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<Blob> {
  const parts: Blob[] = [];
  const take = (chunk: Uint8Array): void => {
    parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  };
  await readChunks(stream, take, signal);
  return new Blob(parts);
}

/** The source of a stream's chunks. */
export interface ChunkSource {
  /** Returns the next chunk, or undefined at the end. Called only when the stream is read, and not concurrently. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the source early; a call of `next` may still be pending. */
  cancel(reason: unknown): Promise<void> | undefined;
}

/**
 * Makes a stream of a source's chunks, without reading ahead. When the signal is aborted, the stream errors immediately
 * with `signal.reason`, even when it is not being read, and the source is cancelled.
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

/** The stream of a Blob; `failed` maps a read error to the error that the stream fails with. */
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
 * The same stream, but it errors with `signal.reason` as soon as the signal is aborted, even when it is not being read;
 * a pipe would notice only at the next read. The source is then cancelled.
 */
export function abortable(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
  if (!signal) return stream;
  const reader = stream.getReader();
  return streamFrom(
    { next: async () => (await reader.read()).value, cancel: (reason) => reader.cancel(reason) },
    signal,
  );
}
