/** Bytes in memory as a Blob. Other runtimes may be given another way under the name `#chunk-blob`. */
export function chunkBlob(parts: readonly Uint8Array[]): Blob {
  return new Blob([...parts] as BlobPart[]);
}
