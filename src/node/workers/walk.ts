import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { compareEntries } from '../../archive/writing/entry-order.ts';
import { isUnfinished } from '../../bytes/unfinished.ts';
import { isMangled, mangled } from '../files/directory-walk.ts';
import { fileErrorOf } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';
import type { AskedEntry, EntryChoice, TarPlan } from './tar-messages.ts';

/** Decides about the entries of one directory. */
export type Choose = (entries: AskedEntry[]) => Promise<EntryChoice[]>;

/** An entry that is packed. */
export interface WalkedEntry extends AskedEntry {
  /** Mode of a file if it is not its own. */
  mode: number | undefined;
  /** Target of a symlink. */
  linkTarget?: string;
}

/**
 * Everything below a directory, in the order of an archive. Synchronous calls need a tenth of the processor time, and
 * in this thread nobody else waits. Like the list of DirectoryStorage: symlinks are not followed; files that are
 * being written, sockets, pipes, devices, and what disappears meanwhile are left out.
 *
 * @throws FileError when a directory or a symlink cannot be read
 */
export async function* walk(plan: TarPlan, choose: Choose | undefined): AsyncGenerator<WalkedEntry, void, void> {
  // A stack and not recursion: directories may be nested deeper than calls can be.
  const waiting: WalkedEntry[] = [];
  const open = async (folder: string): Promise<void> => {
    for (const entry of (await entriesOf(plan, folder, choose)).reverse()) waiting.push(entry);
  };
  await open('');
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    if (entry.type !== 'symlink') yield entry;
    else {
      const linkTarget = targetOf(plan, entry.path);
      if (linkTarget !== undefined) yield { ...entry, linkTarget };
    }
    if (entry.type === 'directory') await open(`${entry.path}/`);
  }
}

async function entriesOf(plan: TarPlan, folder: string, choose: Choose | undefined): Promise<WalkedEntry[]> {
  const found = read(plan, folder).sort(compareEntries);
  const choices = choose && found.length > 0 ? await choose(found) : undefined;
  return found.flatMap((entry, i) => {
    const { isPacked, mode } = choices?.[i] ?? { isPacked: true, mode: undefined };
    return isPacked ? [{ ...entry, mode }] : [];
  });
}

function read({ directory, prefix }: TarPlan, folder: string): AskedEntry[] {
  const place = join(directory, folder);
  try {
    // It may have become a symlink after it was found.
    if (folder !== '' && !lstatSync(place.slice(0, -1)).isDirectory()) return [];
    return readdirSync(place, { withFileTypes: true }).flatMap((entry) => {
      const path = folder + entry.name;
      if (isMangled(entry.name) && !lstatSync(join(directory, path), { throwIfNoEntry: false }))
        throw mangled(prefix + path);
      const type = isUnfinished(entry.name) ? undefined : typeOf(entry);
      return type ? [{ path, type }] : [];
    });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return [];
    throw fileErrorOf(error, 'read', prefix + folder, place);
  }
}

function typeOf(entry: Dirent): AskedEntry['type'] | undefined {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : undefined;
}

function targetOf({ directory, prefix }: TarPlan, path: string): string | undefined {
  const place = join(directory, path);
  try {
    return readlinkSync(place);
  } catch (error) {
    if (['ENOENT', 'EINVAL'].includes(codeOf(error))) return undefined;
    throw fileErrorOf(error, 'read', prefix + path, place);
  }
}
