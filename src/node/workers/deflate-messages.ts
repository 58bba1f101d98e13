/** A message to a thread that compresses. The memory is shared: nothing is copied, moved or left to garbage collection. */
export interface DeflateThreadRequest {
  /** The block. */
  raw: Uint8Array;
  /** Where the compressed block is written. */
  output: Uint8Array;
}

/** The answer of the thread. */
export interface DeflateThreadAnswer {
  /** Bytes that were written. */
  size: number;
  /** The CRC-32 of the block. */
  crc: number;
}
