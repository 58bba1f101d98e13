import { stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, sep } from 'node:path';
import type { NamedFile } from '../../actions/push/file-input.ts';
import { NotFoundError, UnsupportedError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { failing } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';
import { openFile } from './open-file.ts';

/**
 * Opens a local file that is read lazily, and never whole into memory. Its name is its path below the working
 * directory, or else its last part.
 *
 * @throws NotFoundError when it does not exist
 * @throws FileError when it cannot be opened, for example without permission
 * @throws UnsupportedError when it is a directory, a pipe or a device
 */
export async function openPath(path: string, options: AbortOptions = {}): Promise<NamedFile> {
  options.signal?.throwIfAborted();
  const failed = (cause: unknown): never => {
    if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'ENOTDIR') return failing('read', path)(cause);
    throw new NotFoundError(`The file ${path} does not exist`, path, { cause });
  };
  const found = await stat(path).catch(failed);
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'a directory' : 'not a regular file';
    throw new UnsupportedError(`Cannot open ${path}: it is ${what}; pass the files themselves`, `opening ${what}`);
  }
  return { name: nameOf(path), content: await openFile(path, path, found).catch(failed) };
}

function nameOf(path: string): string {
  const below = relative('', path);
  const outside = below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below);
  return outside ? basename(path) : below.split(sep).join('/');
}
