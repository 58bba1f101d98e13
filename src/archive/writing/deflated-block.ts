/** One block of a tar, compressed. */
export interface DeflatedBlock {
  /** Deflate of it alone, with nothing that ends the whole (RFC 1951); the next one may follow, as it ends at a byte. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The CRC-32 of the block before it was compressed. */
  crc: number;
  /** Bytes that the block had before. */
  size: number;
}
