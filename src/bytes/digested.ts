import { createDigester } from '../oci/digest.ts';
import type { Digest } from '../types.ts';
import { tap } from './tap.ts';

/** The computed digest and size of a stream. */
export interface FoundContent {
  /** Its sha256 digest. */
  digest: Digest;
  /** Its size in bytes. */
  size: number;
}

/** A stream whose digest is computed while it is read. */
export interface DigestedStream {
  /** The stream, with the same bytes. */
  stream: ReadableStream<Uint8Array>;
  /**
   * Its digest and size. Resolves just before the stream closes; stays pending if the stream is not read to its end.
   */
  found: Promise<FoundContent>;
}

/** The same stream, with its digest computed while it is read; `onRead` is called with the bytes read so far. */
export function digested(stream: ReadableStream<Uint8Array>, onRead?: (bytes: number) => void): DigestedStream {
  const digester = createDigester();
  let size = 0;
  let end = (_: FoundContent): void => {};
  const found = new Promise<FoundContent>((resolve) => {
    end = resolve;
  });
  const observer = {
    chunk(chunk: Uint8Array): void {
      digester.update(chunk);
      size += chunk.byteLength;
      onRead?.(size);
    },
    end: (): void => end({ digest: digester.digest(), size }),
  };
  return { stream: tap(stream, observer), found };
}
