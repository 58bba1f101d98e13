import type { Digest } from '../../types.ts';

/** A message to the worker. */
export interface HashRequest {
  /** The bytes to hash; a file is passed by reference, without reading it. */
  content: Blob;
}

/** A message from the worker: any number of `read`, then one of the others. */
export type HashAnswer =
  | {
      /** Progress: bytes hashed so far. */
      type: 'read';
      /** Bytes. */
      bytes: number;
    }
  | {
      /** The content was hashed. */
      type: 'done';
      /** The digest. */
      digest: Digest;
    }
  | {
      /** The content cannot be read: a file that has changed or was removed. */
      type: 'unreadable';
      /** Name of the DOMException. */
      name: string;
      /** Message of the DOMException. */
      message: string;
    }
  | {
      /** The worker failed for an unknown reason. */
      type: 'unable';
    };
