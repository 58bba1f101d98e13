import { foldedPath, type PathFolding } from '../../bytes/paths.ts';
import type { Content } from '../../bytes/streams.ts';
import { unfinishedName } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { StagedEntries, StorageAdapter, StorageEntry } from '../../storage/storage.ts';
import { foldingOf } from './folding.ts';
import { failing } from './handle-errors.ts';
import { locked, lockedByCaller } from './handle-locks.ts';
import { directoryAt, directoryIn, entriesWithin, fileIn, partsOf } from './handle-lookup.ts';
import { moveIntoPlace, removeMade, write } from './handle-writing.ts';

/**
 * Files in the origin private file system (OPFS), or in a folder that the user picked. Works in pages and workers,
 * including service workers; several may use one directory at a time. It has neither permission bits nor symlinks.
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

  /** The directory of a handle: of `navigator.storage.getDirectory()`, or of a directory picker. */
  constructor(directory: FileSystemDirectoryHandle) {
    this.#root = directory;
  }

  /**
   * The file at a path; undefined if there is none, or a directory. It is read from disk. Reading fails if the file was
   * replaced or removed: `text()` and `arrayBuffer()` with a `NotReadableError` or `NotFoundError`, in
   * Firefox with an `AbortError`; a stream in both Chromium and Firefox with a bare `TypeError`.
   *
   * @throws UnsafePathError when the path is unsafe, or the browser rejects its name
   * @throws FileError when the browser cannot open it
   */
  async get(path: string, options?: AbortOptions): Promise<File | undefined> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const read = async (): Promise<File | undefined> => {
      const directory = await directoryAt(this.#root, folders, path);
      const handle = directory && (await fileIn(directory, name, path));
      return handle?.getFile().catch(ignoring('NotFoundError')).catch(failing('read', path));
    };
    const file = await read();
    // Where files cannot be moved, a new file exists as an empty one until it is complete.
    return file?.size === 0 ? locked(path, 'shared', read) : file;
  }

  /**
   * The files and directories below a prefix. Unfinished files are omitted.
   *
   * @throws UnsafePathError when the prefix is unsafe
   * @throws FileError when the browser cannot read a directory
   */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    options?.signal?.throwIfAborted();
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const { folders } = folder === '' ? { folders: [] } : partsOf(`${folder}x`);
    const directory = await directoryAt(this.#root, folders, prefix);
    if (!directory) return;
    for await (const { path, handle } of entriesWithin(directory, folder, prefix, options?.signal)) {
      yield { path, type: handle.kind };
    }
  }

  /**
   * The type of the entry at a path: `file`, also if it is still being written, or `directory`.
   *
   * @throws UnsafePathError when the path is unsafe, or the browser rejects its name
   * @throws FileError when the browser cannot inspect it
   */
  async typeOf(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | undefined> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const directory = await directoryAt(this.#root, folders, path);
    if (!directory) return undefined;
    if (await fileIn(directory, name, path)) return 'file';
    return (await directoryIn(directory, name, path)) && 'directory';
  }

  /**
   * Writes a temporary file and moves it to its path. If the browser cannot move files, as in some picked folders, it
   * is copied. If the page is closed meanwhile, an empty file remains, which stays hidden.
   *
   * @throws UnsafePathError when the path is unsafe, or the browser rejects its name
   * @throws ExistsError when the path is a directory, or one of its parents is a file
   * @throws UnsupportedError when the browser cannot write files: Safari before version 26
   * @throws FileError when it cannot be written: no space, no permission, a lock
   */
  async put(path: string, content: Content, options?: AbortOptions): Promise<void> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const directory = await directoryAt(this.#root, folders, path, { create: true });
    if (!directory) throw new ExistsError(`Cannot write ${path}: a file is where it needs a directory`, path);
    const unfinished = unfinishedName();
    try {
      const file = await directory.getFileHandle(unfinished, { create: true }).catch(failing('write', path));
      await write(file, content, { path, signal });
      await locked(path, 'exclusive', () => moveIntoPlace(file, directory, { name, path, signal }));
    } finally {
      // It no longer exists if it was moved.
      await removeMade(directory, unfinished);
    }
  }

  /**
   * Makes a directory and its parents; does nothing if it exists.
   *
   * @throws UnsafePathError when the path is unsafe, or the browser rejects its name
   * @throws ExistsError when the path, or one of its parents, is a file
   * @throws FileError when the browser cannot make it
   */
  async makeDirectory(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const made = await directoryAt(this.#root, [...folders, name], path, { create: true });
    if (!made) throw new ExistsError(`Cannot make the directory ${path}: a file is in its place`, path);
  }

  /**
   * Opens a hidden directory beside a path, in which files are written without a temporary name. Directories left by closed
   * pages are removed first. Files are moved if the browser can, else copied; directories are moved file by file.
   *
   * @throws UnsafePathError when the path is unsafe, or the browser rejects its name
   * @throws FileError when the directory cannot be created
   */
  async stage(path: string, options?: AbortOptions): Promise<StagedEntries> {
    options?.signal?.throwIfAborted();
    partsOf(path);
    // Loaded when needed, as few callers need it.
    const { stageBeside } = await import('./handle-staging.ts');
    return stageBeside(this.#root, path, (directory) => new HandleStorage(directory));
  }

  /**
   * The key of a path, for comparison. Whether the file system ignores case or Unicode normalisation is tested once,
   * with a hidden file in the directory. If it cannot be tested, both are ignored.
   */
  async pathKey(path: string): Promise<string> {
    this.#folding ??= foldingOf(this.#root);
    return foldedPath(path, await this.#folding);
  }

  /**
   * Runs `work` while no other call in a page or worker of this origin does that locks a file of the same name.
   *
   * @throws UnsafePathError when the path is unsafe
   */
  async withLock<T>(path: string, work: () => Promise<T>, options?: AbortOptions): Promise<T> {
    return lockedByCaller(partsOf(path).name, work, options?.signal);
  }

  /**
   * Removes a file; does nothing if there is none. Directories are kept.
   *
   * @throws UnsafePathError when the path is unsafe, or the browser rejects its name
   * @throws FileError when the browser cannot remove it
   */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const directory = await directoryAt(this.#root, folders, path);
    if (!directory) return;
    await locked(path, 'exclusive', async () => {
      // `removeEntry` would also remove an empty directory.
      if (await fileIn(directory, name, path)) {
        await directory.removeEntry(name).catch(ignoring('NotFoundError')).catch(failing('remove', path));
      }
    });
  }
}
