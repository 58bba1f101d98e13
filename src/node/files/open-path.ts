import { stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import type { NamedDirectory, NamedFile } from '../../actions/push/file-input.ts';
import { NotFoundError, UnsupportedError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { failing } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';
import { DirectoryStorage } from './directory-storage.ts';
import { openFile } from './open-file.ts';

/**
 * A local file, read lazily and never whole, or a directory. Its name is its path below the working directory, or else its
 * last part; of the working directory itself it is the directory's own name.
 *
 * @throws NotFoundError when there is none
 * @throws FileError when it cannot be opened, for example for want of permission
 * @throws UnsupportedError when it is a pipe or a device
 */
export async function openPath(path: string, options: AbortOptions = {}): Promise<NamedFile | NamedDirectory> {
  options.signal?.throwIfAborted();
  const failed = (cause: unknown): never => {
    if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'ENOTDIR') return failing('read', path)(cause);
    throw new NotFoundError(`The file ${path} does not exist`, path, { cause });
  };
  const found = await stat(path).catch(failed);
  if (found.isDirectory()) return { name: nameOf(path), directory: new DirectoryStorage(path) };
  if (!found.isFile()) {
    throw new UnsupportedError(
      `Cannot open ${path}: it is neither a file nor a directory`,
      'opening pipes and devices',
    );
  }
  return { name: nameOf(path), content: await openFile(path, path, found).catch(failed) };
}

function nameOf(path: string): string {
  const below = relative('', path);
  const outside = below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below);
  return outside || below === '' ? basename(resolve(path)) : below.split(sep).join('/');
}
