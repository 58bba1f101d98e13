/** The most bytes that one stored block of deflate has (RFC 1951, section 3.2.4). */
const mostStored = 0xffff;

/** Bytes that {@link storedBlocks} makes of so many. */
export function storedSize(size: number): number {
  return size + 5 * Math.ceil(size / mostStored);
}

/** Bytes as stored blocks of deflate, none of them the last: as they are, with five bytes before each 65,535 of them. */
export function storedBlocks(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(storedSize(bytes.length));
  const view = new DataView(result.buffer);
  let offset = 0;
  for (let start = 0; start < bytes.length; start += mostStored) {
    const part = bytes.subarray(start, start + mostStored);
    view.setUint16(offset + 1, part.length, true);
    view.setUint16(offset + 3, ~part.length, true);
    result.set(part, offset + 5);
    offset += 5 + part.length;
  }
  return result;
}
