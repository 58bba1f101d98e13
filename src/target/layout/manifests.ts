import { isVerifiable } from '../../oci/digest.ts';
import { manifestTypeOf, maxManifestSize } from '../../oci/manifest.ts';
import { isKeptAsManifest, saysWhatItIs } from '../../oci/media-types.ts';
import { type References, referencesIn, referrerOf, type Subject } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageReader } from '../../storage/storage.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { blobPath } from './blob-path.ts';

/** Maximum number of manifests in a walk. */
const mostManifests = 100_000;

/** What a manifest refers to, as far as listing referrers needs it. */
export interface ManifestLinks {
  /** Its subject, with its own entry in the subject's list; undefined without a subject of a supported algorithm. */
  subject: Subject | undefined;
  /** The manifests it lists. */
  manifests: Descriptor[];
}

/** The links in the bytes of a manifest; none when they are not a manifest. */
export function linksOf(bytes: Uint8Array, { digest, mediaType: type }: Omit<Descriptor, 'size'>): ManifestLinks {
  const mediaType = saysWhatItIs(type) ? type : typeIn(bytes);
  if (!isKeptAsManifest(mediaType)) return { subject: undefined, manifests: [] };
  const references: References = referencesIn(bytes);
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

/** The links of content in a layout: undefined when the layout does not have it, none when it is not a manifest. */
export async function readLinks(
  storage: StorageReader,
  descriptor: Descriptor,
  options?: AbortOptions,
): Promise<ManifestLinks | undefined> {
  const none = { subject: undefined, manifests: [] };
  if (!isVerifiable(descriptor.digest)) return none;
  const path = blobPath(descriptor.digest);
  const blob = await storage.get(path, options);
  if (!blob || blob.size > maxManifestSize) return blob && none;
  const bytes = await readFile(storage, path, maxManifestSize, options);
  return bytes && linksOf(bytes, descriptor);
}

/**
 * The links of a layout's manifests: of those in its index, and of those that indexes among them list, each once, and
 * 100,000 at most. `read` gives the links of one.
 */
export async function* walkManifests(
  entries: readonly Descriptor[],
  read: (descriptor: Descriptor) => Promise<ManifestLinks | undefined>,
): AsyncGenerator<ManifestLinks, void, void> {
  const all = new Map<Digest, Descriptor>();
  const add = (descriptors: readonly Descriptor[]): void => {
    for (const one of descriptors) if (all.size < mostManifests && !all.has(one.digest)) all.set(one.digest, one);
  };
  add(entries);
  // Iterating over a Map includes entries that are added meanwhile.
  for (const descriptor of all.values()) {
    const links = await read(descriptor);
    if (!links) continue;
    add(links.manifests);
    yield links;
  }
}
