/** Random bytes as hexadecimal digits: names that cannot be guessed. Not crypto.randomUUID, which pages without TLS lack. */
export function randomHex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
