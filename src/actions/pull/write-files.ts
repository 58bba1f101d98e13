import type { ArchiveLimits } from '../../archive/reading/limits.ts';
import { defaultConcurrency, mapConcurrent, Semaphore } from '../../concurrency.ts';
import type { TransferOptions } from '../../options.ts';
import type { Spool } from '../../storage/spool.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { aboutFile } from '../../target/callers.ts';
import { progressOf } from '../../target/progress.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';
import { findWritten } from './occupied.ts';
import { checkNames, isDirectory, type TitledLayer } from './titled-layers.ts';
import type { OmittedEntry } from './unpack/omitted.ts';
import type { Unpacked } from './unpack/unpack-directories.ts';

/** Most files being finished while the next ones begin: each needs a file handle and memory for its unwritten bytes. */
const maxDraining = 16;

/** Options of writing files. */
export interface WriteOptions extends TransferOptions {
  /** Overwrites existing files that have other content. */
  overwrite?: boolean | undefined;
  /** Unpacks layers that are directories. */
  unpack?: boolean | undefined;
  /** Limits of their archives. */
  limits?: ArchiveLimits | undefined;
  /** Keeps archives that are read twice. */
  spool?: Spool | undefined;
}

/**
 * Writes layers as files, and unpacks directories; each file appears only when it is complete and verified. All names,
 * destinations and archives are checked before the first change. Returns the entries that were not written as packed.
 */
export async function writeFiles(
  target: ReadOnlyTarget,
  layers: readonly TitledLayer[],
  to: StorageAdapter,
  options: WriteOptions,
): Promise<OmittedEntry[]> {
  const { concurrency = defaultConcurrency, onProgress, signal, unpack = true } = options;
  const isUnpacked = ({ layer }: TitledLayer): boolean => unpack && isDirectory(layer);
  const checked = await checkNames(
    layers.filter((layer) => !isUnpacked(layer)),
    to,
    signal,
  );
  const written = await findWritten(checked, to, options);
  const skip = ({ layer }: TitledLayer): void => onProgress?.({ type: 'skip', descriptor: layer, reason: 'exists' });
  for (const file of written) skip(file);
  const unpacked = await unpackLayers(target, layers.filter(isUnpacked), checked.files, to, options);
  const missing = checked.files.filter((file) => !written.has(file));
  const draining = new Semaphore(maxDraining);
  await mapConcurrent(missing, concurrency, signal, async (file, stop, _, releaseSlot) => {
    let isDraining = false;
    // After the last byte was received, the next download can begin: flushing a file to disk takes time.
    const end = (): void => {
      isDraining = draining.tryAcquire();
      if (isDraining) releaseSlot();
    };
    try {
      await aboutFile(file.name, writeFile(target, file, to, { onProgress, signal: stop }, end));
    } finally {
      if (isDraining) draining.release();
    }
  });
  await unpacked?.close();
  for (const file of checked.again) skip(file);
  return unpacked?.omitted ?? [];
}

async function unpackLayers(
  target: ReadOnlyTarget,
  directories: readonly TitledLayer[],
  files: readonly TitledLayer[],
  to: StorageAdapter,
  options: WriteOptions,
): Promise<Unpacked | undefined> {
  if (directories.length === 0) return undefined;
  // What reads archives is large, and most artifacts have none.
  const { unpackDirectories } = await import('./unpack/unpack-directories.ts');
  return unpackDirectories(target, directories, files, to, options);
}

async function writeFile(
  target: ReadOnlyTarget,
  { name, layer }: TitledLayer,
  to: StorageAdapter,
  { onProgress, signal }: TransferOptions,
  end: () => void,
): Promise<void> {
  const progress = progressOf(layer, onProgress);
  progress.start();
  await to.put(name, progress.stream(await target.fetch(layer, { signal }), { end }), { signal });
  progress.done();
}
