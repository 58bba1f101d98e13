import { type Content, streamOf } from '../../bytes/streams.ts';
import { tap } from '../../bytes/tap.ts';
import type { AbortOptions } from '../../options.ts';
import { lockOf } from '../../storage/scoped.ts';
import type { PutOptions, StorageAdapter, StorageEntry } from '../../storage/storage.ts';
import { Refusal } from '../http/refusal.ts';

/** A storage with a limited capacity; bytes that are being written count. */
export class MeteredStorage implements StorageAdapter {
  readonly #storage: StorageAdapter;
  readonly #capacity: number;
  readonly #sizes = new Map<string, number>();
  /** Locks a path, if the other storage has locks. */
  readonly withLock?: NonNullable<StorageAdapter['withLock']>;
  #used = 0;
  #counted: Promise<void> | undefined;

  /** Limits a storage to `capacity` bytes. Its existing content counts; it is measured before the first write. */
  constructor(storage: StorageAdapter, capacity: number) {
    this.#storage = storage;
    this.#capacity = capacity;
    const lock = lockOf(storage);
    if (lock) this.withLock = lock;
  }

  /** The file at a path; undefined when it does not exist. */
  get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    return this.#storage.get(path, options);
  }

  /** The entries below a prefix. */
  list(prefix?: string, options?: AbortOptions): AsyncIterable<StorageEntry> {
    return this.#storage.list(prefix, options);
  }

  /**
   * Writes a file.
   *
   * @throws Refusal 507 as soon as the capacity is exceeded; nothing is stored then
   */
  async put(path: string, content: Content, options?: PutOptions): Promise<void> {
    await this.#count();
    let size = 0;
    const metered = tap(streamOf(content), {
      chunk: ({ byteLength }) => {
        size += byteLength;
        this.#used += byteLength;
        if (this.#used > this.#capacity) {
          throw new Refusal(507, 'DENIED', `The registry is full: it keeps ${this.#capacity} bytes`);
        }
      },
    });
    try {
      await this.#storage.put(path, metered, options);
    } catch (error) {
      this.#used -= size;
      throw error;
    }
    this.#used -= this.#sizes.get(path) ?? 0;
    this.#sizes.set(path, size);
  }

  /** Deletes a file; it need not exist. */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    await this.#count();
    await this.#storage.delete(path, options);
    this.#used -= this.#sizes.get(path) ?? 0;
    this.#sizes.delete(path);
  }

  /** Parallel callers share one measurement; it is repeated after a failure. */
  #count(): Promise<void> {
    this.#counted ??= this.#countFiles().catch((error: unknown) => {
      this.#counted = undefined;
      throw error;
    });
    return this.#counted;
  }

  async #countFiles(): Promise<void> {
    const sizes = new Map<string, number>();
    for await (const { type, path, size } of this.#storage.list()) {
      if (type === 'file') sizes.set(path, size ?? (await this.#storage.get(path))?.size ?? 0);
    }
    for (const [path, size] of sizes) {
      this.#sizes.set(path, size);
      this.#used += size;
    }
  }
}
