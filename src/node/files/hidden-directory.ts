import { lstat, mkdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedName } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { codeOf } from '../system/system-errors.ts';
import { markUsed, removeTree } from './staging-leftovers.ts';

/** A hidden directory may be taken for a leftover before it is marked. */
const attempts = 5;

/** A hidden directory of this process. */
export interface Hidden {
  /** Where it is. */
  place: string;
  /** The directory in it for what is staged. */
  entries: string;
  /** When it was made, by the clock of the file system, in milliseconds. */
  now: number;
  /** Removes it. Never fails. */
  dispose(): Promise<void>;
}

/** Makes a hidden directory in a directory, for this user alone. */
export async function makeHidden(directory: string): Promise<Hidden> {
  for (let attempt = 1; ; attempt++) {
    const place = join(directory, unfinishedName());
    const entries = join(place, 'entries');
    let release: (() => void) | undefined;
    const dispose = async (): Promise<void> => {
      await removeTree(place).catch(() => {});
      release?.();
    };
    try {
      await mkdir(place, { mode: 0o700 });
      release = await markUsed(place);
      await mkdir(entries);
      return { place, entries, dispose, now: (await lstat(place)).mtimeMs };
    } catch (error) {
      await dispose();
      if (attempt === attempts || codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

/**
 * Tells whether what is in a hidden directory can be renamed into another directory; false if that is on another file
 * system. It is tried with an empty directory, because nothing else tells: a file system may be mounted at two places, and
 * some have other rules for who may write than modes.
 *
 * @throws the system's error when the directory must not be written to
 */
export async function canReach({ place }: Hidden, directory: string): Promise<boolean> {
  const [from, to] = [join(place, 'probe'), join(directory, unfinishedName())];
  await mkdir(from, { recursive: true });
  const isThere = await rename(from, to).then(() => true, ignoring('EXDEV'));
  // Another process may have taken it for a leftover.
  if (isThere) await rmdir(to).catch(ignoring('ENOENT'));
  return isThere ?? false;
}
