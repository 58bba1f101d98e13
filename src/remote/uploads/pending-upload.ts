import { type LinkedAbort, onAbort } from '../../aborts.ts';
import type { TransferOptions } from '../../options.ts';
import type { PendingPush } from '../../target/target.ts';
import type { Descriptor } from '../../types.ts';

/** An upload that was begun before its digest is known. */
export interface PendingUpload extends PendingPush {
  /** Stores the content as {@link PendingPush.commit} does; these options are for the rest of the upload. */
  commit(descriptor: Descriptor, options?: TransferOptions): Promise<void>;
}

/** Runs `work`, the rest of an upload that `stop` ends; now `signal` does so, too. When it fails, the upload is aborted. */
export async function committing(
  upload: PendingUpload,
  stop: LinkedAbort,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const release = onAbort(signal, () => stop.abort(signal?.reason));
  try {
    await work();
  } catch (error) {
    // What the upload failed of says more than why this does.
    await upload.abort(error).catch(() => {});
    throw error;
  } finally {
    release();
    stop.release();
  }
}
