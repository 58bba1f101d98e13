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

/** A running sha256, natively: about four times as fast as in JavaScript. */
export function sha256(): Hasher {
  return hasher('sha256');
}

/** A running sha512, natively. */
export function sha512(): Hasher {
  return hasher('sha512');
}
