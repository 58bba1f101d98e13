import type { Content } from '../../../bytes/streams.ts';
import type { AbortOptions } from '../../../options.ts';
import type { StorageAdapter } from '../../../storage/storage.ts';
import { Background } from './background.ts';

/** Small files written at a time: to make one takes longer than to read it, and each is in memory. */
const mostAtOnce = 16;
/** Largest file that is read into memory, in bytes. */
const small = 1024 * 1024;

/** Writes files of archives to a storage, small ones beside the reading. */
export class FileWriter {
  /** Where they are written, and can be read. */
  readonly storage: StorageAdapter;
  readonly #background = new Background(mostAtOnce);
  /** Files that their owner may not read, with their modes: hard links to them are yet to be read. */
  readonly #unreadable = new Map<string, number>();

  /** Writes to a storage. */
  constructor(storage: StorageAdapter) {
    this.storage = storage;
  }

  /** Tells whether a file of this size is written from memory. */
  static isSmall(size: number): boolean {
    return size <= small;
  }

  /** Writes a file. */
  async write(path: string, content: Content, mode: number, options: AbortOptions): Promise<void> {
    const isReadable = (mode & 0o400) !== 0;
    if (isReadable) this.#unreadable.delete(path);
    else this.#unreadable.set(path, mode);
    await this.storage.put(path, content, { ...options, mode: isReadable ? mode : mode | 0o600 });
  }

  /** Writes a small file while the caller goes on; what it fails with is thrown by a later call. */
  writeSoon(path: string, bytes: Uint8Array, mode: number, options: AbortOptions): Promise<void> {
    return this.#background.start(() => this.write(path, streamOfOne(bytes), mode, options));
  }

  /** Waits for all files, and throws what one failed with. */
  end(): Promise<void> {
    return this.#background.end();
  }

  /** Waits for all files, whatever they fail with. */
  settled(): Promise<void> {
    return this.#background.settled();
  }

  /** Gives the files their modes that could not be read with them. */
  async finish(options: AbortOptions): Promise<void> {
    await this.end();
    for (const [path, mode] of this.#unreadable) {
      const content = await this.storage.get(path, options);
      if (content) await this.storage.put(path, content, { ...options, mode });
    }
  }

  /** Tells whether the storage kept that a file may be run, one that was written as an executable. */
  async keptExecutable(path: string, options: AbortOptions): Promise<boolean> {
    for await (const entry of this.storage.list(path, options))
      if (entry.path === path) return isExecutable(entry.mode);
    return false;
  }
}

/** Tells whether the owner of a file may run it. */
export function isExecutable(mode = 0): boolean {
  return (mode & 0o100) !== 0;
}

/** For a Blob some runtimes need longer than for the file. */
function streamOfOne(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
