import { checkLinkTarget, checkPath, parentsOf } from '../bytes/paths.ts';
import { type Content, collectBlob, streamOf } from '../bytes/streams.ts';
import { ExistsError, UnsafePathError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import type { PutOptions, StagedEntries, StorageAdapter, StorageEntry } from './storage.ts';

/** An entry without its path, and the content of a file. */
interface Kept extends Omit<StorageEntry, 'path'> {
  content?: Blob;
}

/** Files in memory, lost when the program ends. Keeps modes, symlinks, and directories made by `makeDirectory`. */
export class MemoryStorage implements StorageAdapter {
  readonly #entries = new Map<string, Kept>();
  /** What is directly in each folder that has something in it: paths of entries and of folders. */
  readonly #within = new Map<string, Set<string>>();

  /** The file at a path; undefined if there is no file. */
  async get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    this.#check(path, options);
    return this.#entries.get(path)?.content;
  }

  /** The entries below a prefix. Directories are listed only if `makeDirectory` made them. */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    for (const [path, { content, ...entry }] of [...this.#entries]) {
      options?.signal?.throwIfAborted();
      if (path.startsWith(prefix)) yield { path, ...entry, ...(content && { size: content.size }) };
    }
  }

  /** The type of the entry at a path. Directories exist only if `makeDirectory` made them. */
  async typeOf(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | undefined> {
    this.#check(path, options);
    return this.#entries.get(path)?.type;
  }

  /** Stores a file, after all of its content was read.
   *
   * @throws ExistsError when a directory was made at the path
   */
  async put(path: string, content: Content, options?: PutOptions): Promise<void> {
    this.#check(path, options);
    const kept = await collectBlob(streamOf(content), options?.signal);
    this.#replace(path, { type: 'file', content: kept, ...modeOf(options) });
  }

  /** Removes a file or a symlink; does nothing if there is none, or for a directory. */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    this.#check(path, options);
    const type = this.#entries.get(path)?.type;
    if (type === undefined || type === 'directory') return;
    this.#entries.delete(path);
    let below = path;
    for (const parent of parentsOf(path).reverse()) {
      if (this.#entries.has(below) || this.#within.has(below)) return;
      const within = this.#within.get(parent);
      within?.delete(below);
      if (within?.size === 0) this.#within.delete(parent);
      below = parent;
    }
  }

  /** Makes one directory, without its parents.
   *
   * @throws ExistsError when the path, or one of its parents, is a file or a symlink
   */
  async makeDirectory(path: string, options?: PutOptions): Promise<void> {
    this.#check(path, options);
    const taken = [...parentsOf(path), path].find(
      (each) => (this.#entries.get(each)?.type ?? 'directory') !== 'directory',
    );
    if (taken !== undefined)
      throw new ExistsError(`Cannot make the directory ${path}: ${taken} is not a directory`, path);
    this.#set(path, { ...this.#entries.get(path), type: 'directory', ...modeOf(options) });
  }

  /** Makes a symlink.
   *
   * @throws UnsafePathError when the target is outside of the storage
   * @throws ExistsError when a directory is at the path
   */
  async makeLink(path: string, target: string, options?: AbortOptions): Promise<void> {
    this.#check(path, options);
    checkLinkTarget(path, target);
    if (this.#within.has(path)) throw isDirectory(path);
    this.#replace(path, { type: 'symlink', linkTarget: target });
  }

  /** Opens a storage that nobody sees; what is moved from it is here all at once. */
  async stage(path: string, options?: AbortOptions): Promise<StagedEntries> {
    this.#check(path, options);
    const storage = new MemoryStorage();
    return {
      storage,
      move: async (from, moveOptions) => {
        this.#check(from, moveOptions);
        this.#take(storage, from);
      },
      dispose: async () => storage.#clear(),
    };
  }

  #clear(): void {
    this.#entries.clear();
    this.#within.clear();
  }

  #take(staged: MemoryStorage, path: string): void {
    const own = staged.#entries.get(path);
    const isFile = own !== undefined && own.type !== 'directory';
    const file = parentsOf(path).find((parent) => this.#entries.get(parent)?.type === 'file');
    if (file !== undefined) throw new ExistsError(`Cannot write ${path}: ${file} is a file`, path);
    if (this.#within.has(path) || (!isFile && this.#entries.has(path))) throw isTaken(path);
    if (own) this.#replace(path, own);
    if (!isFile) for (const [each, entry] of staged.#below(path)) this.#set(each, entry);
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
    this.#entries.set(path, entry);
    let below = path;
    for (const parent of parentsOf(path).reverse()) {
      const within = this.#within.get(parent);
      this.#within.set(parent, within?.add(below) ?? new Set([below]));
      // A folder that has something in it is in those above it already.
      if (within) return;
      below = parent;
    }
  }

  /** The entries in a folder, at any depth. */
  *#below(folder: string): Generator<[path: string, entry: Kept], void, void> {
    const next = [folder];
    for (let each = next.pop(); each !== undefined; each = next.pop()) {
      for (const path of this.#within.get(each) ?? []) {
        const entry = this.#entries.get(path);
        if (entry) yield [path, entry];
        next.push(path);
      }
    }
  }
}

function isTaken(path: string): ExistsError {
  return new ExistsError(`There is something at ${path} already`, path);
}

function isDirectory(path: string): ExistsError {
  return new ExistsError(`${path} is a directory`, path);
}

function modeOf({ mode }: PutOptions = {}): { mode?: number } {
  return mode === undefined ? {} : { mode: mode & 0o777 };
}
