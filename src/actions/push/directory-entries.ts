import { pauses } from '../../archive/pause.ts';
import { compareEntries } from '../../archive/writing/entry-order.ts';
import type { TarSource } from '../../archive/writing/tar-parts.ts';
import { kindOf } from '../../bytes/kinds.ts';
import { checkLinkTarget, parentsOf } from '../../bytes/paths.ts';
import { inOrder } from '../../concurrency.ts';
import { ExistsError, NotFoundError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageEntry } from '../../storage/storage.ts';
import type { NamedDirectory } from './file-input.ts';

/** Files that are opened ahead of the one that is packed. */
const opensAhead = 8;

/** What of a directory is packed, and with which modes. */
export interface EntryOptions {
  /**
   * Which entries are packed: those it gives true for. `path` is the path below the directory. What is in a directory
   * that is left out is left out, too. Default: all; pipes, sockets and devices never are.
   */
  filter?: ((entry: { path: string; type: StorageEntry['type'] }) => boolean) | undefined;
  /**
   * Permission bits of a file by its path below the directory; undefined for those the storage gives. Only the owner's
   * right to execute it (0o100) counts: a file becomes 0o755 or 0o644. Browsers know no modes, so a directory with
   * programs in it gets the digest that it has in Node only when they are named here. Default: those of the storage.
   */
  modes?: ((path: string) => number | undefined) | undefined;
}

/** An entry of a directory, with its path below the directory. */
type Found = Pick<StorageEntry, 'type' | 'mode' | 'linkTarget'> & { path: string };

/**
 * What is in a directory, as the entries of an archive and in their order; the directory itself comes first. Files are opened
 * shortly before they are given.
 *
 * @throws NotFoundError when the directory is not there, or a file was removed meanwhile
 * @throws UnsafePathError when a symlink leads out of the directory
 * @throws ExistsError when a file has the name of the folder of another one
 * @throws TypeError when `modes` gives something else than permission bits
 */
export async function* directoryEntries(
  { name, directory, path = '' }: NamedDirectory,
  { filter, modes, signal }: EntryOptions & AbortOptions,
): AsyncGenerator<TarSource, void, void> {
  const prefix = path === '' ? '' : `${path}/`;
  const breathe = pauses();
  const found = await entriesOf({ name, directory, path }, signal);
  yield { path: name, type: 'directory', mode: 0o755, size: 0 };
  yield* inOrder(wanted(found, filter), opensAhead, signal, async (entry): Promise<TarSource> => {
    // A page stands still while the browser looks up the size of a chosen file.
    await breathe();
    const own = { path: `${name}/${entry.path}`, mode: entry.mode ?? 0o644, size: 0 };
    if (entry.type === 'directory') return { ...own, type: 'directory' };
    if (entry.type === 'symlink') {
      checkLinkTarget(entry.path, entry.linkTarget ?? '');
      return { ...own, type: 'symlink', linkTarget: entry.linkTarget ?? '' };
    }
    const content = await directory.get(prefix + entry.path, { signal });
    if (!content) throw new NotFoundError(`The file ${own.path} was removed while ${name} was packed`, own.path);
    return {
      ...own,
      type: 'file',
      mode: modeFrom(modes?.(entry.path), entry.path) ?? own.mode,
      size: content.size,
      content,
    };
  });
}

/** Everything below the directory, with the directories that files are in, in the order of an archive. */
async function entriesOf({ name, directory, path = '' }: NamedDirectory, signal?: AbortSignal): Promise<Found[]> {
  const prefix = path === '' ? '' : `${path}/`;
  const breathe = pauses();
  const found = new Map<string, Found>();
  for await (const entry of directory.list(prefix, { signal })) {
    await breathe();
    const below = entry.path.slice(prefix.length);
    found.set(below, { ...entry, path: below });
    for (const parent of parentsOf(below)) {
      if (!found.has(parent)) found.set(parent, { type: 'directory', path: parent });
    }
  }
  if (found.size === 0 && path !== '' && (await directory.typeOf?.(path, { signal })) !== 'directory') {
    throw new NotFoundError(`The directory ${path} of ${name} does not exist`, path);
  }
  return checked(name, [...found.values()].sort(compareEntries));
}

/** The entries, of which none is in another that is no directory: a storage in memory may have such, and no disk. */
function checked(name: string, entries: Found[]): Found[] {
  for (const [i, { path, type }] of entries.entries()) {
    if (type === 'directory' || !entries[i + 1]?.path.startsWith(`${path}/`)) continue;
    throw new ExistsError(
      `Cannot pack ${name}: ${path} is a ${type}, and there are files in it, too`,
      `${name}/${path}`,
    );
  }
  return entries;
}

/** The mode a caller gives a file. */
function modeFrom(mode: unknown, path: string): number | undefined {
  if (mode === undefined || (Number.isInteger(mode) && (mode as number) >= 0)) return mode as number | undefined;
  throw new TypeError(`"modes" must give permission bits such as 0o755, not ${kindOf(mode)}, for ${path}`);
}

/** The entries that pass the filter, of which a directory comes before what is in it. */
function* wanted(found: readonly Found[], filter: EntryOptions['filter']): Generator<Found, void, void> {
  let leftOut = '/';
  for (const entry of found) {
    const { path, type } = entry;
    if (path.startsWith(leftOut)) continue;
    if (!filter || filter({ path, type })) yield entry;
    else if (type === 'directory') leftOut = `${path}/`;
  }
}
