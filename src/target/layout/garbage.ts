import { isVerifiable } from '../../oci/digest.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageAdapter, StorageReader } from '../../storage/storage.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { blobPath } from './blob-path.ts';
import { type LayoutIndex, tagOf } from './layout-index.ts';
import { findReachable } from './reachable.ts';
import { defaultGrace, isUsed, removeUnused } from './recent-content.ts';

/** Options of {@link OciLayout.collectGarbage}. */
export interface CollectGarbageOptions extends AbortOptions {
  /** Finds what would be removed, and removes nothing. Default false. */
  dryRun?: boolean | undefined;
  /**
   * Age in milliseconds from which content can be garbage: a push stores its blobs before the manifest that refers to
   * them. Content that a push only looked for counts as new, too, for at most a day. Set it to 0 only when nothing is being
   * pushed. Default: an hour.
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

const blobsFolder = 'blobs/';

/**
 * Collects the garbage of the layout in a storage; see {@link OciLayout.collectGarbage}. Nothing else changes the index
 * meanwhile.
 */
export async function collectGarbage(
  storage: StorageAdapter,
  index: LayoutIndex,
  options: CollectGarbageOptions,
): Promise<CollectedGarbage> {
  const grace = graceOf(options);
  const { signal, dryRun = false, keepUntagged = false } = options;
  const isRoot = (entry: Descriptor): boolean | Promise<boolean> =>
    keepUntagged || tagOf(entry) !== undefined || isRecent(storage, entry.digest, grace, { signal });
  return index.update(
    async (entries, replace) => {
      const reachable = await findReachable(storage, entries, isRoot, { signal });
      const blobs = await unreachableBlobs(storage, reachable.digests, { signal });
      if (!dryRun && reachable.entries.length < entries.length) await replace(reachable.entries);
      return removeBlobs(storage, blobs, { signal, dryRun, grace });
    },
    { signal },
  );
}

/** The blobs of a layout that need not stay, sorted. Files that are not blobs of a known algorithm are not among them. */
async function unreachableBlobs(
  storage: StorageReader,
  digests: ReadonlySet<Digest>,
  options: AbortOptions,
): Promise<Digest[]> {
  const found: Digest[] = [];
  for await (const { type, path } of storage.list(blobsFolder, options)) {
    const digest = path.slice(blobsFolder.length).replace('/', ':');
    if (type === 'file' && isVerifiable(digest) && !digests.has(digest)) found.push(digest);
  }
  return found.sort();
}

/** Tells whether content was stored, or needed by a push of this process, in the last `grace` milliseconds. */
async function isRecent(
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
async function removeBlobs(
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
function graceOf({ grace = defaultGrace }: CollectGarbageOptions): number {
  if (typeof grace === 'number' && grace >= 0) return grace;
  throw new RangeError(`grace must be a number of milliseconds from 0, not ${grace}`);
}
