import { isVerifiable } from '../oci/digest.ts';
import { type ManifestFields, manifestTypeOf, parseFields } from '../oci/manifest.ts';
import { isKeptAsManifest, saysWhatItIs } from '../oci/media-types.ts';
import type { Descriptor, Digest } from '../types.ts';

/** What a manifest refers to, and how it is listed there. */
export interface Subject {
  /** Digest of what it refers to. */
  digest: Digest;
  /** The descriptor that the referrers API lists. */
  referrer: Descriptor;
}

/** How a manifest is listed as a referrer of its subject (distribution-spec, "Listing Referrers"), if it has one. */
export function referrerOf(descriptor: Descriptor, fields: ManifestFields): Subject | undefined {
  const { subject, config, annotations } = fields;
  if (!subject) return undefined;
  const artifactType = fields.artifactType || config?.mediaType;
  const { mediaType, digest, size } = descriptor;
  return {
    digest: subject.digest,
    referrer: {
      mediaType,
      digest,
      size,
      ...(artifactType && { artifactType }),
      ...(annotations && { annotations }),
    },
  };
}

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
