import { checkPath } from '../bytes/paths.ts';
import { type Content, collectBlob, streamOf } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';
import type { StorageAdapter, StorageEntry } from './storage.ts';

/** Files in memory, gone with the program. */
export class MemoryStorage implements StorageAdapter {
  readonly #files = new Map<string, Blob>();

  /** The file at a path, or undefined. */
  async get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    options?.signal?.throwIfAborted();
    checkPath(path);
    return this.#files.get(path);
  }

  /** The files below a prefix. */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    for (const path of [...this.#files.keys()]) {
      options?.signal?.throwIfAborted();
      if (path.startsWith(prefix)) yield { path, type: 'file' };
    }
  }

  /** What is at a path: a file or nothing, as there are no directories in memory. */
  async typeOf(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | undefined> {
    return (await this.get(path, options)) ? 'file' : undefined;
  }

  /** Keeps a file once all of its content is there. */
  async put(path: string, content: Content, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    checkPath(path);
    this.#files.set(path, await collectBlob(streamOf(content), options?.signal));
  }

  /** Removes a file; fine if there is none. */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    checkPath(path);
    this.#files.delete(path);
  }
}
