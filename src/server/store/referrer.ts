import { isVerifiable } from '../../oci/digest.ts';
import { manifestTypeOf } from '../../oci/manifest.ts';
import { isKeptAsManifest, saysWhatItIs } from '../../oci/media-types.ts';
import { referencesIn, referrerOf, type Subject } from '../../oci/referrers.ts';
import type { Descriptor, Digest } from '../../types.ts';

/** What the bytes of a stored manifest refer to, and which manifests they list; nothing when they are no manifest. */
export function readReferrer(
  bytes: Uint8Array,
  digest: Digest,
  type: string,
): { subject: Subject | undefined; manifests: Descriptor[] } {
  const mediaType = saysWhatItIs(type) ? type : typeIn(bytes);
  if (!isKeptAsManifest(mediaType)) return { subject: undefined, manifests: [] };
  const references = referencesIn(bytes);
  const subject = referrerOf({ mediaType, digest, size: bytes.byteLength }, references);
  return {
    subject: subject && isVerifiable(subject.digest) ? subject : undefined,
    manifests: references.manifests ?? [],
  };
}

function typeIn(bytes: Uint8Array): string {
  try {
    return manifestTypeOf(bytes) ?? '';
  } catch {
    // It is no JSON.
    return '';
  }
}
