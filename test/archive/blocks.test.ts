import { describe, expect, test } from 'vitest';
import { blockSize, bytesOfBlock, type TarBlock, tarBlocks } from '../../src/archive/writing/blocks.ts';
import type { TarPart } from '../../src/archive/writing/tar-parts.ts';
import { FileError, NotFoundError } from '../../src/errors.ts';
import { bytesOf, itemsOf, rejection } from '../support/content.ts';
import { firstDifference } from '../support/first-difference.ts';
import { noise } from '../support/noise.ts';

async function* given<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

function fileOf(content: Blob, path = 'some/file'): TarPart {
  return { path, content };
}

function sizeOf(block: TarBlock): number {
  return block.reduce((size, part) => size + (part instanceof Uint8Array ? part.length : part.content.size), 0);
}

/** A Blob that says it has more or fewer bytes than it gives. */
function liar(size: number, bytes: Uint8Array<ArrayBuffer>): Blob {
  return Object.defineProperty(new Blob([bytes]), 'size', { value: size });
}

/** A Blob that cannot be read. */
function failing(error: unknown): Blob {
  return Object.defineProperty(new Blob(['x']), 'arrayBuffer', { value: () => Promise.reject(error) });
}

describe('tar blocks', () => {
  test('are of 1 MiB, but for the last one, and have all bytes in their order', async () => {
    const pieces = [700_000, 3, 3_000_000, 0, blockSize, 1].map((size, index) => noise(size, index + 1));
    const parts = pieces.map((bytes, index) => (index % 2 === 0 ? fileOf(new Blob([bytes])) : bytes));
    const blocks = await itemsOf(tarBlocks(given(...parts)));
    const all = new Uint8Array(await new Blob(pieces).arrayBuffer());
    expect(blocks.map(sizeOf)).toEqual([blockSize, blockSize, blockSize, blockSize, all.length - 4 * blockSize]);
    for (const [index, block] of blocks.entries()) {
      const expected = all.subarray(index * blockSize, (index + 1) * blockSize);
      expect(firstDifference(await bytesOfBlock(block), expected)).toBeUndefined();
    }
  });

  test.for([
    [0, []],
    [1, [1]],
    [blockSize, [blockSize]],
    [blockSize + 1, [blockSize, 1]],
    [2 * blockSize, [blockSize, blockSize]],
  ] as const)('of %i bytes are %j', async ([size, expected]) => {
    expect((await itemsOf(tarBlocks(given(new Uint8Array(size))))).map(sizeOf)).toEqual(expected);
    expect((await itemsOf(tarBlocks(given(fileOf(new Blob([new Uint8Array(size)])))))).map(sizeOf)).toEqual(expected);
  });

  test('of a large file are parts of it, made as they are asked for', async () => {
    const slices: unknown[] = [];
    const large = Object.defineProperties(new Blob(), {
      size: { value: 2 ** 40 },
      slice: { value: (start: number, end: number) => slices.push([start, end]) && new Blob() },
    });
    const blocks = tarBlocks(given(new Uint8Array(512), fileOf(large)));
    await blocks.next();
    await blocks.next();
    await blocks.return();
    expect(slices).toEqual([
      [0, blockSize - 512],
      [blockSize - 512, 2 * blockSize - 512],
    ]);
  });

  test('can be posted to a worker', async () => {
    const [block] = await itemsOf(tarBlocks(given<TarPart>(bytesOf('head'), fileOf(new Blob(['tail'])))));
    expect(await bytesOfBlock(structuredClone(block!))).toEqual(bytesOf('headtail'));
  });
});

describe('bytes of a block', () => {
  test('go into memory that has room for them', async () => {
    const memory = noise(10, 1);
    const bytes = await bytesOfBlock([bytesOf('abc'), fileOf(new Blob(['de']))], { memory });
    expect(bytes).toEqual(bytesOf('abcde'));
    expect(bytes.buffer).toBe(memory.buffer);
    expect(await bytesOfBlock([bytesOf('more than ten bytes')], { memory })).toEqual(bytesOf('more than ten bytes'));
  });

  test.for([
    ['shorter', 4],
    ['longer', 2],
  ] as const)('of a file that turns out to be %s than it was fail, naming it', async ([, size]) => {
    const block = [bytesOf('head'), fileOf(new Blob(['fine']), 'fine'), fileOf(liar(size, bytesOf('abc')), 'dir/bad')];
    const error = await rejection(bytesOfBlock(block));
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code: 'FILE', path: 'dir/bad', errno: 'NotReadableError' });
    expect((error as Error).message).toContain('dir/bad');
  });

  test('of a file that cannot be read any more fail, naming it', async () => {
    const cause = new DOMException('changed', 'NotReadableError');
    const error = await rejection(bytesOfBlock([fileOf(failing(cause), 'dir/bad')]));
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ path: 'dir/bad', errno: 'NotReadableError', cause });
    const gone = await rejection(
      bytesOfBlock([fileOf(failing(new DOMException('gone', 'NotFoundError')), 'dir/gone')]),
    );
    expect(gone).toBeInstanceOf(NotFoundError);
    expect((gone as Error).message).toContain('dir/gone');
  });

  test('fail with what a Blob of the caller fails with', async () => {
    const error = new Error('own');
    expect(await rejection(bytesOfBlock([fileOf(failing(error))]))).toBe(error);
  });

  test('are not read once the signal is aborted', async () => {
    const controller = new AbortController();
    const read: string[] = [];
    const watched = (name: string): TarPart => {
      const content = new Blob(['x']);
      const arrayBuffer = (): Promise<ArrayBuffer> => {
        read.push(name);
        controller.abort('enough');
        return Promise.resolve(new ArrayBuffer(1));
      };
      return fileOf(Object.defineProperty(content, 'arrayBuffer', { value: arrayBuffer }), name);
    };
    const block = Array.from({ length: 100 }, (_, index) => watched(String(index)));
    expect(await rejection(bytesOfBlock(block, { signal: controller.signal }))).toBe('enough');
    expect(read.length).toBeLessThan(10);
  });
});
