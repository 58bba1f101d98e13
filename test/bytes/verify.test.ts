import { describe, expect, test } from 'vitest';
import { readAll, readChunks } from '../../src/bytes/streams.ts';
import { type Expected, isVerified, passingOn, verified, verifyBytes } from '../../src/bytes/verify.ts';
import { InvalidReferenceError, MismatchError, UnsupportedError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { bytesOf, descriptorOf, endlessStream, rejection, streamOfTexts, textOf } from '../support/content.ts';

const content = 'example content';
const size = content.length;
const { digest } = descriptorOf(content);
const another = descriptorOf('another content').digest;

const right: readonly (readonly [string, string[], Expected])[] = [
  ['the content in one piece', [content], { digest, size }],
  ['the content in many pieces', [...content], { digest, size }],
  ['sha512', [content], { digest: digestOf(bytesOf(content), 'sha512'), size }],
  ['nothing', [], descriptorOf('')],
  ['nothing, in an empty piece', [''], descriptorOf('')],
];

const wrong: readonly (readonly [string, string[], Expected, Partial<MismatchError>])[] = [
  ['a byte less than announced', [content], { digest, size: size + 1 }, { expected: size + 1, actual: size }],
  ['a byte more than announced', [content], { digest, size: size - 1 }, { expected: size - 1, actual: size }],
  ['other content of the same size', [content], { digest: another, size }, { expected: another, actual: digest }],
  ['a negative size', [content], { digest, size: -1 }, { expected: -1 }],
  ['a negative size of nothing', [], { ...descriptorOf(''), size: -1 }, { expected: -1, actual: 0 }],
  ['a size that is no number', [content], { digest, size: Number.NaN }, { actual: size }],
  ['a size nobody could allocate', [content], { digest, size: 2 ** 62 }, { expected: 2 ** 62, actual: size }],
  ['nothing where there should be something', [], { digest, size }, { expected: size, actual: 0 }],
];

describe('a verified stream', () => {
  const expected = { digest, size };

  test('is not verified again', async () => {
    const stream = verified(streamOfTexts(content), expected);
    expect(isVerified(stream, { ...expected })).toBe(true);
    expect(isVerified(stream, { ...expected, size: size + 1 })).toBe(false);
    expect(isVerified(streamOfTexts(content), expected)).toBe(false);
    const other = 'x'.repeat(size);
    expect(await textOf(verified(passingOn(streamOfTexts(other), expected), expected))).toBe(other);
  });

  test('does not pass for a digest that its descriptor got later', async () => {
    const descriptor = { digest, size };
    const stream = verified(streamOfTexts(content), descriptor);
    descriptor.digest = another;
    expect(isVerified(stream, descriptor)).toBe(false);
    expect(await rejection(readAll(verified(stream, descriptor), 1000))).toBeInstanceOf(MismatchError);
  });

  test('of which a part was read does not pass', async () => {
    const stream = verified(streamOfTexts('example ', 'content'), expected);
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    expect(await rejection(readAll(verified(stream, expected), 1000))).toBeInstanceOf(MismatchError);
  });
});

describe('verified', () => {
  test.for(right)('passes %s', async ([, chunks, expected]) => {
    expect(await textOf(verified(streamOfTexts(...chunks), expected))).toBe(chunks.join(''));
  });

  test.for(wrong)('fails for %s', async ([, chunks, expected, fields]) => {
    const error = await rejection(readAll(verified(streamOfTexts(...chunks), expected), 1000));
    expect(error).toBeInstanceOf(MismatchError);
    expect(error).toMatchObject(fields);
  });

  test('passes 33 MiB', async () => {
    const bytes = new Uint8Array(33 * 1024 * 1024);
    bytes[bytes.length - 1] = 1;
    let read = 0;
    const stream = verified(new Blob([bytes]).stream(), { digest: digestOf(bytes), size: bytes.byteLength });
    await readChunks(stream, (chunk) => {
      read += chunk.byteLength;
    });
    expect(read).toBe(bytes.byteLength);
  });

  test('stops reading what is too long, without giving the surplus', async () => {
    const { stream, given, cancelled } = endlessStream(1000);
    let read = 0;
    const promise = readChunks(verified(stream, { digest, size: 2500 }), (chunk) => {
      read += chunk.byteLength;
    });
    const error = await rejection(promise);
    expect(error).toBeInstanceOf(MismatchError);
    expect(await cancelled).toBe(error);
    expect(read).toBeLessThanOrEqual(2500);
    expect(given()).toBeLessThanOrEqual(6000);
  });

  test('passes a cancellation on', async () => {
    const { stream, cancelled } = endlessStream();
    const reason = new Error('enough');
    await verified(stream, { digest, size: 1e9 }).cancel(reason);
    expect(await cancelled).toBe(reason);
  });

  test.for([
    ['invalid-digest', InvalidReferenceError],
    ['', InvalidReferenceError],
    ['sha256:abc', InvalidReferenceError],
    ['sha1:040f06fd774092478d450774f5ba30c5da78acc8', UnsupportedError],
  ] as const)('refuses the digest %j at once', ([bad, type]) => {
    expect(() => verified(streamOfTexts(content), { digest: bad, size })).toThrow(type);
  });
});

describe('verifyBytes', () => {
  test.for(right)('passes %s', ([, chunks, expected]) => {
    expect(() => verifyBytes(bytesOf(chunks.join('')), expected)).not.toThrow();
  });

  test.for(wrong)('fails for %s', async ([, chunks, expected, fields]) => {
    const error = await rejection((async () => verifyBytes(bytesOf(chunks.join('')), expected))());
    expect(error).toBeInstanceOf(MismatchError);
    expect(error).toMatchObject(fields);
  });

  test('fails for one changed bit', () => {
    const bytes = bytesOf(content);
    bytes[3]! ^= 1;
    expect(() => verifyBytes(bytes, { digest, size })).toThrow(MismatchError);
  });

  test('refuses digests it cannot verify', () => {
    expect(() => verifyBytes(bytesOf(content), { digest: 'invalid-digest', size })).toThrow(InvalidReferenceError);
    expect(() => verifyBytes(bytesOf(content), { digest: 'md5:abc', size })).toThrow(UnsupportedError);
  });
});
