import { FileError } from '../../errors.ts';
import { codeOf } from './system-errors.ts';

/** What the errors mean that people meet, and what can be done. */
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
 * The FileError that an error of `node:fs` stands for; any other error is itself. `path` is the path as the caller knows
 * it, `place` where it is on the disk.
 */
export function fileErrorOf(cause: unknown, action: Action, path: string, place: string = path): unknown {
  const errno = codeOf(cause);
  // Node's own checks have a code as well, ERR_…, but were no calls of the system.
  if (!(cause instanceof Error) || !('syscall' in cause) || errno === '') return cause;
  const message = `Cannot ${action} ${place}: ${meanings[errno] ?? cause.message} (${errno})`;
  return new FileError(message, path, errno, { cause });
}

/** Takes a rejection of `node:fs`, and throws what {@link fileErrorOf} gives. */
export function failing(action: Action, path: string, place: string = path): (error: unknown) => never {
  return (error) => {
    throw fileErrorOf(error, action, path, place);
  };
}
