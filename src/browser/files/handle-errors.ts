import { FileError } from '../../errors.ts';

/** What the errors mean that people meet, and what can be done. */
const meanings: Readonly<Record<string, string>> = {
  QuotaExceededError: 'no space is left for this site; remove some of what it stores',
  NotAllowedError: 'permission denied; let the person allow it again',
  NoModificationAllowedError: 'another page or worker has locked it; try again later',
};

/** Takes a rejection of the browser's file system and throws the FileError that it stands for; others are thrown on. */
export function failing(action: 'read' | 'write' | 'remove', path: string): (error: unknown) => never {
  return (cause) => {
    if (!(cause instanceof DOMException)) throw cause;
    const { name, message } = cause;
    const what = `${action} ${path || 'the directory'}`;
    throw new FileError(`Cannot ${what}: ${meanings[name] ?? message} (${name})`, path, name, { cause });
  };
}
