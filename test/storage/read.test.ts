import { MemoryStorage, type StorageReader } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { readFile } from '../../src/storage/read.ts';

/** A storage whose Blobs fail as those of a file that was replaced, so many times. */
function replaced(times: number, name = 'NotReadableError'): StorageReader & { gets: number } {
  const failing = { size: 3, arrayBuffer: () => Promise.reject(new DOMException('replaced', name)) };
  return {
    gets: 0,
    async get() {
      return this.gets++ < times ? (failing as unknown as Blob) : new Blob(['new']);
    },
    async *list() {},
  };
}

describe('readFile', () => {
  test('gives the bytes, or undefined', async () => {
    const storage = new MemoryStorage();
    await storage.put('file', new Blob(['hello']));
    expect(await readFile(storage, 'file', 5)).toEqual(new TextEncoder().encode('hello'));
    expect(await readFile(storage, 'missing', 5)).toBeUndefined();
  });

  test('refuses more than the limit', async () => {
    const storage = new MemoryStorage();
    await storage.put('file', new Blob(['hello']));
    await expect(readFile(storage, 'file', 4)).rejects.toMatchObject({ code: 'TOO_LARGE', limit: 4, actual: 5 });
  });

  test.for(['NotReadableError', 'NotFoundError', 'AbortError'])(
    'gets a file anew that was replaced meanwhile (%s)',
    async (name) => {
      const storage = replaced(3, name);
      expect(await readFile(storage, 'file', 5)).toEqual(new TextEncoder().encode('new'));
      expect(storage.gets).toBe(4);
    },
  );

  test('gives up at last, and at once on other errors', async () => {
    const always = replaced(Number.POSITIVE_INFINITY);
    await expect(readFile(always, 'file', 5)).rejects.toMatchObject({ name: 'NotReadableError' });
    expect(always.gets).toBe(20);
    const other = replaced(3, 'DataError');
    await expect(readFile(other, 'file', 5)).rejects.toMatchObject({ name: 'DataError' });
    expect(other.gets).toBe(1);
  });
});
