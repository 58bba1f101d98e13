import type { RemoteBlob } from 'oras-js';
import { expect, expectTypeOf, test } from 'vitest';
import type { RandomAccess } from '../../src/bytes/random-access.ts';
import { blobOf, readAll } from '../../src/bytes/streams.ts';
import { bytesOf } from '../support/content.ts';

/** What an archive's reader will do: it reads a part from the end. */
function lastBytes(content: RandomAccess, count: number): Promise<Uint8Array> {
  return readAll(content.slice(content.size - count, content.size).stream(), count);
}

test('RandomAccess: a Blob, a File and a blob of a registry are some', async () => {
  expectTypeOf<Blob>().toExtend<RandomAccess>();
  expectTypeOf<File>().toExtend<RandomAccess>();
  expectTypeOf<RemoteBlob>().toExtend<RandomAccess>();
  expectTypeOf<Uint8Array>().not.toExtend<RandomAccess>();
  expectTypeOf<ReadableStream>().not.toExtend<RandomAccess>();
  expect(await lastBytes(blobOf(bytesOf('hello')), 2)).toEqual(bytesOf('lo'));
  expect(await lastBytes(new File(['hello'], 'name'), 0)).toEqual(new Uint8Array());
});
