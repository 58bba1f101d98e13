import { checkPath } from '../bytes/paths.ts';
import { ExistsError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import type { StorageEntry, StorageReader } from './storage.ts';

/** Options of a {@link FileListStorage}. */
export interface FileListOptions {
  /** Path of the folder that becomes the root of the storage. Default: none, all files are included. */
  folder?: string | undefined;
}

/**
 * Files that the user picked or dropped, by name; a file of a picked folder by its path in it. A file is read only on
 * demand.
 *
 * @example
 * import { FileListStorage } from 'oras-js/browser';
 *
 * const input = document.querySelector<HTMLInputElement>('input[type=file]');
 * const files = new FileListStorage(input?.files ?? []);
 */
export class FileListStorage implements StorageReader {
  readonly #files = new Map<string, File>();

  /**
   * Makes a storage of the files of an `<input type="file">`, or of any other files. Later changes of the list have no
   * effect. With `folder`, only the files in that folder are included, by their paths below it; the paths of a picked
   * folder begin with its name.
   *
   * @throws ExistsError when two files have the same path
   * @throws UnsafePathError when a path is unsafe
   */
  constructor(files: ArrayLike<File> | Iterable<File>, { folder }: FileListOptions = {}) {
    const prefix = folder === undefined ? '' : `${folder}/`;
    for (const file of Array.from(files)) {
      const fullPath = file.webkitRelativePath || file.name;
      if (!fullPath.startsWith(prefix)) continue;
      const path = fullPath.slice(prefix.length);
      checkPath(path);
      if (this.#files.has(path)) throw new ExistsError(`There are two files named ${JSON.stringify(path)}`, path);
      this.#files.set(path, file);
    }
  }

  /** The file at a path, or undefined. */
  async get(path: string, options?: AbortOptions): Promise<File | undefined> {
    options?.signal?.throwIfAborted();
    checkPath(path);
    return this.#files.get(path);
  }

  /** The files whose paths begin with a prefix, in their original order. */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    for (const path of this.#files.keys()) {
      options?.signal?.throwIfAborted();
      // Without the size, for which Chromium would look at the file on the disk while the page waits.
      if (path.startsWith(prefix)) yield { path, type: 'file' };
    }
  }
}
