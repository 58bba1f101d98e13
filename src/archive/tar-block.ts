/** Bytes of a block of a tar: a header is one block, and contents are padded to whole blocks. */
export const tarBlockSize = 512;

/** Bytes of padding after a content of this size. */
export function tarPadding(size: number): number {
  return (tarBlockSize - (size % tarBlockSize)) % tarBlockSize;
}
