import { checkPath } from '../../bytes/paths.ts';
import { ExistsError, UnsupportedError } from '../../errors.ts';

/** Most folders that the titles of one artifact may make. */
const mostFolders = 65_536;
/** Parts of paths that are looked at in one go: some ten milliseconds. */
const partsPerTurn = 131_072;

/** What a folder has by its name: a folder, or null for a file. */
type Folder = Map<string, Folder | null>;

/**
 * Checks the titles of one artifact, which are the paths of its files. Names that are one file on some system, or a file
 * and its own folder, would overwrite each other.
 *
 * @throws UnsafePathError when one is no path inside a storage
 * @throws ExistsError when two are one file, or one needs the other to be a folder
 * @throws UnsupportedError when they make more than 65,536 folders
 */
export async function checkTitles(titles: readonly string[], signal?: AbortSignal): Promise<void> {
  const root: Folder = new Map();
  let folders = 0;
  let looked = 0;
  for (const title of titles) {
    checkPath(title);
    const names = title.normalize('NFC').toLowerCase().split('/');
    const file = names.pop() as string;
    let folder = root;
    for (const name of names) {
      const found = folder.get(name);
      if (found === null) throw collision(title);
      if (!found && ++folders > mostFolders) throw tooMany();
      const inner: Folder = found ?? new Map();
      folder.set(name, inner);
      folder = inner;
    }
    if (folder.has(file)) throw collision(title);
    folder.set(file, null);
    looked += names.length + 1;
    if (looked < partsPerTurn) continue;
    looked = 0;
    // So that the program goes on meanwhile, and an abort is seen.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
}

function collision(title: string): ExistsError {
  return new ExistsError(`The artifact has more than one file at ${title}: pull its layers one by one`, title);
}

function tooMany(): UnsupportedError {
  return new UnsupportedError(
    `The titles of the artifact make more than ${mostFolders} folders: pull its layers one by one`,
    `more than ${mostFolders} folders in one artifact`,
  );
}
