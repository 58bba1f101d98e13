import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parentsOf } from '../../bytes/paths.ts';
import { unfinishedName } from '../../bytes/unfinished.ts';
import { ExistsError } from '../../errors.ts';
import type { StagedEntries } from '../../storage/storage.ts';
import { failing } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';
import { flushDirectory } from './directory-flush.ts';
import { checkPlace, createAt, hasParents, moveTo, statsOf } from './directory-places.ts';
import { StagedFiles, type Unstaged } from './staged-files.ts';
import { markUsed, removeTree, sweepStaging } from './staging-leftovers.ts';

/** A hidden directory may be taken for a leftover before it is marked. */
const attempts = 5;

/**
 * Opens a hidden directory beside a path of the directory `root`, for this user alone, and removes those that processes
 * left there that are gone. `storageOf` gives a storage of the directory in it.
 */
export async function stageBeside(
  root: string,
  path: string,
  storageOf: (root: string) => Unstaged,
): Promise<StagedEntries> {
  const made = await mkdir(root, { recursive: true });
  const { entries, dispose } = await openHidden(root, path).catch(async (error: unknown) => {
    await removeMade(root, made);
    throw error;
  });
  const storage = new StagedFiles(entries, storageOf(entries));
  return {
    storage,
    async move(path, options) {
      options?.signal?.throwIfAborted();
      checkPlace(path);
      const [from, place] = [join(entries, path), join(root, path)];
      const move = async (): Promise<void> => {
        await storage.flush();
        const { mode } = await lstat(from);
        const isDirectory = (mode & constants.S_IFMT) === constants.S_IFDIR;
        await createAt(root, path, () => (isDirectory ? moveDirectory(root, path, from) : moveTo(root, path, from)));
        await flushDirectory(dirname(place));
      };
      await move().catch(failing('write', path, place));
    },
    async dispose() {
      await dispose();
      await removeMade(root, made);
    },
  };
}

/** A hidden directory of this process. */
interface Hidden {
  /** The directory in it for what is staged. */
  entries: string;
  /** Removes it. Never fails. */
  dispose(): Promise<void>;
}

async function openHidden(root: string, path: string): Promise<Hidden> {
  const directories = await directoriesTo(root, path);
  const { now, ...hidden } = await makeHidden(directories.at(-1) ?? root);
  for (const directory of directories) await sweepStaging(directory, now);
  return hidden;
}

/** Removes the directories that were made for what was to be moved, if nothing was. `made` is the first of them. */
async function removeMade(root: string, made: string | undefined): Promise<void> {
  try {
    for (let next = root; made !== undefined && next.length >= made.length; next = dirname(next)) await rmdir(next);
  } catch {
    // It is not empty.
  }
}

/** The directories that lead to a path, as far as they are there; the last is the one to stage in. */
async function directoriesTo(root: string, path: string): Promise<string[]> {
  await hasParents(root, path);
  const found = [root];
  for (const each of [...parentsOf(path), path]) {
    const place = join(root, each);
    const stats = await statsOf(place);
    if (!stats?.isDirectory()) break;
    // Nothing can be renamed across file systems: where one is mounted at the very path, it is staged inside.
    if (each !== path || stats.dev !== (await lstat(dirname(place))).dev) found.push(place);
  }
  return found;
}

/** Makes a hidden directory. `now` is the time by the clock of the file system. */
async function makeHidden(directory: string): Promise<Hidden & { now: number }> {
  for (let attempt = 1; ; attempt++) {
    const hidden = join(directory, unfinishedName());
    const entries = join(hidden, 'entries');
    let release: (() => void) | undefined;
    const dispose = async (): Promise<void> => {
      await removeTree(hidden).catch(() => {});
      release?.();
    };
    try {
      await mkdir(hidden, { mode: 0o700 });
      release = await markUsed(hidden);
      await mkdir(entries);
      return { entries, dispose, now: (await lstat(hidden)).mtimeMs };
    } catch (error) {
      await dispose();
      if (attempt === attempts || codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** Gives a directory its place, where nothing may be. */
async function moveDirectory(root: string, path: string, from: string): Promise<void> {
  await hasParents(root, path);
  const place = join(root, path);
  if (await statsOf(place)) throw new ExistsError(`There is something at ${path} already`, path);
  await withWriting(from, () => rename(from, place)).catch(async (error: unknown) => {
    const taken = ['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error));
    if (taken && (await statsOf(place))) throw new ExistsError(`There is something at ${path} already`, path);
    throw error;
  });
}

/** A directory that may not be written to cannot be moved either: it gets its mode back when it was. */
async function withWriting(directory: string, move: () => Promise<void>): Promise<void> {
  const { mode } = await lstat(directory);
  if ((mode & 0o200) !== 0 || process.platform === 'win32') return move();
  await chmod(directory, 0o700);
  // By the handle: at its place somebody else may have put a symlink in the meantime.
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await move();
    await handle.chmod(mode & 0o777);
  } finally {
    await handle.close();
  }
}
