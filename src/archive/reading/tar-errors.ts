import { InvalidArchiveError } from '../../errors.ts';

/** The error for an invalid tar, with the path of the entry if it is known. */
export function damagedTar(why: string, path?: string): InvalidArchiveError {
  const what = path === undefined ? 'The tar archive' : `The entry ${JSON.stringify(path)} of the tar archive`;
  return new InvalidArchiveError(`${what} cannot be read: ${why}`, path);
}
