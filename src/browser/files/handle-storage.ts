import { checkPath, foldedPath, type PathFolding } from '../../bytes/paths.ts';
import type { Content } from '../../bytes/streams.ts';
import { isUnfinished, unfinishedName } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError, UnsafePathError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageAdapter, StorageEntry } from '../../storage/storage.ts';
import { foldingOf } from './folding.ts';
import { failing } from './handle-errors.ts';
import { directoryIn, entriesWithin, fileIn } from './handle-lookup.ts';
import { moveIntoPlace, write } from './handle-writing.ts';

/**
 * Files in the origin private file system, or in a folder that a person picked. It works in pages and workers, service
 * workers included; several may use one directory at a time. It has neither permission bits nor symlinks.
 *
 * @example
 * import { OciLayout } from 'oras-js';
 * import { HandleStorage } from 'oras-js/browser';
 *
 * const layout = new OciLayout(new HandleStorage(await navigator.storage.getDirectory()));
 */
export class HandleStorage implements StorageAdapter {
  readonly #root: FileSystemDirectoryHandle;
  #folding: Promise<PathFolding> | undefined;

  /** The directory of a handle: from `navigator.storage.getDirectory()`, or from a directory picker. */
  constructor(directory: FileSystemDirectoryHandle) {
    this.#root = directory;
  }

  /**
   * The file at a path; undefined when there is none, or a directory. It is read from the disk, which fails if the file
   * is replaced or removed in the meantime: `text()` and `arrayBuffer()` with a `NotReadableError` or `NotFoundError`,
   * a stream in Chromium with a bare `TypeError`.
   *
   * @throws UnsafePathError when the path leads outside, or the browser refuses its name
   * @throws FileError when the browser does not let it be opened
   */
  async get(path: string, options?: AbortOptions): Promise<File | undefined> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const read = async (): Promise<File | undefined> => {
      const directory = await this.#directory(folders, path);
      const handle = directory && (await fileIn(directory, name, path));
      return handle?.getFile().catch(ignoring('NotFoundError')).catch(failing('read', path));
    };
    const file = await read();
    // Where files cannot be moved, one that is new shows as an empty one until it is complete.
    return file?.size === 0 ? locked(path, 'shared', read) : file;
  }

  /**
   * The files and directories below a prefix. Files that are being written are left out.
   *
   * @throws UnsafePathError when the prefix leads outside
   * @throws FileError when the browser does not let a directory be read
   */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    options?.signal?.throwIfAborted();
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const { folders } = folder === '' ? { folders: [] } : partsOf(`${folder}x`);
    const directory = await this.#directory(folders, prefix);
    if (!directory) return;
    for await (const { path, handle } of entriesWithin(directory, folder, prefix, options?.signal)) {
      if (!isHidden(handle.name)) yield { path, type: handle.kind };
    }
  }

  /**
   * What is at a path: a file, also one that is still being written, or a directory.
   *
   * @throws UnsafePathError when the path leads outside, or the browser refuses its name
   * @throws FileError when the browser does not let it be looked at
   */
  async typeOf(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | undefined> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const directory = await this.#directory(folders, path);
    if (!directory) return undefined;
    if (await fileIn(directory, name, path)) return 'file';
    return (await directoryIn(directory, name, path)) && 'directory';
  }

  /**
   * Writes a file under another name and moves it to its place when it is complete. Where the browser cannot move files,
   * as in some picked folders, it is copied there. A page that ends meanwhile leaves an empty file, which stays hidden.
   *
   * @throws UnsafePathError when the path leads outside, or the browser refuses its name
   * @throws ExistsError when a directory is at the path, or a file is where it needs a directory
   * @throws UnsupportedError when the browser cannot write files: Safari before version 26
   * @throws FileError when the browser does not let it be written: no space, no permission, a lock
   */
  async put(path: string, content: Content, options?: AbortOptions): Promise<void> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const directory = await this.#directory(folders, path, { create: true });
    if (!directory) throw new ExistsError(`Cannot write ${path}: a file is where it needs a directory`, path);
    const unfinished = unfinishedName();
    try {
      const file = await directory.getFileHandle(unfinished, { create: true }).catch(failing('write', path));
      await write(file, content, { path, signal });
      await locked(path, 'exclusive', () => moveIntoPlace(file, directory, { name, path, signal }));
    } finally {
      // Gone already if it was moved; and what failed before says more than that this fails too.
      await directory.removeEntry(unfinished).catch(() => {});
    }
  }

  /**
   * Makes a directory and those it is in; fine if it is there.
   *
   * @throws UnsafePathError when the path leads outside, or the browser refuses its name
   * @throws ExistsError when a file is at the path, or is where it needs a directory
   * @throws FileError when the browser does not let it be made
   */
  async makeDirectory(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const made = await this.#directory([...folders, name], path, { create: true });
    if (!made) throw new ExistsError(`Cannot make the directory ${path}: a file is in its place`, path);
  }

  /**
   * What all names of one path have in common. Whether capitals and forms of Unicode count is tried once, with a hidden
   * file in the directory. Where that cannot be tried, neither is taken to count.
   */
  async pathKey(path: string): Promise<string> {
    this.#folding ??= foldingOf(this.#root);
    return foldedPath(path, await this.#folding);
  }

  /**
   * Removes a file; fine if there is none. Directories stay.
   *
   * @throws UnsafePathError when the path leads outside, or the browser refuses its name
   * @throws FileError when the browser does not let it be removed
   */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const directory = await this.#directory(folders, path);
    if (!directory) return;
    await locked(path, 'exclusive', async () => {
      // An empty directory would be removed as well.
      if (await fileIn(directory, name, path)) {
        await directory.removeEntry(name).catch(ignoring('NotFoundError')).catch(failing('remove', path));
      }
    });
  }

  async #directory(
    folders: readonly string[],
    path: string,
    options?: FileSystemGetDirectoryOptions,
  ): Promise<FileSystemDirectoryHandle | undefined> {
    let directory: FileSystemDirectoryHandle | undefined = this.#root;
    for (const folder of folders) directory = directory && (await directoryIn(directory, folder, path, options));
    return directory;
  }
}

/** Files being written, and what Chromium writes beside them. */
function isHidden(name: string): boolean {
  return isUnfinished(name.replace(/\.crswap$/, ''));
}

function partsOf(path: string): { folders: string[]; name: string } {
  checkPath(path);
  const names = path.split('/');
  if (names.some(isHidden)) {
    throw new UnsafePathError(`The path ${path} is refused: such names are for files being written`, path);
  }
  return { folders: names.slice(0, -1), name: names.at(-1) ?? '' };
}

/**
 * Runs `work` while nobody else of this origin changes the path, in this page, another one or a worker: a move fails
 * when another to the same place is on its way, instead of waiting for it.
 */
function locked<T>(path: string, mode: LockMode, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(`oras-js:${path}`, { mode }, work) as Promise<T>;
}
