import type { Dir, Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageEntry } from '../../storage/storage.ts';
import { failing } from '../system/file-errors.ts';
import { ignoring } from '../system/system-errors.ts';

/** Names that are read at once. By default it is so few that a large directory takes long. */
const bufferSize = 1024;

/** Something found in a directory. */
export interface FoundEntry {
  /** Path from the root, parts joined by `/`. */
  path: string;
  /** Last part of the path. */
  name: string;
  /** What it is; of a symlink, not of what it leads to. */
  stats: Stats;
}

/** What an entry of a list is; undefined for sockets, pipes and devices, which are in none. */
export function typeOf(stats: Stats): StorageEntry['type'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
}

/**
 * Everything in `folder` (empty, or ending in `/`) and at any depth below whose path begins with `prefix`. Symlinks
 * are not followed, and what disappears meanwhile is left out.
 */
export async function* entriesBelow(
  root: string,
  folder: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<FoundEntry, void, void> {
  // A list and not recursion: directories may be nested deeper than calls can be.
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    signal?.throwIfAborted();
    const place = join(root, next);
    const directory = await opendir(place, { bufferSize })
      .catch(ignoring('ENOENT', 'ENOTDIR'))
      .catch(failing('read', next, place));
    if (!directory) continue;
    for await (const { name } of readEntries(directory, next, place)) {
      signal?.throwIfAborted();
      const path = next + name;
      if (!path.startsWith(prefix)) continue;
      const stats = await lstat(join(root, path))
        .catch(ignoring('ENOENT', 'ENOTDIR'))
        .catch(failing('read', path, join(root, path)));
      if (!stats) continue;
      yield { path, name, stats };
      if (stats.isDirectory()) folders.push(`${path}/`);
    }
  }
}

/** What a directory gives when it is read; not what fails while an entry is used. */
async function* readEntries(directory: Dir, path: string, place: string): AsyncGenerator<Dirent, void, void> {
  try {
    for await (const entry of directory) yield entry;
  } catch (error) {
    failing('read', path, place)(error);
  }
}
