import { type Content, readChunks, streamOf } from '../../bytes/streams.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError, UnsupportedError } from '../../errors.ts';
import { failing } from './handle-errors.ts';
import { directoryIn, fileIn, withRefusedName } from './handle-lookup.ts';

/** The destination of a file. */
export interface Destination {
  /** Its name in the directory. */
  name: string;
  /** Its full path, for errors. */
  path: string;
  /** Aborts the write. */
  signal: AbortSignal | undefined;
}

/** How often the removal of a locked entry is tried, and the delay in between, in milliseconds. */
const removals = { attempts: 20, delay: 25 };

/** `move` is not in the file system standard, but every engine has it, at least for the origin private file system. */
export interface Movable {
  /** Renames it in its directory. */
  move?(name: string): Promise<void>;
  /** Moves it to another directory. */
  move?(directory: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/**
 * Writes a file atomically; when the content fails or the signal is aborted, the previous file is unchanged.
 *
 * @throws UnsupportedError when the browser cannot write files
 * @throws FileError when it cannot be written; errors of the content are thrown unchanged
 */
export async function write(
  file: FileSystemFileHandle,
  content: Content,
  { path, signal }: Pick<Destination, 'path' | 'signal'>,
): Promise<void> {
  if (!('createWritable' in file)) {
    throw new UnsupportedError('This browser cannot write files: it has no createWritable', 'createWritable');
  }
  const failed = failing('write', path);
  const writable = await file.createWritable().catch(failed);
  try {
    const take = (chunk: Uint8Array): Promise<void> => writable.write(chunk as Uint8Array<ArrayBuffer>).catch(failed);
    await readChunks(streamOf(content), take, signal);
    await writable.close().catch(failed);
  } catch (error) {
    await writable.abort(error).catch(() => {});
    throw error;
  }
}

/**
 * Moves a complete file to its name in a directory, and replaces a file of that name; on failure nothing changes. If files
 * cannot be moved, the file is copied, and the original stays. `move` moves it; default: in its directory.
 *
 * @throws ExistsError when a directory has the name
 * @throws UnsafePathError when the browser rejects the name
 * @throws FileError when it cannot be written
 */
export async function moveIntoPlace(
  file: FileSystemFileHandle & Movable,
  directory: FileSystemDirectoryHandle,
  { name, path, signal }: Destination,
  move: () => Promise<void> | undefined = () => file.move?.(name),
): Promise<void> {
  // Firefox would move the file there, and everything in the directory would be gone.
  if (await directoryIn(directory, name, path)) throw new ExistsError(`${path} is a directory`, path);
  if (await wasMoved(move)) return;
  const old = await fileIn(directory, name, path);
  const created = withRefusedName(path, directory.getFileHandle(name, { create: true }));
  const target = await created.catch(ignoring('TypeMismatchError')).catch(failing('write', path));
  if (!target) throw new ExistsError(`${path} is a directory`, path);
  try {
    await write(target, await file.getFile().catch(failing('read', path)), { path, signal });
  } catch (error) {
    if (!old) await removeMade(directory, name);
    throw error;
  }
}

/**
 * Browsers differ in what can be moved, and in the error if it cannot; the copy then throws the real error.
 */
export async function wasMoved(move: () => Promise<void> | undefined): Promise<boolean> {
  try {
    const moved = move();
    await moved;
    return moved !== undefined;
  } catch {
    return false;
  }
}

/**
 * Removes an entry created here, with its content. Never fails, as an earlier error is the better one. Retries, as a file
 * stays locked for a moment after its writing was aborted.
 */
export async function removeMade(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (let attempt = 1; attempt <= removals.attempts; attempt++) {
    const isLocked = await directory.removeEntry(name, { recursive: true }).then(
      () => false,
      (error: unknown) => error instanceof DOMException && error.name === 'NoModificationAllowedError',
    );
    if (!isLocked) return;
    await new Promise((resolve) => setTimeout(resolve, removals.delay));
  }
}
