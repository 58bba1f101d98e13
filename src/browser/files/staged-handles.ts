import type { Content } from '../../bytes/streams.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageAdapter, StorageEntry } from '../../storage/storage.ts';
import { failing } from './handle-errors.ts';
import { directoryIn, fileIn, partsOf, withRefusedName } from './handle-lookup.ts';
import { removeMade, write } from './handle-writing.ts';

/**
 * Files of a directory that nobody else looks into yet. A file is written at its place, as half of it harms nobody there;
 * all else is left to a storage of the same directory.
 */
export class StagedHandles implements StorageAdapter {
  readonly #storage: StorageAdapter;
  /** Directories by path, as many files are in the same: to look one up takes as long as to write a small file. */
  readonly #directories: Map<string, FileSystemDirectoryHandle>;

  /** The files of a directory; `storage` is one of the same directory. */
  constructor(root: FileSystemDirectoryHandle, storage: StorageAdapter) {
    this.#storage = storage;
    this.#directories = new Map([['', root]]);
  }

  /** The file at a path. */
  get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    return this.#storage.get(path, options);
  }

  /** The entries below a prefix. */
  list(prefix?: string, options?: AbortOptions): AsyncIterable<StorageEntry> {
    return this.#storage.list(prefix, options);
  }

  /** Writes a file; when the content fails, nothing is there, or what was before. */
  async put(path: string, content: Content, options?: AbortOptions): Promise<void> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    const directory = await this.#directory(folders, path);
    const old = await fileIn(directory, name, path);
    const created = withRefusedName(path, directory.getFileHandle(name, { create: true }));
    const file = await created.catch(ignoring('TypeMismatchError')).catch(failing('write', path));
    if (!file) throw new ExistsError(`${path} is a directory`, path);
    try {
      await write(file, content, { path, signal });
    } catch (error) {
      if (!old) await removeMade(directory, name);
      throw error;
    }
  }

  /** Makes a directory; fine if it is there. */
  async makeDirectory(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    const { folders, name } = partsOf(path);
    await this.#directory([...folders, name], path);
  }

  /** Removes a file. */
  delete(path: string, options?: AbortOptions): Promise<void> {
    return this.#storage.delete(path, options);
  }

  async #directory(folders: readonly string[], path: string): Promise<FileSystemDirectoryHandle> {
    const whole = folders.join('/');
    const found = this.#directories.get(whole);
    if (found) return found;
    const parent = await this.#directory(folders.slice(0, -1), path);
    const made = await directoryIn(parent, folders.at(-1) ?? '', path, { create: true });
    if (!made) throw new ExistsError(`Cannot write ${path}: a file is where it needs a directory`, path);
    this.#directories.set(whole, made);
    return made;
  }
}
