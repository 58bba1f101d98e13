import { unfinishedName } from '../../bytes/unfinished.ts';
import { ExistsError } from '../../errors.ts';
import type { StagedEntries, StorageAdapter } from '../../storage/storage.ts';
import { failing } from './handle-errors.ts';
import { holdName, ifUnused, locked } from './handle-locks.ts';
import { directoryAt, directoryIn, entriesWithin, fileIn, handlesOf, isHidden, partsOf } from './handle-lookup.ts';
import { type Movable, moveIntoPlace, removeMade, wasMoved } from './handle-writing.ts';
import { StagedHandles } from './staged-handles.ts';

/** Where an entry is moved to. */
interface Place {
  directory: FileSystemDirectoryHandle;
  name: string;
  path: string;
  signal: AbortSignal | undefined;
}

/**
 * Opens a hidden directory beside a path of the directory `root`, and removes those that pages left there that are closed.
 * `storageOf` gives a storage of a directory.
 */
export async function stageBeside(
  root: FileSystemDirectoryHandle,
  path: string,
  storageOf: (directory: FileSystemDirectoryHandle) => StorageAdapter,
): Promise<StagedEntries> {
  const directory = await directoryFor(root, path);
  const hidden = unfinishedName();
  const release = await holdName(hidden);
  const dispose = async (): Promise<void> => {
    await removeMade(directory, hidden);
    release();
  };
  const create = async (): Promise<FileSystemDirectoryHandle> => {
    const made = await directory.getDirectoryHandle(hidden, { create: true });
    await made.getFileHandle(markOf(origin), { create: true });
    return made.getDirectoryHandle('entries', { create: true });
  };
  const created = create().catch(failing('write', path));
  const entries = await created.catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    storage: new StagedHandles(entries, storageOf(entries)),
    dispose,
    async move(from, options) {
      const signal = options?.signal;
      signal?.throwIfAborted();
      const { folders, name } = partsOf(from);
      const parent = await directoryAt(entries, folders, from);
      const file = parent && (await fileIn(parent, name, from));
      const moved = file ?? (parent && (await directoryIn(parent, name, from)));
      if (!moved) return;
      const target = await directoryAt(root, folders, from, { create: true });
      if (!target) throw new ExistsError(`Cannot write ${from}: a file is where it needs a directory`, from);
      const place = { directory: target, name, path: from, signal };
      if (moved.kind === 'file') await moveFile(moved, place);
      else await moveDirectory(moved, place);
    },
  };
}

/** The last directory that is there of those that lead to a path; what was left in them is removed. */
async function directoryFor(root: FileSystemDirectoryHandle, path: string): Promise<FileSystemDirectoryHandle> {
  let directory = root;
  await sweep(directory);
  for (const folder of partsOf(path).folders) {
    const next = await directoryIn(directory, folder, path);
    if (!next) break;
    directory = next;
    await sweep(directory);
  }
  return directory;
}

async function sweep(directory: FileSystemDirectoryHandle): Promise<void> {
  for (const handle of await handlesOf(directory, '')) {
    const { kind, name } = handle;
    if (kind !== 'directory' || !isHidden(name)) continue;
    const remove = async (): Promise<void> => {
      // The locks of other origins, and of other programs, are not seen here.
      await handle.getFileHandle(markOf(origin));
      await directory.removeEntry(name, { recursive: true });
    };
    // Nobody asked for it; what stays is found the next time.
    await ifUnused(name, remove).catch(() => {});
  }
}

/** The name of a file that says which origin's pages made a hidden directory. */
function markOf(of: string): string {
  return `${of.replace(/[^A-Za-z0-9.-]/g, '_')}.page`;
}

function moveFile(file: FileSystemFileHandle & Movable, { directory, ...to }: Place): Promise<void> {
  const move = (): Promise<void> | undefined => file.move?.(directory, to.name);
  return locked(to.path, 'exclusive', () => moveIntoPlace(file, directory, to, move));
}

/** Moves a directory to where nothing is; where the browser cannot, its files one by one. */
async function moveDirectory(from: FileSystemDirectoryHandle & Movable, place: Place): Promise<void> {
  const { directory, name, path, signal } = place;
  if ((await fileIn(directory, name, path)) || (await directoryIn(directory, name, path))) {
    throw new ExistsError(`There is something at ${path} already`, path);
  }
  if (await wasMoved(() => from.move?.(directory, name))) return;
  const made = new Map<string, FileSystemDirectoryHandle>();
  const make = async (folder: string): Promise<FileSystemDirectoryHandle> => {
    const [parent, own] = splitLast(folder);
    const within = made.get(parent) ?? directory;
    const found = await within.getDirectoryHandle(own, { create: true }).catch(failing('write', folder));
    made.set(folder, found);
    return found;
  };
  await make(path);
  for await (const { path: below, handle } of entriesWithin(from, `${path}/`, `${path}/`, signal)) {
    const [parent, own] = splitLast(below);
    if (handle.kind === 'directory') await make(below);
    else await moveFile(handle, { directory: made.get(parent) ?? directory, name: own, path: below, signal });
  }
}

function splitLast(path: string): [parent: string, name: string] {
  const end = path.lastIndexOf('/');
  return [path.slice(0, Math.max(end, 0)), path.slice(end + 1)];
}
