import { createDigester, type DigestAlgorithm } from '../oci/digest.ts';
import type { AbortOptions } from '../options.ts';
import type { Digest } from '../types.ts';
import { readChunks } from './streams.ts';

/** Options of a {@link HashBlob}. */
export interface HashOptions extends AbortOptions {
  /** Called with the number of bytes read so far. Default: none. */
  onRead?: ((bytes: number) => void) | undefined;
}

/** Computes the sha256 digest of a Blob; rejects with the error of the Blob's stream. */
export type HashBlob = (content: Blob, options?: HashOptions) => Promise<Digest>;

/** Computes the sha256 digest of a Blob of any size in this thread, chunk by chunk. */
export const hashBlob: HashBlob = (content, options) => hashBlobAs('sha256', content, options);

/** Computes a digest of a Blob of any size, chunk by chunk. */
export async function hashBlobAs(
  algorithm: DigestAlgorithm,
  content: Blob,
  { onRead, signal }: HashOptions = {},
): Promise<Digest> {
  const digester = createDigester(algorithm);
  let read = 0;
  const take = (chunk: Uint8Array): void => {
    digester.update(chunk);
    read += chunk.byteLength;
    onRead?.(read);
  };
  await readChunks(content.stream(), take, signal);
  return digester.digest();
}
