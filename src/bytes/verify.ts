import { MismatchError } from '../errors.ts';
import { createDigester, splitDigest } from '../oci/digest.ts';
import type { Descriptor } from '../types.ts';
import { type StreamObserver, tap } from './tap.ts';

/** The part of a descriptor that content is verified against. */
export type Expected = Pick<Descriptor, 'digest' | 'size'>;

/** What verified streams have. */
const verifiedAs = new WeakMap<ReadableStream<Uint8Array>, Expected>();

/**
 * The same stream, but verified: it errors as soon as it is too long, and before it closes if it is too short or has
 * another digest. A stream that was read to its end had the expected bytes (image-spec, descriptor.md, "Verification").
 *
 * @throws InvalidReferenceError or UnsupportedError immediately, when the digest cannot be verified
 */
export function verified(stream: ReadableStream<Uint8Array>, expected: Expected): ReadableStream<Uint8Array> {
  return passingOn(tap(stream, verifier(stream, expected)), expected);
}

/** Marks a stream that passes on the bytes of a verified one: its digest is not computed again. */
export function passingOn(stream: ReadableStream<Uint8Array>, { digest, size }: Expected): ReadableStream<Uint8Array> {
  // A copy: the descriptor is the caller's, who may change it before the stream is read.
  verifiedAs.set(stream, { digest, size });
  return stream;
}

/** Tells whether a stream is verified. */
export function isVerified(stream: ReadableStream<Uint8Array>, { digest, size }: Expected): boolean {
  const known = verifiedAs.get(stream);
  return known?.digest === digest && known.size === size;
}

/**
 * The observer of {@link verified}, to share one {@link tap} with other observers. Of a verified stream only the size is
 * checked: a part of it may have been read before.
 */
export function verifier(stream: ReadableStream<Uint8Array>, expected: Expected): StreamObserver {
  const { size, digest } = expected;
  const { algorithm } = splitDigest(digest);
  const digester = isVerified(stream, expected) ? undefined : createDigester(algorithm);
  let read = 0;
  return {
    chunk(chunk) {
      read += chunk.byteLength;
      if (read > size) throw sizeMismatch(expected, read, 'more');
      digester?.update(chunk);
    },
    end() {
      if (read !== size) throw sizeMismatch(expected, read, 'only');
      const actual = digester?.digest() ?? digest;
      if (actual !== digest) throw digestMismatch(digest, actual);
    },
  };
}

function digestMismatch(digest: string, actual: string): MismatchError {
  return new MismatchError(`The content of ${digest} is not it: its digest is ${actual}`, digest, actual);
}

function sizeMismatch({ digest, size }: Expected, read: number, how: 'more' | 'only'): MismatchError {
  const got = how === 'more' ? 'it goes on' : `it has only ${read}`;
  return new MismatchError(`The content of ${digest} should have ${size} bytes, but ${got}`, size, read);
}

/** Verifies bytes in memory.
 *
 * @throws MismatchError when their size or digest is not the expected one
 */
export function verifyBytes(bytes: Uint8Array, expected: Expected): void {
  if (bytes.byteLength !== expected.size) {
    throw sizeMismatch(expected, bytes.byteLength, bytes.byteLength > expected.size ? 'more' : 'only');
  }
  const digester = createDigester(splitDigest(expected.digest).algorithm);
  digester.update(bytes);
  const actual = digester.digest();
  if (actual !== expected.digest) throw digestMismatch(expected.digest, actual);
}
