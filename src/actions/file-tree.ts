import { type ExistsError, UnsupportedError } from '../errors.ts';

/** Most folders that the files of one artifact may need. */
const mostFolders = 65_536;

/** A folder of the tree: its entries by name. */
interface Folder<T> {
  entries: Map<string, Folder<T> | { file: T }>;
}

/** The files of one artifact as a tree: no two are the same file, and no file is in place of a folder. */
export class FileTree<T> {
  readonly #root: Folder<T> = { entries: new Map() };
  /**
   * For each folder, one of its files and the length of the folder's path in it: cutting out each path would be slow.
   */
  readonly #folders: [path: string, end: number][] = [];
  readonly #collision: (path: string) => ExistsError;

  /** An empty tree; `collision` makes the error for a path that is in use. */
  constructor(collision: (path: string) => ExistsError) {
    this.#collision = collision;
  }

  /** The paths of all folders, each once, parents first. */
  get folders(): string[] {
    return this.#folders.map(([path, end]) => path.slice(0, end));
  }

  /**
   * Adds a file; returns the existing one at the same path, if any. Paths are equal when their keys are; keys have as
   * many parts as their paths. Default key: the path itself.
   *
   * @throws ExistsError when a file is in place of a folder of another file
   * @throws UnsupportedError when there are more than 65,536 folders
   */
  add(path: string, file: T, key: string = path): T | undefined {
    const names = key.split('/');
    const last = names.pop() as string;
    let { entries } = this.#root;
    let end = -1;
    for (const name of names) {
      end = path.indexOf('/', end + 1);
      const found = entries.get(name);
      if (found && 'file' in found) throw this.#collision(path);
      if (!found && this.#folders.push([path, end]) > mostFolders) throw tooMany();
      const folder = found ?? { entries: new Map() };
      entries.set(name, folder);
      entries = folder.entries;
    }
    const found = entries.get(last);
    if (found && !('file' in found)) throw this.#collision(path);
    if (found) return found.file;
    entries.set(last, { file });
    return undefined;
  }
}

function tooMany(): UnsupportedError {
  return new UnsupportedError(
    `The files of one artifact make more than ${mostFolders} folders, which no pull writes`,
    `more than ${mostFolders} folders in one artifact`,
  );
}
