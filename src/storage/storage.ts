import type { Content } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';

/** One entry of a storage's list. */
export interface StorageEntry {
  /** Path from the root of the storage, parts joined by `/`. */
  path: string;
  /** What is there. */
  type: 'file' | 'directory' | 'symlink';
  /** Permission bits, such as 0o755. Absent where the place has none. */
  mode?: number;
  /** Where a symlink leads, as it is written in it. */
  linkTarget?: string;
  /** Bytes of a file. Absent where the place would have to open the file for it. */
  size?: number;
}

/** A place files can be read from by name: dropped files, a directory, a website. */
export interface StorageReader {
  /**
   * The file at a path, or undefined when there is none. The Blob is read lazily where the place allows it.
   *
   * @throws UnsafePathError when the path leads outside
   */
  get(path: string, options?: AbortOptions): Promise<Blob | undefined>;
  /**
   * The entries below a prefix, at any depth, in no certain order. Default prefix: all. Directories and symlinks are
   * entries, too, where the place has them: look at `type`.
   */
  list(prefix?: string, options?: AbortOptions): AsyncIterable<StorageEntry>;
  /**
   * What is at a path, undefined when nothing is; `other` is what no list shows, such as a pipe, a socket or a device.
   * Optional: it saves a pull to look for directories in a list of everything.
   *
   * @throws UnsafePathError when the path leads outside
   */
  typeOf?(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | 'other' | undefined>;
}

/** Options of {@link StorageAdapter.put} and {@link StorageAdapter.makeDirectory}. */
export interface PutOptions extends AbortOptions {
  /**
   * Permission bits, such as 0o755; of others than these nine nothing is kept. A place without permissions ignores them,
   * and one with a umask takes away what that forbids. Default: what the place gives.
   */
  mode?: number | undefined;
}

/** A place files can be written to as well: memory, a directory, the origin private file system. */
export interface StorageAdapter extends StorageReader {
  /**
   * Writes a file with everything its path needs, or nothing at all: when the content fails or the signal is aborted,
   * what was there before is still there.
   *
   * @throws UnsafePathError when the path leads outside
   */
  put(path: string, content: Content, options?: PutOptions): Promise<void>;
  /** Removes a file or a symlink; fine if there is none. */
  delete(path: string, options?: AbortOptions): Promise<void>;
  /**
   * Makes a directory with everything its path needs; fine if it is there. Optional: where it is missing, there are no
   * directories but those that files are in.
   *
   * @throws UnsafePathError when the path leads outside
   * @throws ExistsError when something else is at the path, or is where it needs a directory
   */
  makeDirectory?(path: string, options?: PutOptions): Promise<void>;
  /**
   * Makes a symlink, in place of a file or symlink that is there. `target` is relative to the directory of the link, may
   * begin with `..`, and need not be there. The storage itself never follows it. Optional: where it is missing, there are
   * no symlinks.
   *
   * @throws UnsafePathError when the path or the target leads outside
   * @throws ExistsError when a directory is at the path, or a file is where it needs a directory
   */
  makeLink?(path: string, target: string, options?: AbortOptions): Promise<void>;
  /**
   * What all names of one path have in common: two paths with the same key are one file here, because capitals or forms
   * of Unicode do not count. It has as many parts as the path, joined by `/`, and is for comparing only. Optional; default:
   * the path itself.
   */
  pathKey?(path: string): string | Promise<string>;
}
