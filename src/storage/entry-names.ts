import type { StorageAdapter } from './storage.ts';

type EntryType = NonNullable<Awaited<ReturnType<NonNullable<StorageAdapter['typeOf']>>>>;

/** What messages call an entry of each type. */
export const entryNames: Readonly<Record<EntryType, string>> = {
  file: 'a file',
  symlink: 'a symlink',
  directory: 'a directory',
  other: 'a pipe, a socket or a device',
};
