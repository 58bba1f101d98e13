import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { hexOf } from './hex.ts';

/** A running digest: bytes go in with `update`, and `hex` ends it. */
export interface Hasher {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): void;
  /** Ends the computation and gives the hash in lower-case hexadecimal. */
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

/** A running sha256, in JavaScript. Other runtimes may be given a faster one under the name `#sha256`. */
export function sha256(): Hasher {
  return hasher(nobleSha256.create());
}

/** A running sha512, in JavaScript. */
export function sha512(): Hasher {
  return hasher(nobleSha512.create());
}
