import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GatheredWrites } from '../../../src/node/files/gathered-writes.ts';

const mebibyte = 1024 * 1024;

/** A file that takes at most so many bytes with each write, and remembers how many it was given. */
class FakeFile {
  readonly given: number[] = [];
  readonly #most: number;
  #content = Buffer.alloc(0);

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  async writev(chunks: readonly Uint8Array[]): Promise<{ bytesWritten: number }> {
    const all = Buffer.concat(chunks);
    this.given.push(all.byteLength);
    const taken = all.subarray(0, this.#most);
    this.#content = Buffer.concat([this.#content, taken]);
    return { bytesWritten: taken.byteLength };
  }

  get bytes(): number[] {
    return [...this.#content];
  }

  get handle(): FileHandle {
    return this as unknown as FileHandle;
  }
}

describe('GatheredWrites', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oras-js-writes-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('a file has all chunks in their order, of whatever sizes', async () => {
    const sizes = [1, 0, 3, mebibyte - 4, 1, 2 * mebibyte + 1, ...new Array<number>(300).fill(7), 0];
    const chunks = sizes.map((size, index) => new Uint8Array(size).fill(index));
    const handle = await open(join(folder, 'file'), 'wx');
    const writes = new GatheredWrites(handle);
    for (const chunk of chunks) await writes.add(chunk);
    await writes.end();
    await handle.close();
    expect(Buffer.concat(chunks).equals(readFileSync(join(folder, 'file')))).toBe(true);
  });

  test('chunks are written together, but neither too many bytes nor too many chunks', async () => {
    const file = new FakeFile();
    const writes = new GatheredWrites(file.handle);
    for (let i = 0; i < 8; i++) await writes.add(new Uint8Array(mebibyte / 4));
    for (let i = 0; i < 65; i++) await writes.add(new Uint8Array(1));
    await writes.end();
    expect(file.given).toEqual([mebibyte, mebibyte, 64, 1]);
  });

  test('the rest is written when a write does not take all', async () => {
    const file = new FakeFile(3);
    const writes = new GatheredWrites(file.handle);
    for (const chunk of [[1, 2], [3], [4, 5, 6, 7], [8]]) await writes.add(new Uint8Array(chunk));
    await writes.end();
    expect(file.bytes).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(file.given).toEqual([8, 5, 2]);
  });

  test('nothing is written when there is nothing', async () => {
    const file = new FakeFile();
    const writes = new GatheredWrites(file.handle);
    await writes.add(new Uint8Array());
    await writes.end();
    expect(file.given).toEqual([]);
  });

  test('the end fails when a write before it did', async () => {
    const full = new Error('no space left');
    const handle = { writev: () => Promise.reject(full) } as unknown as FileHandle;
    const writes = new GatheredWrites(handle);
    await writes.add(new Uint8Array(mebibyte));
    await expect(writes.end()).rejects.toBe(full);
  });

  test('a later chunk fails when a write before it did', async () => {
    const full = new Error('no space left');
    const handle = { writev: () => Promise.reject(full) } as unknown as FileHandle;
    const writes = new GatheredWrites(handle);
    await writes.add(new Uint8Array(mebibyte));
    await expect(writes.add(new Uint8Array(mebibyte))).rejects.toBe(full);
  });

  test('no more than one write is under way', async () => {
    let running = 0;
    let most = 0;
    const file = new FakeFile();
    const writev = async (chunks: readonly Uint8Array[]): Promise<{ bytesWritten: number }> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return file.writev(chunks);
    };
    const writes = new GatheredWrites({ writev } as unknown as FileHandle);
    for (let i = 0; i < 4; i++) await writes.add(new Uint8Array(mebibyte).fill(i));
    await writes.end();
    expect(most).toBe(1);
    expect(file.given).toEqual([mebibyte, mebibyte, mebibyte, mebibyte]);
  });
});
