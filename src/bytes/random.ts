import { hexOf } from '../oci/hex.ts';

/** Random bytes in hexadecimal, for names that cannot be guessed. Pages without TLS have no `crypto.randomUUID`. */
export function randomHex(bytes: number): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(bytes)));
}
