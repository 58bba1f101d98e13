import { checkPath } from '../../bytes/paths.ts';
import { isUnfinished } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { UnsafePathError } from '../../errors.ts';
import { entriesBelow, type WalkedEntry } from '../../storage/walk.ts';
import { failing } from './handle-errors.ts';

/** TypeScript declares it only in a library that also makes streams iterable, which not every browser supports. */
interface Iterated {
  values(): AsyncIterable<FileSystemFileHandle | FileSystemDirectoryHandle>;
}

/** A directory, and its path from the root: empty, or ending in `/`. */
interface FoundFolder {
  directory: FileSystemDirectoryHandle;
  path: string;
}

/** An entry of a directory. */
export interface FoundHandle extends WalkedEntry<FoundFolder> {
  /** Path from the root, parts joined by `/`. */
  path: string;
  /** Its handle. */
  handle: FileSystemFileHandle | FileSystemDirectoryHandle;
}

/** Splits a path into its folders and its name.
 *
 * @throws UnsafePathError when it is unsafe, or has a name reserved for temporary files
 */
export function partsOf(path: string): { folders: string[]; name: string } {
  checkPath(path);
  const names = path.split('/');
  if (names.some(isHidden)) {
    throw new UnsafePathError(`The path ${path} is refused: such names are for files being written`, path);
  }
  return { folders: names.slice(0, -1), name: names.at(-1) ?? '' };
}

/**
 * The directory at the end of nested folders; undefined if one does not exist, or is a file. `path` is the full path, for
 * errors; with `create`, missing folders are created.
 *
 * @throws UnsafePathError when the browser rejects a name
 * @throws FileError when the browser cannot open one
 */
export async function directoryAt(
  root: FileSystemDirectoryHandle,
  folders: readonly string[],
  path: string,
  options?: FileSystemGetDirectoryOptions,
): Promise<FileSystemDirectoryHandle | undefined> {
  let directory: FileSystemDirectoryHandle | undefined = root;
  for (const folder of folders) directory = directory && (await directoryIn(directory, folder, path, options));
  return directory;
}

/**
 * A file of a directory; undefined if there is none, or a directory.
 *
 * @throws UnsafePathError with the full path, when the browser rejects the name
 * @throws FileError when the browser cannot open it
 */
export function fileIn(
  directory: FileSystemDirectoryHandle,
  name: string,
  path: string,
): Promise<FileSystemFileHandle | undefined> {
  return withRefusedName(path, directory.getFileHandle(name))
    .catch(ignoring('NotFoundError', 'TypeMismatchError'))
    .catch(failing('read', path));
}

/**
 * A subdirectory of a directory; undefined if there is none, or a file.
 *
 * @throws UnsafePathError with the full path, when the browser rejects the name
 * @throws FileError when the browser cannot open it
 */
export function directoryIn(
  directory: FileSystemDirectoryHandle,
  name: string,
  path: string,
  options?: FileSystemGetDirectoryOptions,
): Promise<FileSystemDirectoryHandle | undefined> {
  const found = withRefusedName(path, directory.getDirectoryHandle(name, options));
  // With `create`, NotFoundError means that the parent directory was removed; undefined would be wrong.
  return found
    .catch(options?.create ? ignoring('TypeMismatchError') : ignoring('NotFoundError', 'TypeMismatchError'))
    .catch(failing(options?.create ? 'write' : 'read', path));
}

/** Picked folders reject some names with a TypeError: those with a special meaning for the system. */
export function withRefusedName<T>(path: string, found: Promise<T>): Promise<T> {
  return found.catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
    throw new UnsafePathError(`The path ${path} is refused by the browser: ${error.message}`, path, { cause: error });
  });
}

/** Whether a name is reserved for temporary files and directories, and Chromium's swap files beside them. */
export function isHidden(name: string): boolean {
  return isUnfinished(name.replace(/\.crswap$/, ''));
}

/**
 * Everything in a directory, at any depth, whose path begins with `prefix`; `folder` is the path of the directory
 * (empty, or ending in `/`). Temporary files and directories are omitted, as are entries that are removed meanwhile.
 *
 * @throws FileError when the browser cannot read a directory
 */
export function entriesWithin(
  directory: FileSystemDirectoryHandle,
  folder: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<FoundHandle, void, void> {
  return entriesBelow({ directory, path: folder }, (next) => entriesOf(next, prefix, signal), signal);
}

async function* entriesOf(
  { directory, path: folder }: FoundFolder,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<FoundHandle, void, void> {
  for (const handle of await handlesOf(directory, folder, signal)) {
    signal?.throwIfAborted();
    const path = folder + handle.name;
    if (!path.startsWith(prefix) || isHidden(handle.name)) continue;
    yield { path, handle, ...(handle.kind === 'directory' && { folder: { directory: handle, path: `${path}/` } }) };
  }
}

/**
 * The direct entries of a directory; `path` is its own path. All are collected first, because browsers differ in how
 * they list a directory that changes meanwhile.
 *
 * @throws FileError when the browser cannot read the directory
 */
export async function handlesOf(
  directory: FileSystemDirectoryHandle,
  path: string,
  signal?: AbortSignal,
): Promise<FoundHandle['handle'][]> {
  const handles: FoundHandle['handle'][] = [];
  const read = async (): Promise<void> => {
    for await (const handle of (directory as unknown as Iterated).values()) {
      if (signal?.aborted) return;
      handles.push(handle);
    }
  };
  await read().catch(ignoring('NotFoundError')).catch(failing('read', path));
  // Outside of the `try`: the reason of an abort may be a DOMException, too.
  signal?.throwIfAborted();
  return handles;
}
