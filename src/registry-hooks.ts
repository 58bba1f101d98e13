import { pathsUnsupported } from './actions/paths.ts';
import type { PullHooks } from './actions/pull/pull.ts';
import type { NamedDirectory, NamedFile } from './actions/push/file-input.ts';
import { defaultMediaType, type FileHooks } from './actions/push/files.ts';
import { type ArchiveDirectory, packedHere } from './actions/push/pack-directory.ts';
import { type HashOptions, hashBlob } from './bytes/hash.ts';
import type { AbortOptions } from './options.ts';
import { RegistryAccess } from './registry-access.ts';
import { memorySpool, type Spooled } from './storage/spool.ts';
import type { StorageAdapter } from './storage/storage.ts';
import type { Digest } from './types.ts';

/** The steps of push and pull that a subclass can replace. The clients of Node and of pages are such subclasses. */
export class RegistryHooks extends RegistryAccess {
  /** Hook: opens a local path, of a file or a directory.
   *
   * @throws UnsupportedError here; in Node it opens it
   */
  protected async openPath(path: string, _options?: AbortOptions): Promise<NamedFile | NamedDirectory> {
    throw pathsUnsupported(path);
  }

  /** Hook: opens a local directory, as a storage to pull into.
   *
   * @throws UnsupportedError here; in Node it opens the directory
   */
  protected openDirectory(path: string): StorageAdapter | Promise<StorageAdapter> {
    throw pathsUnsupported(path);
  }

  /** Hook: the media type of a file without one. Default: as oras does, `application/vnd.oci.image.layer.v1.tar`. */
  protected mediaTypeOf(_file: { name: string; content: Blob }): string | Promise<string> {
    return defaultMediaType;
  }

  /** Hook: computes the sha256 digest of a file. Default: in this thread, reading it chunk by chunk. */
  protected hash(content: Blob, options?: HashOptions): Promise<Digest> {
    return hashBlob(content, options);
  }

  /**
   * Hook: stores a stream until its digest is known, where it cannot be sent before. Default: in memory; in Node in a
   * temporary file, and in pages in the origin private file system, if there is one.
   *
   * @throws FileError when the content cannot be written
   */
  protected spool(stream: ReadableStream<Uint8Array>, options?: AbortOptions): Promise<Spooled> {
    return memorySpool(stream, options);
  }

  /** Hook: makes the archive of a directory. Default: here, a few milliseconds at a time. */
  protected archiveDirectory(...[directory, options]: Parameters<ArchiveDirectory>): ReturnType<ArchiveDirectory> {
    return packedHere(directory, options);
  }

  /** All hooks, for the functions that push and pull. */
  protected hooks(): FileHooks & PullHooks {
    return {
      openDirectory: (path) => this.openDirectory(path),
      openPath: (path, options) => this.openPath(path, options),
      mediaTypeOf: (file) => this.mediaTypeOf(file),
      hash: (content, options) => this.hash(content, options),
      spool: (stream, options) => this.spool(stream, options),
      archiveDirectory: (directory, options) => this.archiveDirectory(directory, options),
    };
  }
}
