import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { hexOf } from './hex.ts';

/** An incremental hash: feed bytes with `update`, finish with `hex`. */
export interface Hasher {
  /** Adds the next bytes. */
  update(bytes: Uint8Array): void;
  /** Finishes, and returns the hash in lower-case hexadecimal. */
  hex(): string;
}

function hasher(hash: ReturnType<typeof nobleSha256.create> | ReturnType<typeof nobleSha512.create>): Hasher {
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    hex: () => hexOf(hash.digest()),
  };
}

/** An incremental sha256 in JavaScript. A runtime can replace this file by a faster one, as the import `#sha256`. */
export function sha256(): Hasher {
  return hasher(nobleSha256.create());
}

/** An incremental sha512 in JavaScript. */
export function sha512(): Hasher {
  return hasher(nobleSha512.create());
}
