import type { ParsedManifest } from '../../oci/manifest.ts';
import { isKeptAsManifest } from '../../oci/media-types.ts';
import type { AbortOptions } from '../../options.ts';
import type { Descriptor } from '../../types.ts';
import { Refusal } from '../http/refusal.ts';
import type { StoredRepository } from '../store/repository.ts';

/**
 * Media types of layers that may be stored elsewhere (image-spec, layer.md, "Non-Distributable Layers"; Docker's
 * "foreign" ones).
 */
const kept = /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/;

/** The content of a manifest or an index, without its subject. */
export function contentOf(parsed: ParsedManifest): Descriptor[] {
  return parsed.kind === 'index' ? parsed.index.manifests : [parsed.manifest.config, ...parsed.manifest.layers];
}

/**
 * Refuses a manifest when blobs or manifests of its content are missing in the repository. Its subject may be missing
 * (distribution-spec, "Pushing Manifests with Subject").
 *
 * @throws Refusal 404 MANIFEST_BLOB_UNKNOWN, which names each missing one
 */
export async function checkContent(
  repository: StoredRepository,
  needed: readonly Descriptor[],
  options: AbortOptions,
): Promise<void> {
  const missing: Descriptor[] = [];
  for (const descriptor of needed) {
    if (!kept.test(descriptor.mediaType) && !(await isThere(repository, descriptor, options))) missing.push(descriptor);
  }
  if (missing.length === 0) return;
  throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', 'The manifest names content that is not in the repository', {
    detail: missing.map(({ digest }) => ({ digest })),
  });
}

async function isThere(
  repository: StoredRepository,
  { mediaType, digest, size }: Descriptor,
  options: AbortOptions,
): Promise<boolean> {
  if (isKeptAsManifest(mediaType)) {
    return (await repository.resolve(digest, options)) !== undefined;
  }
  return (await repository.blob(digest, options))?.size === size;
}
