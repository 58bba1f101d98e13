import { type Content, readChunks, streamOf } from '../../bytes/streams.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError, UnsupportedError } from '../../errors.ts';
import { failing } from './handle-errors.ts';
import { fileIn, withRefusedName } from './handle-lookup.ts';

/** The destination of a file. */
export interface Destination {
  /** Its name in the directory. */
  name: string;
  /** Its full path, for errors. */
  path: string;
  /** Aborts the write. */
  signal: AbortSignal | undefined;
}

/** `move` is not in the file system standard, but every engine has it, at least for the origin private file system. */
interface Movable {
  move?(name: string): Promise<void>;
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
 * Moves a complete file to its name in the same directory, and replaces a file of that name; on failure nothing
 * changes. If files cannot be moved, the file is copied, and the original stays.
 *
 * @throws ExistsError when a directory has the name
 * @throws UnsafePathError when the browser rejects the name
 * @throws FileError when it cannot be written
 */
export async function moveIntoPlace(
  file: FileSystemFileHandle,
  directory: FileSystemDirectoryHandle,
  { name, path, signal }: Destination,
): Promise<void> {
  if (await wasMoved(file, name)) return;
  const old = await fileIn(directory, name, path);
  const created = withRefusedName(path, directory.getFileHandle(name, { create: true }));
  const target = await created.catch(ignoring('TypeMismatchError')).catch(failing('write', path));
  if (!target) throw new ExistsError(`${path} is a directory`, path);
  try {
    await write(target, await file.getFile().catch(failing('read', path)), { path, signal });
  } catch (error) {
    if (!old) await directory.removeEntry(name).catch(() => {});
    throw error;
  }
}

/**
 * Browsers differ in where files can be moved, and in the error if they cannot; the copy then throws the real error.
 */
async function wasMoved(file: FileSystemFileHandle & Movable, name: string): Promise<boolean> {
  try {
    await file.move?.(name);
    return file.move !== undefined;
  } catch {
    return false;
  }
}
