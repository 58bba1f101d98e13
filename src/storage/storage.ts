import type { Content } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';

/** An entry in the list of a storage. */
export interface StorageEntry {
  /** Path from the root of the storage, parts joined by `/`. */
  path: string;
  /** Type of the entry. */
  type: 'file' | 'directory' | 'symlink';
  /** Permission bits, such as 0o755. Absent if the storage has no permissions. */
  mode?: number;
  /** Target of a symlink, as it is stored in the link. */
  linkTarget?: string;
  /** Size of a file in bytes. Absent if the storage would have to open the file to know it. */
  size?: number;
}

/** A read-only storage of files by path: dropped files, a directory, a website. */
export interface StorageReader {
  /**
   * The file at a path, or undefined when there is none. The Blob is read lazily if the storage can do that.
   *
   * @throws UnsafePathError when the path is unsafe, or outside of the storage
   */
  get(path: string, options?: AbortOptions): Promise<Blob | undefined>;
  /**
   * The entries whose paths begin with `prefix`, at any depth, in no particular order. Default prefix: all entries.
   * Directories and symlinks are listed too, if the storage has them: check `type`.
   */
  list(prefix?: string, options?: AbortOptions): AsyncIterable<StorageEntry>;
  /**
   * The type of the entry at a path, undefined if there is none; `other` is an entry that `list` omits, such as a pipe,
   * a socket or a device. Optional: without it, a pull must list the whole storage to find directories.
   *
   * @throws UnsafePathError when the path is unsafe, or outside of the storage
   */
  typeOf?(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | 'other' | undefined>;
}

/** Options of {@link StorageAdapter.put} and {@link StorageAdapter.makeDirectory}. */
export interface PutOptions extends AbortOptions {
  /**
   * Permission bits, such as 0o755; only the lowest nine bits are stored, less the umask of the process. A storage
   * without permissions ignores them. Default: that of the storage.
   */
  mode?: number | undefined;
}

/** A storage that can also be written to: memory, a directory, the origin private file system. */
export interface StorageAdapter extends StorageReader {
  /**
   * Writes a file atomically, and makes the directories of its path. When the content fails or the signal is aborted,
   * the previous file, if any, is unchanged.
   *
   * @throws UnsafePathError when the path is unsafe, or outside of the storage
   */
  put(path: string, content: Content, options?: PutOptions): Promise<void>;
  /** Removes a file or a symlink; does nothing if there is none. */
  delete(path: string, options?: AbortOptions): Promise<void>;
  /**
   * Makes a directory and its parents; does nothing if it exists. Optional: without it, the only directories are those
   * of files.
   *
   * @throws UnsafePathError when the path is unsafe, or outside of the storage
   * @throws ExistsError when the path, or one of its parents, is not a directory
   */
  makeDirectory?(path: string, options?: PutOptions): Promise<void>;
  /**
   * Makes a symlink; replaces a file or a symlink. `target` is relative to the directory of the link, may begin with
   * `..`, and need not exist. The storage itself never follows symlinks. Optional: without it, the storage has no
   * symlinks.
   *
   * @throws UnsafePathError when the path or the target is unsafe, or outside of the storage
   * @throws ExistsError when the path is a directory, or one of its parents is a file
   */
  makeLink?(path: string, target: string, options?: AbortOptions): Promise<void>;
  /**
   * The key of a path, for comparison only: two paths with the same key are the same file in this storage, because it
   * ignores letter case or Unicode normalisation. It has as many parts as the path, joined by `/`. Optional; default:
   * the path itself.
   */
  pathKey?(path: string): string | Promise<string>;
  /**
   * Runs `work` while no other call that locks the same path does, also of another storage of the same place: in Node of
   * this process, in a browser of all pages and workers of the origin. It locks nothing else: `get` and `put` do not wait.
   * Optional; default: calls of the same storage object wait for each other.
   */
  withLock?<T>(path: string, work: () => Promise<T>, options?: AbortOptions): Promise<T>;
  /**
   * Opens a place beside a path, hidden from `get` and `list`, in which files, directories and symlinks are made before they
   * are moved to their places. Optional: where it is missing, each is made at its place.
   *
   * @throws UnsafePathError when the path leads outside
   * @throws FileError when the place cannot be made
   */
  stage?(path: string, options?: AbortOptions): Promise<StagedEntries>;
}

/** Files, directories and symlinks that are not at their places yet. Their paths are those they will have. */
export interface StagedEntries {
  /** Where they are made and can be read. */
  storage: StorageAdapter;
  /**
   * Makes sure that the entries at these paths can be moved, before the first of them is. Optional.
   *
   * @throws UnsafePathError when a directory that leads to one is a symlink
   * @throws FileError when a directory that is there must not be written to, or cannot be moved into
   */
  prepare?(paths: readonly string[], options?: AbortOptions): Promise<void>;
  /**
   * Moves the entry at a path to the same path of the storage: a file or a symlink in place of one that is there, a
   * directory with everything in it where nothing is. It is there as a whole or not at all; only where directories cannot be
   * moved, as in browsers, one is there file by file. The directories it is in are made.
   *
   * @throws ExistsError when a directory is in place of a file, or anything is in place of a directory
   */
  move(path: string, options?: AbortOptions): Promise<void>;
  /** Removes what was not moved; once or more often. Never fails. */
  dispose(): Promise<void>;
}
