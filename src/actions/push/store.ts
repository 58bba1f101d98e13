import { blobOf } from '../../bytes/streams.ts';
import { emptyDescriptor, emptyJson } from '../../oci/descriptor.ts';
import { checkTag } from '../../oci/reference.ts';
import { pushUnlessThere } from '../../target/content.ts';
import { pushWithTags } from '../../target/push-with-tags.ts';
import type { Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor, Manifest } from '../../types.ts';

/** The tags that are set, each once.
 *
 * @throws InvalidReferenceError when a tag breaks the grammar
 */
export function tagsOf(tags: readonly (string | undefined)[]): string[] {
  const names = [...new Set(tags)].filter((tag) => (tag ?? undefined) !== undefined) as string[];
  for (const name of names) checkTag(name);
  return names;
}

/**
 * Pushes a manifest that was made in memory, and the empty blob if it uses that, and tags it. `tags` is the result of
 * {@link tagsOf}.
 *
 * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
 */
export async function storeManifest(
  target: Target,
  { descriptor, manifest, bytes }: { descriptor: Descriptor; manifest: Manifest; bytes: Uint8Array },
  tags: readonly string[],
  options: UploadOptions = {},
): Promise<void> {
  const empty = [manifest.config, ...manifest.layers].find(({ digest }) => digest === emptyDescriptor.digest);
  if (empty) await pushUnlessThere(target, empty, blobOf(emptyJson), options);
  await pushWithTags(target, descriptor, blobOf(bytes), tags, options);
}
