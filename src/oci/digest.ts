import { sha256, sha512 } from '#sha256';
import { InvalidReferenceError, UnsupportedError } from '../errors.ts';
import type { Digest } from '../types.ts';

/** The digest algorithms that can be computed and verified (image-spec, descriptor.md, "Registered algorithms"). */
export type DigestAlgorithm = 'sha256' | 'sha512';

// Two tables: who only reads digests is not to load what computes them.
const encodings = { sha256: /^[a-f0-9]{64}$/, sha512: /^[a-f0-9]{128}$/ };
const hashers = { sha256, sha512 };
/** Grammar of image-spec, descriptor.md, "Digests"; linear, as every repetition is separated by a character of its own. */
const grammar = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const longest = 512;

function isKnown(algorithm: string): algorithm is DigestAlgorithm {
  return Object.hasOwn(encodings, algorithm);
}

/**
 * Tells whether `text` is a digest by the grammar; for sha256 and sha512, also of the right length and in lower case.
 */
export function isDigest(text: string): boolean {
  if (text.length > longest || !grammar.test(text)) return false;
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  return !isKnown(algorithm) || encodings[algorithm].test(text.slice(colon + 1));
}

/** Tells whether `text` is a digest of a supported algorithm, so that content can be verified with it. */
export function isVerifiable(text: string): boolean {
  return isDigest(text) && isKnown(text.slice(0, text.indexOf(':')));
}

/** Splits a digest into its algorithm and its hexadecimal part.
 *
 * @throws InvalidReferenceError when it is not a digest
 * @throws UnsupportedError when its algorithm is not sha256 or sha512: such content cannot be verified
 */
export function splitDigest(digest: Digest): { algorithm: DigestAlgorithm; encoded: string } {
  if (!isDigest(digest)) {
    throw new InvalidReferenceError(
      `Invalid digest ${JSON.stringify(digest.slice(0, 160))}: expected sha256: and 64 lower-case hexadecimal digits`,
    );
  }
  const colon = digest.indexOf(':');
  const algorithm = digest.slice(0, colon);
  if (!isKnown(algorithm)) {
    throw new UnsupportedError(
      `Cannot verify ${digest}: the digest algorithm ${algorithm} is not sha256 or sha512`,
      `digest algorithm ${algorithm}`,
    );
  }
  return { algorithm, encoded: digest.slice(colon + 1) };
}

/** An incremental digest: feed bytes with `update`, finish with `digest`. */
export interface Digester {
  /** Adds the next bytes. */
  update(bytes: Uint8Array): void;
  /** Finishes, and returns the digest. */
  digest(): Digest;
}

/** Starts computing a digest. Default algorithm: sha256. */
export function createDigester(algorithm: DigestAlgorithm = 'sha256'): Digester {
  const hasher = hashers[algorithm]();
  return { update: (bytes) => hasher.update(bytes), digest: () => `${algorithm}:${hasher.hex()}` };
}

/** Computes the digest of bytes in memory. Default algorithm: sha256. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const digester = createDigester(algorithm);
  digester.update(bytes);
  return digester.digest();
}
