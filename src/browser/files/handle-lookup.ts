import { ignoring } from '../../errors/ignoring.ts';
import { UnsafePathError } from '../../errors.ts';
import { entriesBelow, type WalkedEntry } from '../../storage/walk.ts';
import { failing } from './handle-errors.ts';

/** The compiler knows it only in a library that would also let streams be iterated over, which not every browser can. */
interface Iterated {
  values(): AsyncIterable<FileSystemFileHandle | FileSystemDirectoryHandle>;
}

/** A directory, and its path from the root: empty, or ending in `/`. */
interface FoundFolder {
  directory: FileSystemDirectoryHandle;
  path: string;
}

/** Something found in a directory. */
export interface FoundHandle extends WalkedEntry<FoundFolder> {
  /** Path from the root, parts joined by `/`. */
  path: string;
  /** What is there. */
  handle: FileSystemFileHandle | FileSystemDirectoryHandle;
}

/**
 * A file of a directory; undefined when there is none, or a directory.
 *
 * @throws UnsafePathError, with the whole path, when the browser refuses the name
 * @throws FileError when the browser does not let it be opened
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
 * A directory of a directory; undefined when there is none, or a file.
 *
 * @throws UnsafePathError, with the whole path, when the browser refuses the name
 * @throws FileError when the browser does not let it be opened
 */
export function directoryIn(
  directory: FileSystemDirectoryHandle,
  name: string,
  path: string,
  options?: FileSystemGetDirectoryOptions,
): Promise<FileSystemDirectoryHandle | undefined> {
  const found = withRefusedName(path, directory.getDirectoryHandle(name, options));
  // With `create`, what cannot be found is the directory that it would be in: it was removed, which is no answer.
  return found
    .catch(options?.create ? ignoring('TypeMismatchError') : ignoring('NotFoundError', 'TypeMismatchError'))
    .catch(failing(options?.create ? 'write' : 'read', path));
}

/** A picked folder takes fewer names than others: those that the system gives a meaning are refused with a TypeError. */
export function withRefusedName<T>(path: string, found: Promise<T>): Promise<T> {
  return found.catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
    throw new UnsafePathError(`The path ${path} is refused by the browser: ${error.message}`, path, { cause: error });
  });
}

/**
 * Everything in a directory whose own path is `folder` (empty, or ending in `/`), and at any depth below, whose path
 * begins with `prefix`. What disappears meanwhile is left out.
 *
 * @throws FileError when the browser does not let a directory be read
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
    if (!path.startsWith(prefix)) continue;
    yield { path, handle, ...(handle.kind === 'directory' && { folder: { directory: handle, path: `${path}/` } }) };
  }
}

/**
 * What is in a directory whose own path is `path`, and not below. Collected first: what a directory gives while it is
 * changed is up to the browser.
 *
 * @throws FileError when the browser does not let the directory be read
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
  // Not above: its reason may be a DOMException, too.
  signal?.throwIfAborted();
  return handles;
}
