import { expect, test } from 'vitest';
import { crc32 } from '../../src/archive/crc32.ts';
import { combineCrc32 } from '../../src/archive/writing/combine-crc32.ts';
import { bytesOf } from '../support/content.ts';
import { noise } from '../support/noise.ts';
import { Random } from '../support/random.ts';

test('crc32: it is the one of gzip', () => {
  // The check value that catalogues of such checksums give.
  expect(crc32(bytesOf('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
  expect(crc32(bytesOf('The quick brown fox jumps over the lazy dog'))).toBe(0x414fa339);
});

test('crc32: parts give the same one after the other, and combined', () => {
  const random = new Random(2);
  for (let i = 0; i < 200; i++) {
    const bytes = noise(random.below(5_000), i + 1);
    const at = random.below(bytes.length + 1);
    const [first, second] = [bytes.subarray(0, at), bytes.subarray(at)];
    const whole = crc32(bytes);
    expect(crc32(second, crc32(first))).toBe(whole);
    expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(whole);
  }
});

test('crc32: combining holds for parts of more than 4 GiB', () => {
  // That of 2^32 zeros, doubled again and again.
  let zeros = crc32(new Uint8Array(1));
  for (let size = 1; size < 2 ** 32; size *= 2) zeros = combineCrc32(zeros, zeros, size);
  const first = crc32(bytesOf('before them'));
  const twice = combineCrc32(combineCrc32(first, zeros, 2 ** 32), zeros, 2 ** 32);
  expect(combineCrc32(first, combineCrc32(zeros, zeros, 2 ** 32), 2 ** 33)).toBe(twice);
});
