import type { Digest } from '../../types.ts';

/** What a page asks its worker. */
export interface HashRequest {
  /** The bytes to hash; a file is handed over without being read. */
  content: Blob;
}

/** What the worker answers: `read` again and again, and one of the others at the end. */
export type HashAnswer =
  | {
      /** So many bytes were hashed so far. */
      type: 'read';
      /** Bytes. */
      bytes: number;
    }
  | {
      /** Everything was hashed. */
      type: 'done';
      /** The digest. */
      digest: Digest;
    }
  | {
      /** The content cannot be read: a file that has changed or is gone. */
      type: 'unreadable';
      /** Name of the DOMException. */
      name: string;
      /** Its text. */
      message: string;
    }
  | {
      /** The worker cannot do it, and does not know why. */
      type: 'unable';
    };
