import { FileError } from '../../errors.ts';

/** Messages for common errors: what they mean, and what to do. */
const meanings: Readonly<Record<string, string>> = {
  QuotaExceededError: 'no space is left for this site; remove some of what it stores',
  NotAllowedError: 'permission denied; let the person allow it again',
  NoModificationAllowedError: 'another page or worker has locked it; try again later',
};

/** A handler for `catch` that maps errors of the browser's file system to a FileError; other errors are rethrown. */
export function failing(action: 'read' | 'write' | 'remove', path: string): (error: unknown) => never {
  return (cause) => {
    if (!(cause instanceof DOMException)) throw cause;
    const { name, message } = cause;
    const what = `${action} ${path || 'the directory'}`;
    throw new FileError(`Cannot ${what}: ${meanings[name] ?? message} (${name})`, path, name, { cause });
  };
}
