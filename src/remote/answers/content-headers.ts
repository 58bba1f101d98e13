import { hashBlobAs } from '../../bytes/hash.ts';
import { MismatchError } from '../../errors.ts';
import { isDigest, splitDigest } from '../../oci/digest.ts';
import type { AbortOptions } from '../../options.ts';
import type { Digest } from '../../types.ts';

/**
 * The digest in `Docker-Content-Digest`; undefined when it is missing, malformed, or its algorithm is not supported.
 */
export function digestHeader(response: Response): Digest | undefined {
  const digest = response.headers.get('docker-content-digest');
  return digest !== null && isDigest(digest) && /^sha(?:256|512):/.test(digest) ? digest : undefined;
}

/** `Content-Length` in bytes; undefined with a content coding, because it is then the length of the encoded body. */
export function sizeHeader(response: Response): number | undefined {
  const length = response.headers.get('content-length');
  if (length === null || response.headers.has('content-encoding') || !/^\d+$/.test(length)) return undefined;
  return Number(length);
}

/** Tells whether two digests can be compared. */
export function sameAlgorithm(a: Digest, b: Digest): boolean {
  return splitDigest(a).algorithm === splitDigest(b).algorithm;
}

/**
 * Compares the digest in a registry's answer with the digest of the blob that was uploaded. A digest of another
 * algorithm is computed from the content. That is skipped for a stream, which cannot be read again.
 *
 * @throws MismatchError when the digests differ
 */
export async function checkStoredDigest(
  response: Response,
  digest: Digest,
  content: Blob | undefined,
  { signal, what }: AbortOptions & { what: string },
): Promise<void> {
  const said = digestHeader(response);
  if (said === undefined || said === digest) return;
  const isSame = sameAlgorithm(said, digest);
  if (!isSame && !content) return;
  const expected = isSame || !content ? digest : await hashBlobAs(splitDigest(said).algorithm, content, { signal });
  if (said !== expected) throw new MismatchError(`${what}: the registry stored it as ${said}`, expected, said);
}
