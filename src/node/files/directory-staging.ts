import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parentsOf } from '../../bytes/paths.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError } from '../../errors.ts';
import type { StagedEntries } from '../../storage/storage.ts';
import { failing } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';
import { copyStaged } from './copy-staged.ts';
import { flushDirectory } from './directory-flush.ts';
import { checkPlace, createAt, hasParents, moveTo, statsOf } from './directory-places.ts';
import { canReach, type Hidden, makeHidden } from './hidden-directory.ts';
import { StagedFiles, type Unstaged } from './staged-files.ts';
import { sweepStaging } from './staging-leftovers.ts';

/** What systems say where a user, or nobody, may write. */
const denied = ['EACCES', 'EPERM', 'EROFS'];

/** What is staged on one file system. */
interface Stage {
  hidden: Hidden;
  storage: StagedFiles;
}

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
  const hidden = await openHidden(root, path).catch(async (error: unknown) => {
    await removeMade(root, made);
    throw error;
  });
  const stageIn = (hidden: Hidden): Stage => ({
    hidden,
    storage: new StagedFiles(hidden.entries, storageOf(hidden.entries)),
  });
  const main = stageIn(hidden);
  const stages = [main];
  /** The stages of entries that are moved to other file systems. */
  const elsewhere = new Map<string, Stage>();
  const stageFor = async (directory: string): Promise<Stage> => {
    await sweepStaging(directory, hidden.now);
    for (const stage of stages) if (await canReach(stage.hidden, directory)) return stage;
    const stage = stageIn(await makeHidden(directory));
    stages.push(stage);
    return stage;
  };
  return {
    storage: main.storage,
    async prepare(paths, options) {
      const byParent = new Map<string, Stage>();
      for (const path of paths) {
        options?.signal?.throwIfAborted();
        checkPlace(path);
        const parent = dirname(path);
        let stage = byParent.get(parent);
        if (!stage) {
          const directory = (await directoriesTo(root, path)).at(-1) ?? '';
          const place = join(root, directory);
          stage = await stageFor(place).catch(failing('write', directory === '' ? path : directory, place));
          byParent.set(parent, stage);
        }
        if (stage === main) continue;
        await copyStaged(hidden.entries, stage.storage, path, options).catch(failing('write', path, join(root, path)));
        elsewhere.set(path, stage);
      }
    },
    async move(path, options) {
      options?.signal?.throwIfAborted();
      checkPlace(path);
      const { hidden, storage } = elsewhere.get(path) ?? main;
      const [from, place] = [join(hidden.entries, path), join(root, path)];
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
      for (const { hidden } of stages) await hidden.dispose();
      await removeMade(root, made);
    },
  };
}

/** Makes the hidden directory beside a path, or in the directory that is there if it cannot be moved into from beside it. */
async function openHidden(root: string, path: string): Promise<Hidden> {
  const places = (await directoriesTo(root, path)).map((each) => join(root, each));
  const [parent, own] = [places.at(-1) ?? root, join(root, path)];
  const isThere = (await statsOf(own))?.isDirectory();
  const hidden = isThere ? await besideOrIn(parent, own) : await makeHidden(parent);
  for (const directory of isThere ? [...places, own] : places) await sweepStaging(directory, hidden.now);
  return hidden;
}

async function besideOrIn(parent: string, own: string): Promise<Hidden> {
  const beside = await makeHidden(parent).catch(ignoring(...denied));
  if (beside && (await canReach(beside, own).catch(() => true))) return beside;
  await beside?.dispose();
  return makeHidden(own);
}

/** Removes the directories that were made for what was to be moved, if nothing was. `made` is the first of them. */
async function removeMade(root: string, made: string | undefined): Promise<void> {
  try {
    for (let next = root; made !== undefined && next.length >= made.length; next = dirname(next)) await rmdir(next);
  } catch {
    // It is not empty.
  }
}

/**
 * The directories that lead to a path, as far as they are there; the first is the root, with the path ''.
 *
 * @throws UnsafePathError when one is a symlink
 */
async function directoriesTo(root: string, path: string): Promise<string[]> {
  await hasParents(root, path);
  const found = [''];
  for (const parent of parentsOf(path)) {
    if (!(await statsOf(join(root, parent)))?.isDirectory()) break;
    found.push(parent);
  }
  return found;
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
