/** Makes a Blob of the given size; `open` returns a stream of its bytes. */
export type StreamBlobMaker = (size: number, open: () => ReadableStream<Uint8Array>) => Blob;

/**
 * Makes a request body that is streamed from its source. Undefined in runtimes whose `fetch` reads the data inside of a
 * Blob, not its `stream()`, as in browsers. A runtime can replace this file by its own, as the import `#stream-blob`.
 */
export const streamBlob: StreamBlobMaker | undefined = undefined;
