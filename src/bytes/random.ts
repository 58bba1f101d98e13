import { hexOf } from '../oci/hex.ts';

/** Random bytes as hexadecimal digits: names that cannot be guessed. Not crypto.randomUUID, which pages without TLS lack. */
export function randomHex(bytes: number): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(bytes)));
}
