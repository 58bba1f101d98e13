import { type LinkedAbort, onAbort } from '../../aborts.ts';
import type { TransferOptions } from '../../options.ts';
import type { PendingPush } from '../../target/target.ts';
import type { Descriptor } from '../../types.ts';

/** An upload that started before its digest is known. */
export interface PendingUpload extends PendingPush {
  /** Stores the content as {@link PendingPush.commit} does; the options apply to the rest of the upload. */
  commit(descriptor: Descriptor, options?: TransferOptions): Promise<void>;
}

/**
 * Runs `work`, the rest of an upload, which `stop` aborts, and from now on `signal` too. When it fails, the upload is
 * aborted.
 */
export async function commitOrAbort(
  upload: PendingUpload,
  stop: LinkedAbort,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const release = onAbort(signal, () => stop.abort(signal?.reason));
  try {
    await work();
  } catch (error) {
    // The error of the upload is more useful than an error of this clean-up.
    await upload.abort(error).catch(() => {});
    throw error;
  } finally {
    release();
    stop.release();
  }
}
