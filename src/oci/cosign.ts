import type { Digest } from '../types.ts';
import { isTag } from './reference.ts';

/**
 * The tags under which cosign keeps signatures, attestations and SBOMs of a manifest, where it makes no referrers. There
 * are none for a digest in sha512, which is longer than a tag can be.
 */
export function cosignTags(digest: Digest): string[] {
  const name = digest.replace(':', '-');
  return ['sig', 'att', 'sbom'].map((suffix) => `${name}.${suffix}`).filter(isTag);
}
