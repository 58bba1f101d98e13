import type { TransferOptions } from '../options.ts';
import type { StorageAdapter } from '../storage/storage.ts';

/** Taken by calls that push content, besides the options of all transfers. Ignored by targets other than registries. */
export interface UploadOptions extends TransferOptions {
  /**
   * Uploads a blob in chunks of this many bytes, or of the registry's minimum if that is larger; for proxies that limit
   * the size or the time of a request (distribution-spec, "Pushing a blob in chunks"). Default: one request, which
   * every registry supports; 16 MiB with `resume`, and after a connection broke.
   */
  chunkSize?: number | undefined;
  /**
   * Storage for resume notes. An upload that was aborted, or whose program ended, continues when the same content is
   * pushed to the same repository again. An abort then pauses an upload, and keeps its session at the registry.
   * Default: uploads cannot be resumed, and an abort ends the session.
   */
  resume?: StorageAdapter | undefined;
  /**
   * Names of repositories on the same registry from which blobs can be mounted, which saves the upload
   * (distribution-spec, "Mounting a blob from another repository"). Default: none.
   */
  mountFrom?: readonly string[] | undefined;
}

/** Options of {@link Target.begin}. */
export interface BeginOptions extends UploadOptions {
  /** Name of the content in error messages, for example its file name. Default: `the content`. */
  name?: string | undefined;
}
