import type { TransferOptions } from '../../options.ts';
import type { PendingPush } from '../../target/target.ts';
import type { Descriptor } from '../../types.ts';

/** An upload that was begun before its digest is known. */
export interface PendingUpload extends PendingPush {
  /** Stores the content as {@link PendingPush.commit} does; these options are for the rest of the upload. */
  commit(descriptor: Descriptor, options?: TransferOptions): Promise<void>;
}
