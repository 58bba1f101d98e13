/** The polynomial of gzip's checksum, its bits in reverse (RFC 1952, section 8). */
const polynomial = 0xedb88320;

/** The CRC-32 of bytes of which only that of two parts is known, and of how many bytes the second one is. */
export function combineCrc32(first: number, second: number, sizeOfSecond: number): number {
  // Each byte more multiplies the first by x^8: squared again and again, the factor of any number takes few steps.
  let factor = 0x800000;
  let product = first;
  for (let size = sizeOfSecond; size > 0; size = Math.floor(size / 2)) {
    if (size % 2 === 1) product = multiply(product, factor);
    factor = multiply(factor, factor);
  }
  return (product ^ second) >>> 0;
}

/** The product of two polynomials modulo that of the checksum; the highest bit is the factor of 1. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product;
}
