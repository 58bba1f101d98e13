import type { Digest } from '../types.ts';

/** The tags under which cosign keeps signatures, attestations and SBOMs of a manifest, where it makes no referrers. */
export function cosignTags(digest: Digest): string[] {
  const name = digest.replace(':', '-');
  return ['sig', 'att', 'sbom'].map((suffix) => `${name}.${suffix}`);
}
