import { abortable, blobOf } from '../bytes/streams.ts';
import { verifyBytes } from '../bytes/verify.ts';
import { MismatchError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import type { Descriptor } from '../types.ts';

/**
 * The content that a descriptor has in `data`, verified, as a stream; undefined when it has none.
 *
 * @throws MismatchError as {@link inlineBytes}
 */
export function inlineStream(
  descriptor: Descriptor,
  { signal }: AbortOptions = {},
): ReadableStream<Uint8Array> | undefined {
  const { data } = descriptor;
  // Another value is no content: an optional field that is invalid is left out.
  if (typeof data !== 'string') return undefined;
  signal?.throwIfAborted();
  return abortable(blobOf(inlineBytes({ ...descriptor, data })).stream(), signal);
}

/**
 * The bytes that a descriptor has in `data` (image-spec, descriptor.md), verified. They need no request.
 *
 * @throws MismatchError when they are not base64, or have another size or digest than the descriptor
 */
export function inlineBytes(descriptor: Descriptor & { data: string }): Uint8Array<ArrayBuffer> {
  const { data, digest, size } = descriptor;
  // Four characters for three bytes; checked first, as decoding takes memory.
  if (data.length !== Math.ceil(size / 3) * 4) throw wrong(digest, 'has another size');
  let text: string;
  try {
    text = atob(data);
  } catch (cause) {
    throw wrong(digest, 'is not base64', { cause });
  }
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  verifyBytes(bytes, descriptor);
  return bytes;
}

function wrong(digest: string, how: string, options?: ErrorOptions): MismatchError {
  return new MismatchError(`The content of ${digest} in its descriptor ${how}`, digest, `data that ${how}`, options);
}
