/** The most bytes that one stored block of deflate has (RFC 1951, section 3.2.4). */
const mostStored = 0xffff;

/** Bytes that {@link writeStored} writes for so many. */
export function storedSize(size: number): number {
  return size + 5 * Math.ceil(size / mostStored);
}

/** Writes bytes as stored blocks of deflate, none of them the last: as they are, with five bytes before each 65,535. */
export function writeStored(bytes: Uint8Array, output: Uint8Array): void {
  let offset = 0;
  for (let start = 0; start < bytes.length; start += mostStored) {
    const part = bytes.subarray(start, start + mostStored);
    const { length } = part;
    output.set([0, length & 0xff, length >>> 8, ~length & 0xff, (~length >>> 8) & 0xff], offset);
    output.set(part, offset + 5);
    offset += 5 + length;
  }
}
