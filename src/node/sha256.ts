import { createHash } from 'node:crypto';
import type { Hasher } from '../oci/sha256.ts';

function hasher(algorithm: 'sha256' | 'sha512'): Hasher {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    hex: () => hash.digest('hex'),
  };
}

/** An incremental sha256 in native code, about four times as fast as in JavaScript. */
export function sha256(): Hasher {
  return hasher('sha256');
}

/** An incremental sha512 in native code. */
export function sha512(): Hasher {
  return hasher('sha512');
}
