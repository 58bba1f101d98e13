import { isVerifiable } from '../oci/digest.ts';
import { manifestTypeOf, parseFields } from '../oci/manifest.ts';
import { isKeptAsManifest, saysWhatItIs } from '../oci/media-types.ts';
import { referrerOf, type Subject } from '../oci/referrers.ts';
import type { Descriptor, Digest } from '../types.ts';

/** What the bytes of a stored manifest refer to, and which manifests they list; nothing when they are no manifest. */
export function readReferrer(
  bytes: Uint8Array,
  digest: Digest,
  type: string,
): { subject: Subject | undefined; manifests: Descriptor[] } {
  const nothing = { subject: undefined, manifests: [] };
  try {
    const mediaType = saysWhatItIs(type) ? type : (manifestTypeOf(bytes) ?? type);
    if (!isKeptAsManifest(mediaType)) return nothing;
    const fields = parseFields(bytes, bytes.byteLength);
    const subject = referrerOf({ mediaType, digest, size: bytes.byteLength }, fields);
    return {
      subject: subject && isVerifiable(subject.digest) ? subject : undefined,
      manifests: fields.manifests ?? [],
    };
  } catch {
    return nothing;
  }
}
