import { maxManifestSize } from '../../oci/manifest.ts';
import { isBlobType, isKeptAsManifest } from '../../oci/media-types.ts';
import type { Descriptor } from '../../types.ts';

/** Tells whether content is a manifest by its type; otherwise it is stored as a blob. */
export function isManifest({ mediaType }: Descriptor): boolean {
  return isKeptAsManifest(mediaType);
}

/**
 * Tells whether content may be a manifest: a manifest may have an unknown type, and only the registry knows the
 * difference.
 */
export function mayBeManifest({ mediaType, size }: Descriptor): boolean {
  return size <= maxManifestSize && !isBlobType(mediaType);
}
