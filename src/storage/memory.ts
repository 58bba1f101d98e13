import { checkLinkTarget, checkPath, parentsOf } from '../bytes/paths.ts';
import { type Content, collectBlob, streamOf } from '../bytes/streams.ts';
import { ExistsError, UnsafePathError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import type { PutOptions, StorageAdapter, StorageEntry } from './storage.ts';

/** An entry without its path, and the content of a file. */
interface Kept extends Omit<StorageEntry, 'path'> {
  content?: Blob;
}

/** Files in memory, gone with the program. Modes and symlinks are kept, and the directories that were made. */
export class MemoryStorage implements StorageAdapter {
  readonly #entries = new Map<string, Kept>();
  /** How many entries each folder has, at any depth. */
  readonly #within = new Map<string, number>();

  /** The file at a path; undefined for anything else. */
  async get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    this.#check(path, options);
    return this.#entries.get(path)?.content;
  }

  /** The entries below a prefix. A directory is one only if it was made as such. */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    for (const [path, { content, ...entry }] of [...this.#entries]) {
      options?.signal?.throwIfAborted();
      if (path.startsWith(prefix)) yield { path, ...entry, ...(content && { size: content.size }) };
    }
  }

  /** What is at a path. A directory is there only if it was made as such. */
  async typeOf(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | undefined> {
    this.#check(path, options);
    return this.#entries.get(path)?.type;
  }

  /** Keeps a file once all of its content is there.
   *
   * @throws ExistsError when a directory was made at the path
   */
  async put(path: string, content: Content, options?: PutOptions): Promise<void> {
    this.#check(path, options);
    const kept = await collectBlob(streamOf(content), options?.signal);
    this.#replace(path, { type: 'file', content: kept, ...modeOf(options) });
  }

  /** Removes a file or a symlink; fine if there is none. Directories stay. */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    this.#check(path, options);
    const type = this.#entries.get(path)?.type;
    if (type === undefined || type === 'directory') return;
    this.#entries.delete(path);
    for (const parent of parentsOf(path)) this.#within.set(parent, this.#entriesIn(parent) - 1);
  }

  /** Makes a directory, for itself alone: those it is in are not made with it.
   *
   * @throws ExistsError when a file or a symlink is at the path, or is where it needs a directory
   */
  async makeDirectory(path: string, options?: PutOptions): Promise<void> {
    this.#check(path, options);
    const taken = [...parentsOf(path), path].find(
      (each) => (this.#entries.get(each)?.type ?? 'directory') !== 'directory',
    );
    if (taken !== undefined) throw new ExistsError(`Cannot make the directory ${path}: ${taken} is none`, path);
    this.#set(path, { ...this.#entries.get(path), type: 'directory', ...modeOf(options) });
  }

  /** Keeps a symlink.
   *
   * @throws UnsafePathError when the target leads outside
   * @throws ExistsError when a directory is at the path
   */
  async makeLink(path: string, target: string, options?: AbortOptions): Promise<void> {
    this.#check(path, options);
    checkLinkTarget(path, target);
    if (this.#entriesIn(path) > 0) throw isDirectory(path);
    this.#replace(path, { type: 'symlink', linkTarget: target });
  }

  #check(path: string, options: AbortOptions | undefined): void {
    options?.signal?.throwIfAborted();
    checkPath(path);
    for (const parent of parentsOf(path)) {
      if (this.#entries.get(parent)?.type !== 'symlink') continue;
      throw new UnsafePathError(`The path ${path} is refused: ${parent} is a symlink`, path);
    }
  }

  #replace(path: string, entry: Kept): void {
    if (this.#entries.get(path)?.type === 'directory') throw isDirectory(path);
    this.#set(path, entry);
  }

  #set(path: string, entry: Kept): void {
    if (!this.#entries.has(path)) {
      for (const parent of parentsOf(path)) this.#within.set(parent, this.#entriesIn(parent) + 1);
    }
    this.#entries.set(path, entry);
  }

  #entriesIn(path: string): number {
    return this.#within.get(path) ?? 0;
  }
}

function isDirectory(path: string): ExistsError {
  return new ExistsError(`${path} is a directory`, path);
}

function modeOf({ mode }: PutOptions = {}): { mode?: number } {
  return mode === undefined ? {} : { mode: mode & 0o777 };
}
