/** Makes a Blob of a size whose bytes `open` gives as a stream. */
export type StreamBlobMaker = (size: number, open: () => ReadableStream<Uint8Array>) => Blob;

/**
 * Makes the body of a request that is sent while it is read; undefined where a fetch takes the bytes from inside of a
 * Blob, as browsers do. Other runtimes may be given one under the name `#stream-blob`.
 */
export const streamBlob: StreamBlobMaker | undefined = undefined;
