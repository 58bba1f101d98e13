import { isDigest, splitDigest } from '../oci/digest.ts';
import type { Digest } from '../types.ts';

/** `Docker-Content-Digest`, when it can be read and verified. */
export function digestHeader(response: Response): Digest | undefined {
  const digest = response.headers.get('docker-content-digest');
  return digest !== null && isDigest(digest) && /^sha(?:256|512):/.test(digest) ? digest : undefined;
}

/** `Content-Length` in bytes, unless the body is compressed on the way: then it is not the content's. */
export function sizeHeader(response: Response): number | undefined {
  const length = response.headers.get('content-length');
  if (length === null || response.headers.has('content-encoding') || !/^\d+$/.test(length)) return undefined;
  return Number(length);
}

/** Tells whether two digests can be compared. */
export function sameAlgorithm(a: Digest, b: Digest): boolean {
  return splitDigest(a).algorithm === splitDigest(b).algorithm;
}
