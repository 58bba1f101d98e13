import { splitDigest } from '../../oci/digest.ts';
import type { Digest } from '../../types.ts';

/** The path of a blob in a layout (image-spec, image-layout.md, "Blobs").
 *
 * @throws InvalidReferenceError or UnsupportedError when the digest is invalid or cannot be verified
 */
export function blobPath(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}
