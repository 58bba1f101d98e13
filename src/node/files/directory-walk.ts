import type { Dir, Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinished } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { UnsafePathError } from '../../errors.ts';
import type { StorageEntry } from '../../storage/storage.ts';
import { entriesBelow, type WalkedEntry } from '../../storage/walk.ts';
import { failing } from '../system/file-errors.ts';

/** Entries read at a time. Node's default is so small that large directories are slow. */
const bufferSize = 1024;

/** An entry of a directory. */
export interface FoundEntry extends WalkedEntry<string> {
  /** Path from the root, parts joined by `/`. */
  path: string;
  /** Its type; a symlink is not followed. */
  stats: Stats;
}

/** The type of an entry as in lists; undefined for sockets, pipes and devices, which are omitted. */
export function typeOf(stats: Stats): StorageEntry['type'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
}

/**
 * Everything in `folder` (empty, or ending in `/`), at any depth, whose path begins with `prefix`. Symlinks are not
 * followed. Temporary files and directories are omitted, as are entries that are removed meanwhile.
 */
export function entriesWithin(
  root: string,
  folder: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<FoundEntry, void, void> {
  return entriesBelow(folder, (next) => entriesOf(root, next, prefix, signal), signal);
}

async function* entriesOf(
  root: string,
  folder: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<FoundEntry, void, void> {
  const place = join(root, folder);
  const directory = await opendir(place, { bufferSize })
    .catch(ignoring('ENOENT', 'ENOTDIR'))
    .catch(failing('read', folder, place));
  if (!directory) return;
  for await (const { name } of readEntries(directory, folder, place)) {
    signal?.throwIfAborted();
    const path = folder + name;
    if (!path.startsWith(prefix) || isUnfinished(name)) continue;
    const stats = await lstat(join(root, path))
      .catch(ignoring('ENOENT', 'ENOTDIR'))
      .catch(failing('read', path, join(root, path)));
    if (!stats && isMangled(name)) throw mangled(path);
    if (stats) yield { path, stats, ...(stats.isDirectory() && { folder: `${path}/` }) };
  }
}

/** Whether a name may have bytes that are not UTF-8: Node has replaced them, and finds no file of this name. */
export function isMangled(name: string): boolean {
  return name.includes('\ufffd');
}

/** The error for an entry with such a name. */
export function mangled(path: string): UnsafePathError {
  return new UnsafePathError(`The path ${JSON.stringify(path)} is refused: its name on the disk is not UTF-8`, path);
}

/** Maps errors of reading a directory, but not those of the consumer of its entries. */
async function* readEntries(directory: Dir, path: string, place: string): AsyncGenerator<Dirent, void, void> {
  try {
    for await (const entry of directory) yield entry;
  } catch (error) {
    failing('read', path, place)(error);
  }
}
