/**
 * Bytes of known size with random access: a Blob, a File, or a blob of a registry. For readers of file formats, for
 * example to list the entries of an archive without reading all of it.
 */
export interface RandomAccess {
  /** Size in bytes. */
  readonly size: number;
  /** The bytes from `start` up to, but not including, `end`. They are read when the stream is read. */
  slice(start: number, end: number): { stream(): ReadableStream<Uint8Array> };
}
