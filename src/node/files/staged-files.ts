import { mkdir, open, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { checkLinkTarget, parentsOf } from '../../bytes/paths.ts';
import type { Content } from '../../bytes/streams.ts';
import { ignoring } from '../../errors/ignoring.ts';
import type { AbortOptions } from '../../options.ts';
import type { PutOptions, StorageAdapter, StorageEntry } from '../../storage/storage.ts';
import { failing } from '../system/file-errors.ts';
import { flushDirectory } from './directory-flush.ts';
import { checkPlace, permissions, statsOf } from './directory-places.ts';
import { writeContent } from './gathered-writes.ts';

/** What is in the way of something new: it is then left to the storage to replace it, or to say why not. */
const taken = ['EEXIST', 'EISDIR', 'ENOTDIR'];

/** All that the storage of a directory can do but stage. */
export type Unstaged = Required<Omit<StorageAdapter, 'stage'>>;

/**
 * Files of a directory that nobody else looks into yet. What is new is made at its place, as half a file harms nobody
 * there; all else is left to a storage of the same directory.
 */
export class StagedFiles implements StorageAdapter {
  readonly #root: string;
  readonly #storage: Unstaged;
  readonly #made = new Set<string>();
  readonly #unflushed = new Set<string>();
  #flushed: Promise<void> = Promise.resolve();

  /** The files of the directory `root`, which is there; `storage` is one of the same directory. */
  constructor(root: string, storage: Unstaged) {
    this.#root = root;
    this.#storage = storage;
    this.#unflushed.add(root);
  }

  /** Brings the names of what was made to the disk. Each call waits for all of them; after a failure the next tries again. */
  flush(): Promise<void> {
    this.#flushed = this.#flushed.catch(() => {}).then(() => this.#flush());
    return this.#flushed;
  }

  /** The regular file at a path. */
  get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    return this.#storage.get(path, options);
  }

  /** The entries below a prefix. */
  list(prefix?: string, options?: AbortOptions): AsyncIterable<StorageEntry> {
    return this.#storage.list(prefix, options);
  }

  /** What is at a path. */
  typeOf(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | 'other' | undefined> {
    return this.#storage.typeOf(path, options);
  }

  /** Writes a file; nothing is there when the content fails. */
  async put(path: string, content: Content, options?: PutOptions): Promise<void> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    checkPlace(path);
    const file = join(this.#root, path);
    const failed = failing('write', path, file);
    const handle =
      (await this.#hasMade(path).catch(failed)) &&
      (await open(file, 'wx', permissions(options))
        .catch(ignoring(...taken))
        .catch(failed));
    if (!handle) return this.#replace(path, content, options);
    try {
      await writeContent(handle, content, { failed, signal });
    } catch (error) {
      await rm(file, { force: true }).catch(() => {});
      throw error;
    }
  }

  /** Makes a directory; one that is there is only given the mode, if there is one. */
  async makeDirectory(path: string, options?: PutOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    checkPlace(path);
    const isMade = await this.#hasMade(`${path}/x`).catch(failing('write', path, join(this.#root, path)));
    if (!isMade || options?.mode !== undefined) await this.#storage.makeDirectory(path, options);
  }

  /** Makes a symlink. */
  async makeLink(path: string, target: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    checkPlace(path);
    checkLinkTarget(path, target);
    const place = join(this.#root, path);
    const make = async (): Promise<boolean | undefined> =>
      (await this.#hasMade(path)) && symlink(target, place).then(() => true, ignoring(...taken));
    const isNew = await make().catch(failing('write', path, place));
    if (!isNew) await this.#storage.makeLink(path, target, options);
  }

  /** What all names of one path have in common. */
  async pathKey(path: string): Promise<string> {
    return this.#storage.pathKey(path);
  }

  /** Removes a file or a symlink. */
  delete(path: string, options?: AbortOptions): Promise<void> {
    return this.#storage.delete(path, options);
  }

  async #flush(): Promise<void> {
    for (const directory of this.#unflushed) {
      // One that may not be read cannot be flushed.
      await flushDirectory(directory).catch(ignoring('EACCES', 'ENOENT'));
      this.#unflushed.delete(directory);
    }
  }

  async #replace(path: string, content: Content, options?: PutOptions): Promise<void> {
    try {
      await this.#storage.put(path, content, options);
    } catch (error) {
      // It may have been refused before anybody read it.
      if (content instanceof ReadableStream && !content.locked) await content.cancel(error).catch(() => {});
      throw error;
    }
  }

  /** Makes the directories that lead to a path; false when something else is in the place of one. */
  async #hasMade(path: string): Promise<boolean> {
    for (const parent of parentsOf(path)) {
      if (this.#made.has(parent)) continue;
      const directory = join(this.#root, parent);
      const isNew = await mkdir(directory).then(() => true, ignoring('EEXIST', 'ENOTDIR'));
      if (!isNew && !(await statsOf(directory))?.isDirectory()) return false;
      this.#made.add(parent);
      this.#unflushed.add(directory);
    }
    return true;
  }
}
