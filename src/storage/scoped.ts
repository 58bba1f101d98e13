import type { Content } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';
import type { PutOptions, StagedEntries, StorageAdapter, StorageEntry } from './storage.ts';

/** One folder of a storage as a storage: paths are relative to that folder. */
export class ScopedStorage implements StorageAdapter {
  readonly #storage: StorageAdapter;
  readonly #prefix: string;
  /** Opens a place beside a path below the folder, if the other storage has such. */
  readonly stage?: (path: string, options?: AbortOptions) => Promise<StagedEntries>;
  /** Locks a path below the folder, if the other storage has locks. */
  readonly withLock?: NonNullable<StorageAdapter['withLock']>;

  /** The folder `path` of `storage`; it need not exist yet. */
  constructor(storage: StorageAdapter, path: string) {
    this.#storage = storage;
    this.#prefix = `${path}/`;
    const stage = storage.stage?.bind(storage);
    if (stage) this.stage = async (below, options) => scoped(await stage(this.#prefix + below, options), path);
    const lock = lockOf(storage);
    if (lock) this.withLock = (below, work, options) => lock(this.#prefix + below, work, options);
  }

  /** The file at a path below the folder, or undefined. */
  get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    return this.#storage.get(this.#prefix + path, options);
  }

  /** The entries below the folder whose paths begin with `prefix`. */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    for await (const entry of this.#storage.list(this.#prefix + prefix, options)) {
      yield { ...entry, path: entry.path.slice(this.#prefix.length) };
    }
  }

  /** Writes a file below the folder, atomically. */
  put(path: string, content: Content, options?: PutOptions): Promise<void> {
    return this.#storage.put(this.#prefix + path, content, options);
  }

  /** Removes a file below the folder; does nothing if there is none. */
  delete(path: string, options?: AbortOptions): Promise<void> {
    return this.#storage.delete(this.#prefix + path, options);
  }
}

/** The locks of a storage, if it has any. */
export function lockOf(storage: StorageAdapter): StorageAdapter['withLock'] {
  const lock = storage.withLock;
  return lock && ((path, work, options) => lock.call(storage, path, work, options) as ReturnType<typeof work>);
}

function scoped(staged: StagedEntries, folder: string): StagedEntries {
  const within = (path: string): string => `${folder}/${path}`;
  const prepare = staged.prepare?.bind(staged);
  return {
    storage: new ScopedStorage(staged.storage, folder),
    ...(prepare && { prepare: (paths, options) => prepare(paths.map(within), options) }),
    move: (path, options) => staged.move(within(path), options),
    dispose: () => staged.dispose(),
  };
}
