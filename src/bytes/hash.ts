import { createDigester, type DigestAlgorithm } from '../oci/digest.ts';
import type { AbortOptions } from '../options.ts';
import type { Digest } from '../types.ts';
import { readChunks } from './streams.ts';

/** Options of a {@link HashBlob}. */
export interface HashOptions extends AbortOptions {
  /** Told how many bytes were read so far. */
  onRead?: ((bytes: number) => void) | undefined;
}

/** Computes the sha256 digest of a Blob; it fails as the Blob's own stream does. */
export type HashBlob = (content: Blob, options?: HashOptions) => Promise<Digest>;

/** Computes the sha256 digest of a Blob of any size here, reading it piece by piece. */
export const hashBlob: HashBlob = (content, options) => hashBlobAs('sha256', content, options);

/** Computes a digest of a Blob of any size, reading it piece by piece. */
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
