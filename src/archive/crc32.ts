/** The polynomial of gzip's checksum, its bits in reverse (RFC 1952, section 8). */
const polynomial = 0xedb88320;
const tables = /* @__PURE__ */ makeTables();

/**
 * The CRC-32 of bytes, as gzip has it: a whole number from 0 to 2^32 - 1. `crc` is that of the bytes before them; default 0,
 * as there are none.
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3] = tables;
  let state = ~crc;
  let i = 0;
  // Four bytes at a time take a third of the time.
  for (const end = bytes.length - 3; i < end; i += 4) {
    state ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    state = t3[state & 0xff]! ^ t2[(state >>> 8) & 0xff]! ^ t1[(state >>> 16) & 0xff]! ^ t0[state >>> 24]!;
  }
  for (; i < bytes.length; i++) state = t0[(state ^ bytes[i]!) & 0xff]! ^ (state >>> 8);
  return ~state >>> 0;
}

/** For each byte its checksum, and those when one, two and three zeros follow it. */
function makeTables(): [Int32Array, Int32Array, Int32Array, Int32Array] {
  const next = (value: number): number => (value & 1 ? (value >>> 1) ^ polynomial : value >>> 1);
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = next(value);
    return value;
  });
  const behind = (table: Int32Array): Int32Array => table.map((value) => first[value & 0xff]! ^ (value >>> 8));
  const second = behind(first);
  const third = behind(second);
  return [first, second, third, behind(third)];
}
