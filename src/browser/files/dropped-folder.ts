import { checkPath } from '../../bytes/paths.ts';
import { ignoring } from '../../errors/ignoring.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageEntry, StorageReader } from '../../storage/storage.ts';
import { entriesBelow } from '../../storage/walk.ts';
import { failing } from './handle-errors.ts';

/**
 * A folder that was dropped on a page, as the browser gives it to drop handlers (File and Directory Entries API). It can be
 * read as long as the page is open. Empty folders and hidden files are found in it, symlinks are not: Chromium leaves them out.
 */
export class DroppedFolder implements StorageReader {
  readonly #root: FileSystemDirectoryEntry;
  /** The files that a list has shown: to look for one by its path takes a round trip for each of its folders. */
  readonly #files = new Map<string, FileSystemFileEntry>();

  /** The folder of an entry, from `DataTransferItem.webkitGetAsEntry()`. */
  constructor(root: FileSystemDirectoryEntry) {
    this.#root = root;
  }

  /**
   * The file at a path below the folder; undefined when there is none, or it was removed after a list has shown it.
   *
   * @throws UnsafePathError when the path leads outside
   * @throws FileError when the browser does not let it be opened
   */
  async get(path: string, options?: AbortOptions): Promise<File | undefined> {
    options?.signal?.throwIfAborted();
    checkPath(path);
    const read = async (): Promise<File | undefined> => {
      const entry = this.#files.get(path) ?? (await this.#find(path));
      return entry && new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    };
    return read().catch(ignoring('NotFoundError', 'TypeMismatchError')).catch(failing('read', path));
  }

  /**
   * The files and folders below a prefix.
   *
   * @throws FileError when the browser does not let a folder be read
   */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    const read = (folder: { entry: FileSystemDirectoryEntry; path: string }) => entriesOf(folder, prefix);
    for await (const { path, entry, folder } of entriesBelow({ entry: this.#root, path: '' }, read, options?.signal)) {
      if (!folder) this.#files.set(path, entry as FileSystemFileEntry);
      if (path.startsWith(prefix)) yield { path, type: folder ? 'directory' : 'file' };
    }
  }

  #find(path: string): Promise<FileSystemFileEntry> {
    return new Promise((resolve, reject) => {
      this.#root.getFile(path, {}, (entry) => resolve(entry as FileSystemFileEntry), reject);
    });
  }
}

interface Found {
  path: string;
  entry: FileSystemEntry;
  folder?: { entry: FileSystemDirectoryEntry; path: string } | undefined;
}

/** What is in one folder. A reader gives it in several parts, and nothing once it has given all. */
async function* entriesOf(
  { entry, path: parent }: { entry: FileSystemDirectoryEntry; path: string },
  prefix: string,
): AsyncGenerator<Found, void, void> {
  const reader = entry.createReader();
  for (;;) {
    const read = new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    const entries = await read.catch(failing('read', parent || entry.name));
    if (entries.length === 0) return;
    for (const found of entries) {
      const path = parent === '' ? found.name : `${parent}/${found.name}`;
      const leads = path.startsWith(prefix) || prefix.startsWith(`${path}/`);
      if (!leads) continue;
      const folder = found.isDirectory ? { entry: found as FileSystemDirectoryEntry, path } : undefined;
      yield { path, entry: found, folder };
    }
  }
}
