import { expect, test } from 'vitest';
import { crc32 } from '../../src/archive/crc32.ts';
import { blockSize } from '../../src/archive/writing/blocks.ts';
import { deflateBlock, deflateSteps } from '../../src/archive/writing/pako-deflate.ts';
import { bytesOf } from '../support/content.ts';
import { firstDifference } from '../support/first-difference.ts';
import { inflated } from '../support/inflate.ts';
import { noise } from '../support/noise.ts';
import { Random } from '../support/random.ts';

/** The blocks one after the other, and what ends a stream of deflate. */
async function inflatedBlocks(...blocks: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const joined = await new Blob([...blocks, Uint8Array.of(3, 0)]).arrayBuffer();
  return inflated(new Uint8Array(joined), 'deflate-raw');
}

function words(size: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const known = ['const', 'return', 'function', '  ', '\n', '{', '}', 'ünï', '=>', 'a', 'b', '0'];
  let text = '';
  while (text.length < size) text += `${random.pick(known)} ${random.below(50)} `;
  return bytesOf(text).subarray(0, size);
}

const contents: Readonly<Record<string, (size: number, seed: number) => Uint8Array>> = {
  zeros: (size) => new Uint8Array(size),
  noise,
  words,
  'half text, half noise': (size, seed) => {
    const bytes = words(size, seed).slice();
    const half = noise(size, seed);
    bytes.set(half.subarray(0, size / 2), size / 2);
    return bytes;
  },
  'few letters': (size, seed) => noise(size, seed).map((byte) => byte & 3),
};
const sizes = [0, 1, 2, 3, 511, 1024, 16_383, 16_384, 16_385, 32_768, 65_535, 65_536, 65_537, blockSize - 1, blockSize];

test.for(Object.keys(contents))('deflated block: %s of any size become the same again', async (what) => {
  const random = new Random(3);
  for (const size of [...sizes, ...Array.from({ length: 20 }, () => random.below(200_000))]) {
    const bytes = contents[what]!(size, size + 1);
    const block = deflateBlock(bytes);
    expect(block.size).toBe(size);
    expect(block.crc).toBe(crc32(bytes));
    expect(block.bytes.length).toBeLessThanOrEqual(size + 5 * Math.ceil(size / 65_535));
    expect(firstDifference(await inflatedBlocks(block.bytes), bytes), `${size} bytes`).toBeUndefined();
  }
});

test('deflated block: mixtures become the same again', async () => {
  const random = new Random(4);
  for (let i = 0; i < 100; i++) {
    const parts: Uint8Array[] = [];
    for (let count = 1 + random.below(12); count > 0; count--) {
      const content = contents[random.pick(Object.keys(contents))]!;
      parts.push(content(random.below(random.pick([10, 1_000, 40_000])), 1 + random.below(1_000)));
    }
    const bytes = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
    expect(firstDifference(await inflatedBlocks(deflateBlock(bytes).bytes), bytes)).toBeUndefined();
  }
});

test('deflated block: one that another encoder made unreadable is right', async () => {
  // The end of a header of tar, which fflate 0.8.3 compresses to what refers to bytes before the first.
  const base64 = 'AAAAADAwMDA0NDQAMDAwMDAwMAAwMDAwMDAwADAwMDAwMDAwNTMxADAwMDAwMDAwMDAwADAxNjMwMwAgMAAAAAAA';
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  expect(bytes.length).toBe(66);
  expect(await inflatedBlocks(deflateBlock(bytes).bytes)).toEqual(bytes);
});

test('deflated block: what cannot get smaller is stored as it is', () => {
  const bytes = noise(blockSize, 5);
  const { bytes: stored } = deflateBlock(bytes);
  expect(stored.length).toBe(blockSize + 5 * 17);
  expect(stored.subarray(0, 5)).toEqual(Uint8Array.of(0, 0xff, 0xff, 0, 0));
  expect(firstDifference(stored.subarray(5, 65_540), bytes.subarray(0, 65_535))).toBeUndefined();
});

test('deflated block: text behind a start that cannot get smaller is compressed', () => {
  const bytes = words(blockSize, 6).slice();
  bytes.set(noise(blockSize / 4, 7));
  expect(deflateBlock(bytes).bytes.length).toBeLessThan(blockSize / 2);
});

test('deflated block: it ends at a byte and with no last block, so that the next may follow', async () => {
  const blocks = [words(5_000, 8), new Uint8Array(), noise(5_000, 9), new Uint8Array(70_000), words(1, 10)];
  const expected = new Uint8Array(await new Blob(blocks as BlobPart[]).arrayBuffer());
  const actual = await inflatedBlocks(...blocks.map((bytes) => deflateBlock(bytes).bytes));
  expect(firstDifference(actual, expected)).toBeUndefined();
});

test('deflated block: it depends on nothing but its bytes, nor on what is compressed meanwhile', () => {
  const bytes = words(300_000, 11);
  const alone = deflateBlock(bytes).bytes;
  const [steps, others] = [deflateSteps(bytes), deflateSteps(words(300_000, 12))];
  let step = steps.next();
  while (!step.done) {
    others.next();
    step = steps.next();
  }
  expect(firstDifference(step.value.bytes, alone)).toBeUndefined();
  const memory = noise(blockSize, 13);
  memory.set(bytes, 100);
  const { bytes: elsewhere } = deflateBlock(memory.subarray(100, 100 + bytes.length));
  expect(firstDifference(elsewhere, alone)).toBeUndefined();
});

test('deflated block: it takes many short steps', () => {
  let steps = 0;
  for (const _ of deflateSteps(words(blockSize, 14))) steps++;
  expect(steps).toBeGreaterThanOrEqual(32);
});
