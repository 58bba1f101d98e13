import type { Content } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';

/** One entry of a storage's list. */
export interface StorageEntry {
  /** Path from the root of the storage, parts joined by `/`. */
  path: string;
  /** What is there. */
  type: 'file' | 'directory' | 'symlink';
  /** Permission bits, where the place knows them. */
  mode?: number;
  /** Where a symlink leads, as it is written in it. */
  linkTarget?: string;
}

/** A place files can be read from by name: dropped files, a directory, a website. */
export interface StorageReader {
  /**
   * The file at a path, or undefined when there is none. The Blob is read lazily where the place allows it.
   *
   * @throws UnsafePathError when the path leads outside
   */
  get(path: string, options?: AbortOptions): Promise<Blob | undefined>;
  /** The entries below a prefix, at any depth, in no certain order. Default prefix: all. */
  list(prefix?: string, options?: AbortOptions): AsyncIterable<StorageEntry>;
  /**
   * What is at a path, undefined when nothing is. Optional: it saves a pull to look for directories in a list of
   * everything.
   *
   * @throws UnsafePathError when the path leads outside
   */
  typeOf?(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | undefined>;
}

/** A place files can be written to as well: memory, a directory, the origin private file system. */
export interface StorageAdapter extends StorageReader {
  /**
   * Writes a file with everything its path needs, or nothing at all: when the content fails or the signal is aborted,
   * what was there before is still there.
   *
   * @throws UnsafePathError when the path leads outside
   */
  put(path: string, content: Content, options?: AbortOptions): Promise<void>;
  /** Removes a file; fine if there is none. */
  delete(path: string, options?: AbortOptions): Promise<void>;
}
