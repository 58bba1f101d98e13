import { verifyBytes } from '../bytes/verify.ts';
import { isVerifiable } from '../oci/digest.ts';
import { maxManifestSize } from '../oci/manifest.ts';
import { isKeptAsManifest } from '../oci/media-types.ts';
import { contentOf, type References, referencesIn } from '../oci/referrers.ts';
import type { AbortOptions } from '../options.ts';
import { readFile } from '../storage/read.ts';
import type { StorageAdapter, StorageReader } from '../storage/storage.ts';
import type { Descriptor, Digest } from '../types.ts';
import { blobPath } from './blob-path.ts';
import { defaultGrace, isUsed, removeUnused } from './recent-content.ts';

/** Options of {@link OciLayout.collectGarbage}. */
export interface CollectGarbageOptions extends AbortOptions {
  /** Finds what would be removed, and removes nothing. Default false. */
  dryRun?: boolean | undefined;
  /**
   * Age in milliseconds from which content can be garbage: a push stores its blobs before the manifest that refers to
   * them. Set it to 0 only when nothing is being pushed. Default: an hour.
   */
  grace?: number | undefined;
  /**
   * Whether manifests without a tag stay. By default only those stay that a tag leads to, and their referrers, as in oras.
   * Set it for layouts that have manifests without tags on purpose, such as those of crane. Default false.
   */
  keepUntagged?: boolean | undefined;
}

/** Content that garbage collection found: its digest, and its size in bytes. */
export type GarbageContent = Pick<Descriptor, 'digest' | 'size'>;

/** The result of {@link OciLayout.collectGarbage}. */
export interface CollectedGarbage {
  /** What was removed, or would be in a dry run; sorted by digest. */
  removed: GarbageContent[];
  /** The sum of the sizes of `removed`, in bytes. */
  size: number;
  /** What nothing refers to either, but is too recent to be garbage. */
  recent: GarbageContent[];
}

/** Maximum size of a manifest in bytes: what a larger one refers to is unknown, so nothing can be removed. */
const largestManifest = 64 * 1024 * 1024;
const blobs = 'blobs/';

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
 * @throws MismatchError when a manifest that stays is damaged
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
      if (isKeptAsManifest(blob.mediaType ?? '')) queue.push(blob);
      else digests.add(blob.digest);
    }
  }
  const rootSet = new Set(roots);
  return { digests, entries: entries.filter((entry) => rootSet.has(entry) || digests.has(entry.digest)) };
}

/** By digest of a subject, the manifests that refer to it: of the entries, their subjects, the subjects of these, … */
async function referrersBySubject(
  storage: StorageReader,
  entries: readonly Descriptor[],
  options: AbortOptions,
): Promise<ReadonlyMap<Digest, Descriptor[]>> {
  const referrers = new Map<Digest, Descriptor[]>();
  const seen = new Set<Digest>();
  for (const entry of entries) {
    let next: Descriptor | undefined = entry;
    while (next && !seen.has(next.digest)) {
      options.signal?.throwIfAborted();
      seen.add(next.digest);
      const { subject }: References = await referencesOf(storage, next, options);
      const list = subject && referrers.get(subject.digest);
      if (list) list.push(next);
      else if (subject) referrers.set(subject.digest, [next]);
      next = subject;
    }
  }
  return referrers;
}

/** The references of a manifest; none when the layout does not have it. Content of an unknown type may be one. */
async function referencesOf(
  storage: StorageReader,
  { digest, mediaType = '' }: Descriptor,
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

/** The blobs of a layout that need not stay, sorted. Files that are not blobs of a known algorithm are not among them. */
export async function unreachableBlobs(
  storage: StorageReader,
  digests: ReadonlySet<Digest>,
  options: AbortOptions,
): Promise<Digest[]> {
  const found: Digest[] = [];
  for await (const { type, path } of storage.list(blobs, options)) {
    const digest = path.slice(blobs.length).replace('/', ':');
    if (type === 'file' && isVerifiable(digest) && !digests.has(digest)) found.push(digest);
  }
  return found.sort();
}

/** Tells whether content was stored, or needed by a push of this process, in the last `grace` milliseconds. */
export async function isRecent(
  storage: StorageAdapter,
  digest: Digest,
  grace: number,
  options: AbortOptions,
): Promise<boolean> {
  if (grace === 0 || !isVerifiable(digest)) return false;
  if (isUsed(digest, grace)) return true;
  const file: (Blob & { lastModified?: number }) | undefined = await storage.get(blobPath(digest), options);
  return (file?.lastModified ?? 0) > Date.now() - grace;
}

/** Removes blobs unless they are recent; each is looked at again at that moment. */
export async function removeBlobs(
  storage: StorageAdapter,
  digests: readonly Digest[],
  { signal, dryRun, grace }: AbortOptions & { dryRun: boolean; grace: number },
): Promise<CollectedGarbage> {
  const result: CollectedGarbage = { removed: [], size: 0, recent: [] };
  for (const digest of digests) {
    const path = blobPath(digest);
    const size = (await storage.get(path, { signal }))?.size;
    if (size === undefined) continue;
    const isKept =
      (await isRecent(storage, digest, grace, { signal })) ||
      (!dryRun && !(await removeUnused(digest, grace, () => storage.delete(path, { signal }))));
    (isKept ? result.recent : result.removed).push({ digest, size });
    if (!isKept) result.size += size;
  }
  return result;
}

/** The grace period of a call.
 *
 * @throws RangeError when it is not a number from 0
 */
export function graceOf({ grace = defaultGrace }: CollectGarbageOptions): number {
  if (typeof grace === 'number' && grace >= 0) return grace;
  throw new RangeError(`grace must be a number of milliseconds from 0, not ${grace}`);
}
