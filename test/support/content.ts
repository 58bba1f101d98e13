import { digestOf } from '../../src/oci/digest.ts';
import type { Descriptor } from '../../src/types.ts';

/** Text as UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Describes a text as a blob, or as content of another type. */
export function descriptorOf(text: string, mediaType = 'application/octet-stream'): Descriptor {
  const bytes = bytesOf(text);
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

/** A stream that gives each text as one chunk. */
export function streamOfTexts(...texts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const text of texts) controller.enqueue(bytesOf(text));
      controller.close();
    },
  });
}

/** A stream that never ends, and what became of it. */
export function endlessStream(chunkSize = 64 * 1024): {
  stream: ReadableStream<Uint8Array>;
  /** Bytes it has given so far. */
  given(): number;
  /** Settles with the reason when whoever reads it gives up. */
  cancelled: Promise<unknown>;
} {
  let given = 0;
  let cancel: (reason: unknown) => void;
  const cancelled = new Promise<unknown>((resolve) => {
    cancel = resolve;
  });
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += chunkSize;
      controller.enqueue(new Uint8Array(chunkSize));
    },
    cancel: (reason) => cancel(reason),
  });
  return { stream, given: () => given, cancelled };
}

/** What a promise is rejected with. Fails when it is fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const result = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in result) return result.error;
  throw new Error(`It should have failed, but gave ${JSON.stringify(result.value)}`);
}

/** Everything a stream gives, as text. */
export function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

/** All items of a list. */
export async function itemsOf<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}
