import type { Descriptor } from '../types.ts';
import { type DigestAlgorithm, digestOf } from './digest.ts';
import { mediaTypes } from './media-types.ts';

/**
 * The two bytes of an empty JSON object, the portable empty blob (image-spec, manifest.md, "Guidance for an Empty
 * Descriptor").
 */
export const emptyJson: Uint8Array<ArrayBuffer> = new Uint8Array([0x7b, 0x7d]);

/** Describes the empty JSON object, with its content inlined as oras does. */
export const emptyDescriptor: Readonly<Descriptor> = Object.freeze({
  mediaType: mediaTypes.empty,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
  data: 'e30=',
});

/** Computes the descriptor of bytes in memory. Default algorithm: sha256. */
export function describe(mediaType: string, bytes: Uint8Array, algorithm?: DigestAlgorithm): Descriptor {
  return { mediaType, digest: digestOf(bytes, algorithm), size: bytes.byteLength };
}
