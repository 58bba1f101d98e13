import { InvalidManifestError } from '../../errors.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { requireReadable } from '../../oci/manifest-type.ts';
import { dockerSchema1, isIndexType, isManifestType, withoutParameters } from '../../oci/media-types.ts';
import { contentOf, referencesIn } from '../../oci/referrers.ts';
import { descriptorProblem } from '../../oci/schemas/descriptor.ts';
import type { Descriptor } from '../../types.ts';

/** What a manifest refers to. */
export interface Children {
  /** The manifest that it refers to, if any. */
  subject: Descriptor | undefined;
  /** Its content in the order of the manifest, each digest once. */
  content: Descriptor[];
}

/**
 * What a manifest or an index refers to. Retired artifact manifests are read, too, as registries still have them.
 *
 * @throws InvalidManifestError when it breaks the image-spec
 * @throws UnsupportedError when its content cannot be known, as in Docker's schema 1
 */
export function childrenOf(bytes: Uint8Array, mediaType: string): Children {
  const type = withoutParameters(mediaType);
  if (isManifestType(type) || isIndexType(type)) {
    const parsed = parseManifest(bytes, { contentType: mediaType });
    const { subject } = parsed.kind === 'index' ? parsed.index : parsed.manifest;
    const content = parsed.kind === 'index' ? parsed.index.manifests : imageContent(parsed.manifest);
    return { subject, content: unique(content) };
  }
  // Its layers have no sizes.
  if (type.startsWith(dockerSchema1.replace('+json', '+'))) requireReadable(type);
  const references = referencesIn(bytes);
  const { subject } = references;
  const content = contentOf(references);
  for (const descriptor of subject ? [subject, ...content] : content) {
    const problem = descriptorProblem(descriptor);
    if (problem !== undefined) throw new InvalidManifestError(`Content of the manifest cannot be copied: ${problem}`);
  }
  return { subject, content: unique(content) };
}

function imageContent({ config, layers }: { config: Descriptor; layers: Descriptor[] }): Descriptor[] {
  return [config, ...layers];
}

function unique(descriptors: readonly Descriptor[]): Descriptor[] {
  const byDigest = new Map<string, Descriptor>();
  for (const descriptor of descriptors) {
    if (!byDigest.has(descriptor.digest)) byDigest.set(descriptor.digest, descriptor);
  }
  return [...byDigest.values()];
}
