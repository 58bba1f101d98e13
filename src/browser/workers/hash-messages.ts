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

/** A message to the worker about a running digest, of bytes that are not there yet; a worker has one at a time. */
export type DigestRequest =
  /** Starts the digest. */
  | { type: 'start' }
  /** The next bytes; their memory returns with the answer. */
  | { type: 'update'; bytes: Uint8Array<ArrayBuffer> }
  /** Ends the digest. */
  | { type: 'end' };

/** The answer of the worker to each. */
export type DigestAnswer =
  /** The digest is started. */
  | { type: 'started' }
  /** The bytes are hashed. */
  | { type: 'updated'; bytes: Uint8Array<ArrayBuffer> }
  /** The digest of all bytes. */
  | { type: 'ended'; digest: Digest }
  /** The worker failed for an unknown reason. */
  | { type: 'unable' };
