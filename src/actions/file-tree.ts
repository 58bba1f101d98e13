import { type ExistsError, UnsupportedError } from '../errors.ts';

/** Most folders that the files of one artifact may make. */
const mostFolders = 65_536;

/** A folder of the tree: what it has by name. */
interface Folder<T> {
  entries: Map<string, Folder<T> | { file: T }>;
}

/** The files of one artifact by their paths: no two are one file, and none is where another needs a folder. */
export class FileTree<T> {
  readonly #root: Folder<T> = { entries: new Map() };
  /** Of each folder a file in it, and where in that file's path its own ends: to cut out each would take long. */
  readonly #folders: [path: string, end: number][] = [];
  readonly #collision: (path: string) => ExistsError;

  /** An empty tree; `collision` makes the error for a path that is taken. */
  constructor(collision: (path: string) => ExistsError) {
    this.#collision = collision;
  }

  /** The paths of the folders that the files need, each once and before those in it. */
  get folders(): string[] {
    return this.#folders.map(([path, end]) => path.slice(0, end));
  }

  /**
   * Adds a file, and gives the one that is at the same path already. Paths are the same when their keys are, which have as
   * many parts; the key of a path is the path itself by default.
   *
   * @throws ExistsError when one of two files needs the other to be a folder
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
