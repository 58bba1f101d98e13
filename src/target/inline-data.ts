import { verifyBytes } from '../bytes/verify.ts';
import { MismatchError } from '../errors.ts';
import type { Descriptor } from '../types.ts';

/**
 * The content that a descriptor has in `data` (image-spec, descriptor.md), verified; undefined when it has none. It needs no
 * request.
 *
 * @throws MismatchError when it is not base64, or has another size or digest than the descriptor
 */
export function dataOf(descriptor: Descriptor): Blob | undefined {
  const bytes = inlineBytes(descriptor);
  return bytes && new Blob([bytes]);
}

/** The bytes of {@link dataOf}. */
export function inlineBytes(descriptor: Descriptor): Uint8Array<ArrayBuffer> | undefined {
  const { data, digest, size } = descriptor;
  if (data === undefined) return undefined;
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
