import { type Content, readChunks, streamOf } from '../../bytes/streams.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError, UnsupportedError } from '../../errors.ts';
import { failing } from './handle-errors.ts';
import { fileIn, withRefusedName } from './handle-lookup.ts';

/** Where a file is to go. */
export interface Destination {
  /** Its name there. */
  name: string;
  /** Its whole path, for errors. */
  path: string;
  /** Stops it. */
  signal: AbortSignal | undefined;
}

/** Not in the file system standard, though every engine has it, at least for the origin private file system. */
interface Movable {
  move?(name: string): Promise<void>;
}

/**
 * Writes a file as a whole; when the content fails or the signal is aborted, it is as it was before.
 *
 * @throws UnsupportedError when the browser cannot
 * @throws FileError when the browser does not let it be written; what the content fails with is thrown as it is
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
 * Gives a complete file its name, in the directory it is in, in place of a file that has it; or leaves everything as it
 * is. Where files cannot be moved, the file is copied and stays.
 *
 * @throws ExistsError when a directory has the name
 * @throws UnsafePathError when the browser refuses the name
 * @throws FileError when the browser does not let it be written
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

/** Browsers differ in where files can be moved, and in the error when they cannot: copying finds out what is wrong. */
async function wasMoved(file: FileSystemFileHandle & Movable, name: string): Promise<boolean> {
  try {
    await file.move?.(name);
    return file.move !== undefined;
  } catch {
    return false;
  }
}
