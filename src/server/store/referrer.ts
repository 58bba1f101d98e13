import { isVerifiable } from '../../oci/digest.ts';
import { manifestTypeOf } from '../../oci/manifest.ts';
import { isKeptAsManifest, saysWhatItIs } from '../../oci/media-types.ts';
import { referencesIn, referrerOf, type Subject } from '../../oci/referrers.ts';
import type { Descriptor, Digest } from '../../types.ts';

/**
 * The references in the bytes of a stored manifest, and the manifests it lists; empty when the bytes are not a
 * manifest.
 */
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
    // It is not JSON.
    return '';
  }
}
