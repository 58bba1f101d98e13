import { verifyBytes } from '../../bytes/verify.ts';
import { isVerifiable } from '../../oci/digest.ts';
import { maxManifestSize } from '../../oci/manifest.ts';
import { isKeptAsManifest } from '../../oci/media-types.ts';
import { contentOf, type References, referencesIn } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageReader } from '../../storage/storage.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { blobPath } from './blob-path.ts';

/** Maximum size of a manifest in bytes: what a larger one refers to is unknown, so nothing can be removed. */
const largestManifest = 64 * 1024 * 1024;

/** What is reachable in a layout. */
export interface Reachable {
  /** The digests of all content that must stay. */
  digests: ReadonlySet<Digest>;
  /** The entries of the index that must stay. */
  entries: Descriptor[];
}

/**
 * Finds what must stay: everything that the tagged and the recent entries of the index refer to, also as a subject, and all
 * referrers of that, with everything they refer to.
 *
 * @throws MismatchError when a manifest that stays, or one that the index leads to, is damaged
 * @throws TooLargeError when a manifest that stays has more than 64 MiB
 */
export async function findReachable(
  storage: StorageReader,
  entries: readonly Descriptor[],
  isRoot: (entry: Descriptor) => boolean | Promise<boolean>,
  options: AbortOptions,
): Promise<Reachable> {
  const roots: Descriptor[] = [];
  const others: Descriptor[] = [];
  for (const entry of entries) ((await isRoot(entry)) ? roots : others).push(entry);
  const referrers = await referrersBySubject(storage, others, options);
  const digests = new Set<Digest>();
  const read = new Set<Digest>();
  const queue = [...roots];
  for (let next = queue.pop(); next; next = queue.pop()) {
    options.signal?.throwIfAborted();
    const { digest } = next;
    digests.add(digest);
    if (read.has(digest)) continue;
    read.add(digest);
    const { subject, manifests = [], ...blobs } = await referencesOf(storage, next, options);
    for (const one of [...(referrers.get(digest) ?? []), ...manifests, ...(subject ? [subject] : [])]) queue.push(one);
    for (const blob of contentOf(blobs)) {
      if (isKeptAsManifest(blob.mediaType)) queue.push(blob);
      else digests.add(blob.digest);
    }
  }
  const rootSet = new Set(roots);
  return { digests, entries: entries.filter((entry) => rootSet.has(entry) || digests.has(entry.digest)) };
}

/**
 * By digest of a subject, the manifests that refer to it: of the entries, their subjects, the subjects of these, … For a
 * referrer that only an index lists, it is the index of the entries, which must stay for its sake.
 */
async function referrersBySubject(
  storage: StorageReader,
  entries: readonly Descriptor[],
  options: AbortOptions,
): Promise<ReadonlyMap<Digest, Descriptor[]>> {
  const referrers = new Map<Digest, Descriptor[]>();
  const seen = new Set<Digest>();
  const queue = entries.map((manifest) => ({ manifest, holder: manifest }));
  // Iterating over an array includes what is added meanwhile.
  for (const { manifest, holder } of queue) {
    if (seen.has(manifest.digest)) continue;
    options.signal?.throwIfAborted();
    seen.add(manifest.digest);
    const { subject, manifests = [] } = await referencesOf(storage, manifest, options);
    for (const listed of manifests) if (!seen.has(listed.digest)) queue.push({ manifest: listed, holder });
    if (!subject) continue;
    const list = referrers.get(subject.digest);
    if (list) list.push(holder);
    else referrers.set(subject.digest, [holder]);
    queue.push({ manifest: subject, holder: subject });
  }
  return referrers;
}

/** The references of a manifest; none when the layout does not have it. Content of an unknown type may be one. */
async function referencesOf(
  storage: StorageReader,
  { digest, mediaType }: Descriptor,
  options: AbortOptions,
): Promise<References> {
  if (!isVerifiable(digest)) return {};
  const path = blobPath(digest);
  if (!isKeptAsManifest(mediaType)) {
    const file = await storage.get(path, options);
    if (!file || file.size > maxManifestSize) return {};
  }
  const bytes = await readFile(storage, path, largestManifest, options);
  if (!bytes) return {};
  verifyBytes(bytes, { digest, size: bytes.byteLength });
  return referencesIn(bytes);
}
