import type { Stats } from 'node:fs';
import { lstat, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPath, parentsOf } from '../../bytes/paths.ts';
import { isUnfinished } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError, UnsafePathError } from '../../errors.ts';
import type { PutOptions } from '../../storage/storage.ts';
import { codeOf } from '../system/system-errors.ts';
import { beingMade, makeDirectory } from './directory-flush.ts';
import { checkWindowsPath } from './windows-paths.ts';

// What every change below a directory has in common: the path is checked, no parent directory is a symlink, and what exists
// has the right type.

/**
 * Checks a path of the storage on this platform.
 *
 * @throws UnsafePathError when it is unsafe, or has a name reserved for temporary files
 */
export function checkPlace(path: string): void {
  checkPath(path);
  if (process.platform === 'win32') checkWindowsPath(path);
  if (path.split('/').some(isUnfinished)) {
    throw new UnsafePathError(`The path ${path} is refused: such names are for files being written`, path);
  }
}

/** Tells whether all parent directories of a path exist.
 *
 * @throws UnsafePathError when one is a symlink
 */
export async function hasParents(root: string, path: string): Promise<boolean> {
  for (const parent of parentsOf(path)) {
    const stats = await statsOf(join(root, parent));
    if (stats?.isSymbolicLink()) throw symlinked(path, parent);
    if (!stats?.isDirectory()) return false;
  }
  return true;
}

/** Creates an entry at a path, with its parent directories. */
export async function createAt<T>(root: string, path: string, make: () => Promise<T>): Promise<T> {
  const create = async (): Promise<T> => {
    await makeParents(root, path);
    return make();
  };
  // The root exists, except before the first file. A directory may also have been removed concurrently.
  const made = create();
  const isMissing = await made.then(
    () => false,
    (error: unknown) => codeOf(error) === 'ENOENT',
  );
  if (!isMissing) return made;
  await mkdir(root, { recursive: true });
  return create();
}

/** Renames a complete file or symlink to its path. */
export async function moveTo(root: string, path: string, unfinished: string): Promise<void> {
  // Checked again: a directory may have become a symlink in the meantime.
  await hasParents(root, path);
  const file = join(root, path);
  await rename(unfinished, file).catch(async (error: unknown) => {
    const taken = ['EISDIR', 'ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error));
    if (taken && (await statsOf(file))?.isDirectory()) throw new ExistsError(`${path} is a directory`, path);
    throw error;
  });
}

/** The type of the entry at a path of the disk; a directory is created if there is none. */
export async function directoryAt(path: string): Promise<Stats> {
  const stats = await statsOf(path);
  if (stats) await beingMade(path);
  else await makeDirectory(path);
  return stats ?? lstat(path);
}

/** The entry at a path of the disk, without following a symlink; undefined if there is none. */
export function statsOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(ignoring('ENOENT', 'ENOTDIR'));
}

/** The permission bits, without the setuid, setgid and sticky bits. */
export function permissions({ mode = 0o666 }: PutOptions = {}): number {
  return mode & 0o777;
}

async function makeParents(root: string, path: string): Promise<void> {
  for (const parent of parentsOf(path)) {
    const stats = await directoryAt(join(root, parent));
    if (stats.isSymbolicLink()) throw symlinked(path, parent);
    if (!stats.isDirectory()) throw new ExistsError(`Cannot write ${path}: ${parent} is a file`, path);
  }
}

function symlinked(path: string, parent: string): UnsafePathError {
  return new UnsafePathError(`The path ${path} is refused: ${parent} is a symlink`, path);
}
