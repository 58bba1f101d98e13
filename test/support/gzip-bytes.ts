import { readAll } from '../../src/bytes/streams.ts';

/** The bytes compressed by the runtime, as one member of gzip. */
export function gzipped(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'));
  return readAll(stream, Number.POSITIVE_INFINITY);
}

/** A stream that gives the bytes in chunks of this size, each when it is asked for, and what became of it. */
export function chunked(
  bytes: Uint8Array,
  size: number = bytes.length,
): { stream: ReadableStream<Uint8Array>; given(): number; cancelled(): unknown } {
  let given = 0;
  let cancelled: unknown;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (given === bytes.length) return controller.close();
        controller.enqueue(bytes.slice(given, given + size));
        given = Math.min(bytes.length, given + size);
      },
      cancel(reason) {
        cancelled = reason ?? 'no reason';
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, given: () => given, cancelled: () => cancelled };
}
