import { describe, expect, test } from 'vitest';
import { InvalidReferenceError, UnsupportedError } from '../../src/errors.ts';
import { createDigester, digestOf, isDigest, splitDigest } from '../../src/oci/digest.ts';
import { sha256, sha512 } from '../../src/oci/sha256.ts';
import { bytesOf } from '../support/content.ts';

const sha256Empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const sha512Empty =
  'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e';

describe('digest: of known content', () => {
  test.for([
    ['', `sha256:${sha256Empty}`],
    ['foo', 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'],
    ['bar', 'sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9'],
    ['{}', 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'],
    ['Ban Gu, Ban Chao, Ban Zhao', 'sha256:b526a4f2be963a2f9b0990c001255669eab8a254ab1a6e3f84f1820212ac7078'],
  ])('digest: of %j', ([text, digest]) => {
    expect(digestOf(bytesOf(text!))).toBe(digest);
  });

  test('digest: sha512 of nothing', () => {
    expect(digestOf(new Uint8Array(), 'sha512')).toBe(`sha512:${sha512Empty}`);
  });

  test.for(['sha256', 'sha512'] as const)('digest: %s is the same for pieces as for the whole', (algorithm) => {
    const whole = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251);
    const digester = createDigester(algorithm);
    for (const [from, to] of [
      [0, 1],
      [1, 64],
      [64, 64],
      [64, 65_537],
      [65_537, 100_000],
    ]) {
      digester.update(whole.subarray(from, to));
    }
    expect(digester.digest()).toBe(digestOf(whole, algorithm));
  });

  test.for(['sha256', 'sha512'] as const)('digest: %s of this runtime equals the portable one', (algorithm) => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 10_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i % 256);
      const hasher = { sha256, sha512 }[algorithm]();
      hasher.update(bytes);
      expect(digestOf(bytes, algorithm)).toBe(`${algorithm}:${hasher.hex()}`);
    }
  });
});

describe('digest: grammar', () => {
  const hex = 'a'.repeat(64);

  test.for([
    ['sha256 in lower case', `sha256:${hex}`, true],
    ['sha512 in lower case', `sha512:${'0'.repeat(128)}`, true],
    ['an unknown algorithm', `blake3:${hex}`, true],
    ['separators in the algorithm', 'sha256+b64u.x-y_z:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564=', true],
    ['sha256 in upper case', `sha256:${'A'.repeat(64)}`, false],
    ['sha256 one digit short', `sha256:${hex.slice(1)}`, false],
    ['sha256 one digit long', `sha256:${hex}a`, false],
    ['sha512 with the length of sha256', `sha512:${hex}`, false],
    ['an upper-case algorithm', `SHA256:${hex}`, false],
    ['no algorithm', `:${hex}`, false],
    ['no digits', 'sha256:', false],
    ['no colon', 'invalid-digest', false],
    ['two colons', `sha256:${hex}:${hex}`, false],
    ['a doubled separator', 'a++b:c', false],
    ['a path', 'sha256:../../../v2/other/blobs/x', false],
    ['a path in an unknown algorithm', 'md5:../../x', false],
    ['a line end after it', `sha256:${hex}\n`, false],
    ['a name of Object.prototype', '__proto__:x', false],
    ['nothing', '', false],
    ['a text of a megabyte', `sha256:${'a'.repeat(1e6)}`, false],
  ] as const)('isDigest: %s', ([, text, expected]) => {
    expect(isDigest(text)).toBe(expected);
  });

  test('splitDigest: gives algorithm and hexadecimal part', () => {
    expect(splitDigest(`sha256:${hex}`)).toEqual({ algorithm: 'sha256', encoded: hex });
  });

  test.for(['sha256:abc', `sha256:${'A'.repeat(64)}`, 'sha256:../../x', `sha256:${hex}\n`, '', '__proto__:x'])(
    'splitDigest: refuses %j, which is no digest',
    (text) => {
      expect(() => splitDigest(text)).toThrow(InvalidReferenceError);
    },
  );

  test.for([`sha1:${'a'.repeat(40)}`, 'md5:d41d8cd98f00b204e9800998ecf8427e', 'constructor:x', `blake3:${hex}`])(
    'splitDigest: refuses %s, which it cannot verify',
    (text) => {
      expect(() => splitDigest(text)).toThrow(UnsupportedError);
    },
  );

  test('splitDigest: its message does not repeat all of a long text', () => {
    expect(() => splitDigest('x'.repeat(1e6))).toThrow(/^.{1,300}$/);
  });
});
