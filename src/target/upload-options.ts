import type { TransferOptions } from '../options.ts';
import type { StorageAdapter } from '../storage/storage.ts';

/** Taken by calls that store content, on top of what all transfers take. A target without uploads passes over them. */
export interface UploadOptions extends TransferOptions {
  /**
   * Uploads content in requests of so many bytes each, or of more where the registry wants more, for what lets no long
   * request through (distribution-spec, "Pushing a blob in chunks"). Default: one request, which every registry takes;
   * with `resume` and after a connection broke, 16 MiB.
   */
  chunkSize?: number | undefined;
  /**
   * Where uploads are noted, so that one that was aborted or whose program ended goes on when the same content is pushed
   * to the same place again. An abort then pauses an upload, and its session is kept at the registry. Default: nothing
   * is noted, and an abort ends the session.
   */
  resume?: StorageAdapter | undefined;
  /**
   * Repositories of the same registry, by name, whose content need not be sent but can be mounted (distribution-spec,
   * "Mounting a blob from another repository"). Default: none.
   */
  mountFrom?: readonly string[] | undefined;
}

/** Options of {@link Target.begin}. */
export interface BeginOptions extends UploadOptions {
  /** What the content is called in errors, for example the name of its file. Default: `the content`. */
  name?: string | undefined;
}
