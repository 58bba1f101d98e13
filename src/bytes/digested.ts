import { createDigester } from '../oci/digest.ts';
import type { Digest } from '../types.ts';
import { tap } from './tap.ts';

/** What a stream turned out to be. */
export interface FoundContent {
  /** Its sha256 digest. */
  digest: Digest;
  /** Its bytes. */
  size: number;
}

/** A stream whose digest is computed while somebody reads it. */
export interface DigestedStream {
  /** The stream, unchanged. */
  stream: ReadableStream<Uint8Array>;
  /** What it was; it resolves just before the stream ends, and never when it does not get there. */
  found: Promise<FoundContent>;
}

/** The stream unchanged, with its digest computed while it is read; `onRead` is told how many bytes it was so far. */
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
