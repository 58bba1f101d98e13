/** Makes a Blob of bytes in memory. A runtime can replace this file by its own, as the import `#chunk-blob`. */
export function chunkBlob(parts: readonly Uint8Array[]): Blob {
  return new Blob([...parts] as BlobPart[]);
}
