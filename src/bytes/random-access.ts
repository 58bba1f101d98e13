/**
 * Bytes of a known number of which any part can be read: a Blob, a File, a blob of a registry. What reads a file here and
 * there stands on it, such as the list of what is in an archive.
 */
export interface RandomAccess {
  /** Bytes there are. */
  readonly size: number;
  /** The part from `start` up to `end`, which is not in it. Nothing is read before its stream is. */
  slice(start: number, end: number): { stream(): ReadableStream<Uint8Array> };
}
