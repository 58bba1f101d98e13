import { type ArchiveLimits, mostEntries } from '../../../archive/reading/limits.ts';
import { readable } from '../../../bytes/read-error.ts';
import { defaultConcurrency, mapConcurrent } from '../../../concurrency.ts';
import { ExistsError } from '../../../errors.ts';
import type { TransferOptions } from '../../../options.ts';
import { type Spool, withSpool } from '../../../storage/spool.ts';
import type { StorageAdapter } from '../../../storage/storage.ts';
import { aboutFile } from '../../../target/callers.ts';
import { type Progress, progressOf } from '../../../target/progress.ts';
import type { ReadOnlyTarget } from '../../../target/target.ts';
import { directoryEntries, tarDigestOf } from './archive-entries.ts';
import { FileWriter } from './file-writer.ts';
import type { OmittedEntry } from './omitted.ts';
import { Placement } from './placement.ts';
import { DirectoryReader } from './read-directory.ts';
import { checkSymlinks } from './symlinks.ts';
import { type DirectoryLayer, Unpacking } from './unpacking.ts';
import { writeDirectory } from './write-directory.ts';

/** Options of {@link unpackDirectories}. */
export interface UnpackOptions extends TransferOptions {
  /** Replaces files with other content. */
  overwrite?: boolean | undefined;
  /** Limits of each archive; that of entries is for all together. */
  limits?: ArchiveLimits | undefined;
  /** Stores archives that are read twice, because the storage has no `stage`. Default: in memory. */
  spool?: Spool | undefined;
}

/** What came of unpacking directories. */
export interface Unpacked {
  /** The entries that were not written as packed. */
  omitted: OmittedEntry[];
  /** Gives directories their modes that forbid to write to them; called when the artifact's other files are in them. */
  close(): Promise<void>;
}

/**
 * Unpacks layers that are directories. All of them are read, verified and staged before anything is put in place; where the
 * storage cannot stage, they are read twice. `files` are the names of the artifact's other files.
 */
export async function unpackDirectories(
  target: ReadOnlyTarget,
  layers: readonly DirectoryLayer[],
  files: readonly { name: string }[],
  to: StorageAdapter,
  options: UnpackOptions,
): Promise<Unpacked> {
  const { limits, overwrite = false, signal } = options;
  const { directories, again } = distinct(layers);
  const unpacking = new Unpacking(to, overwrite, limits?.maxEntries ?? mostEntries);
  for (const [index, directory] of directories.entries()) {
    tarDigestOf(directory);
    await aboutFile(directory.name, unpacking.open(directory.name, index, { signal }));
  }
  await requireFree(unpacking, files);
  const unpacked = await withSpool(options.spool, async (spool): Promise<Unpacked> => {
    const staged = await to.stage?.(directories[0]?.name ?? '', { signal });
    const writer = new FileWriter(staged?.storage ?? to);
    try {
      const reading = { target, directories, unpacking, writer: staged && writer, spool };
      const read = await readLayers(reading, options);
      await requireFree(unpacking, files);
      for (const [index, { name }] of directories.entries()) {
        await aboutFile(name, checkSymlinks(unpacking, name, index, signal));
      }
      const names = {
        paths: directories.map(({ name }) => name),
        files: files.map(({ name }) => name),
      };
      const placement = new Placement(unpacking, names, writer, { signal });
      const moves = await placement.compare();
      if (!staged) await writeLayers(reading, read.archives, writer, options);
      await placement.complete();
      if (staged) await placement.move(staged, moves);
      for (const progress of read.progress) progress.done();
      return {
        omitted: [...read.omitted, ...placement.omitted],
        async close() {
          for (const { path, mode } of placement.open) await to.makeDirectory?.(path, { mode, signal });
        },
      };
    } finally {
      await writer.settled();
      await staged?.dispose();
    }
  });
  for (const { layer } of again) options.onProgress?.({ type: 'skip', descriptor: layer, reason: 'exists' });
  return unpacked;
}

/** What layers are read with. */
interface Reading {
  target: ReadOnlyTarget;
  directories: readonly DirectoryLayer[];
  unpacking: Unpacking;
  /** Undefined where nothing is staged: the archives are then spooled. */
  writer: FileWriter | undefined;
  spool: Spool;
}

/** Reads and verifies all layers. Of those that are spooled it returns the archives. */
async function readLayers(
  { target, directories, unpacking, writer, spool }: Reading,
  { concurrency = defaultConcurrency, limits, onProgress, signal }: UnpackOptions,
): Promise<{ progress: Progress[]; omitted: OmittedEntry[]; archives: Blob[] }> {
  const archives: Blob[] = [];
  const omitted: OmittedEntry[][] = [];
  const progress = await mapConcurrent(directories, concurrency, signal, async (directory, stop, index) => {
    const { name, layer } = directory;
    const transfer = progressOf(layer, onProgress);
    transfer.start();
    const reader = new DirectoryReader(unpacking, index, writer, { signal: stop });
    omitted[index] = reader.omitted;
    const read = async (): Promise<void> => {
      let archive = transfer.stream(await target.fetch(layer, { signal: stop }));
      if (!writer) {
        const { content } = await spool(archive, { signal: stop });
        archives[index] = content;
        archive = readable(content, name, 'Cannot unpack');
      }
      await reader.read(directoryEntries(directory, archive, { limits, signal: stop }));
    };
    await aboutFile(name, read());
    return transfer;
  });
  return { progress, omitted: omitted.flat(), archives };
}

/** Writes the files of layers that were only read before. */
async function writeLayers(
  { directories, unpacking }: Reading,
  archives: readonly Blob[],
  writer: FileWriter,
  { limits, signal }: UnpackOptions,
): Promise<void> {
  for (const [index, directory] of directories.entries()) {
    const archive = readable(archives[index] ?? new Blob(), directory.name, 'Cannot unpack');
    const entries = directoryEntries(directory, archive, { limits, signal });
    await aboutFile(directory.name, writeDirectory(unpacking, index, entries, writer, { signal }));
  }
}

/** Each directory once, and the layers that repeat one.
 *
 * @throws ExistsError when two layers with one title have different content
 */
function distinct(layers: readonly DirectoryLayer[]): { directories: DirectoryLayer[]; again: DirectoryLayer[] } {
  const byName = new Map<string, DirectoryLayer>();
  const again: DirectoryLayer[] = [];
  for (const directory of layers) {
    const { name, layer } = directory;
    const found = byName.get(name)?.layer;
    if (!found) byName.set(name, directory);
    else if (found.digest === layer.digest && found.size === layer.size) again.push(directory);
    else throw new ExistsError(`The artifact has two directories ${name}: pull a part of it with "filter"`, name);
  }
  return { directories: [...byName.values()], again };
}

async function requireFree(unpacking: Unpacking, files: readonly { name: string }[]): Promise<void> {
  for (const { name } of files) unpacking.tree.requireFree(name, await unpacking.keyOf(name));
}
