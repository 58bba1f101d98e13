import { streamFrom } from '../../bytes/streams.ts';
import { tap } from '../../bytes/tap.ts';
import { MismatchError, TooLargeError } from '../../errors.ts';
import { createDigester, splitDigest } from '../../oci/digest.ts';
import type { Digest } from '../../types.ts';

/** What a request body must satisfy. */
export interface ReceivedOptions {
  /** Maximum size in bytes. */
  limit: number;
  /** Expected digest; without it none is computed. */
  digest?: Digest;
}

/**
 * The body of a request, unchanged, but it errors when it is too large, and at its end when the digest is wrong. The
 * size is known only at the end.
 *
 * @throws TooLargeError, through the stream, above the limit
 * @throws MismatchError, through the stream, when the digest is wrong
 */
export function received(
  stream: ReadableStream<Uint8Array>,
  { limit, digest }: ReceivedOptions,
): ReadableStream<Uint8Array> {
  const digester = digest === undefined ? undefined : createDigester(splitDigest(digest).algorithm);
  let read = 0;
  return tap(stream, {
    chunk(chunk) {
      read += chunk.byteLength;
      if (read > limit) throw new TooLargeError(`The content has more than ${limit} bytes`, limit, read);
      digester?.update(chunk);
    },
    end() {
      const actual = digester?.digest();
      if (actual !== digest) {
        throw new MismatchError(`The digest of the content is ${actual}`, String(digest), String(actual));
      }
    },
  });
}

/** The body of a request as a stream. Firefox has no `Request.body`, so the body is read as a Blob there. */
export async function bodyOf(request: Request): Promise<ReadableStream<Uint8Array>> {
  const { body } = request as { body?: ReadableStream<Uint8Array> | null };
  return body ?? (await request.blob()).stream();
}

/** Concatenates streams; each is opened when it is its turn. */
export function concatenated(
  parts: readonly (() => Promise<ReadableStream<Uint8Array>>)[],
): ReadableStream<Uint8Array> {
  const waiting = [...parts];
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return streamFrom({
    async next() {
      for (;;) {
        reader ??= (await waiting.shift()?.())?.getReader();
        if (!reader) return undefined;
        const { done, value } = await reader.read();
        if (!done) return value;
        reader = undefined;
      }
    },
    cancel: (reason) => reader?.cancel(reason),
  });
}
