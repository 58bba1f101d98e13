import { InvalidArchiveError } from '../errors.ts';

/** The error of a tar that cannot be read, at an entry if it is known. */
export function damagedTar(why: string, path?: string): InvalidArchiveError {
  const what = path === undefined ? 'The tar archive' : `The entry ${JSON.stringify(path)} of the tar archive`;
  return new InvalidArchiveError(`${what} cannot be read: ${why}`, path);
}
