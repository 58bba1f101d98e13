import { FileError } from '../../errors.ts';
import { codeOf } from './system-errors.ts';

/** Messages for common errors: what they mean, and what to do. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; let the user of this process do it',
  EPERM: 'operation not permitted; let the user of this process do it',
  EMFILE: 'too many files are open; raise the limit of this process (ulimit -n), or lower `concurrency`',
  ENFILE: 'too many files are open on this system; close some',
  ENOSPC: 'no space is left on the disk; free some',
  EDQUOT: 'the disk quota is used up; free some space',
  EROFS: 'the file system is read-only; choose another place',
  EIO: 'the disk failed; check it',
  ELOOP: 'its symlinks lead in a circle; remove one',
  ENAMETOOLONG: 'the name is too long for this file system; choose a shorter one',
};

type Action = 'read' | 'write' | 'remove';

/**
 * Maps an error of `node:fs` to a FileError; other errors are returned unchanged. `path` is the path as the caller gave
 * it, `place` its location on disk.
 */
export function fileErrorOf(cause: unknown, action: Action, path: string, place: string = path): unknown {
  const errno = codeOf(cause);
  // The codes of Node's own argument checks, ERR_…, are not system errors.
  if (!(cause instanceof Error) || !('syscall' in cause) || errno === '') return cause;
  const message = `Cannot ${action} ${place}: ${meanings[errno] ?? cause.message} (${errno})`;
  return new FileError(message, path, errno, { cause });
}

/** A handler for `catch` after calls of `node:fs`: throws {@link fileErrorOf}. */
export function failing(action: Action, path: string, place: string = path): (error: unknown) => never {
  return (error) => {
    throw fileErrorOf(error, action, path, place);
  };
}
