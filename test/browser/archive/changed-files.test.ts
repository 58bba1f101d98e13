import { afterEach, expect, test } from 'vitest';
import { tarBlocks } from '../../../src/archive/writing/blocks.ts';
import { gzipOf } from '../../../src/archive/writing/gzip.ts';
import { tarParts } from '../../../src/archive/writing/tar-parts.ts';
import { rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';

const name = 'oras-js-packed';

async function write(content: Uint8Array<ArrayBuffer>): Promise<File> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  await writable.write(content);
  await writable.close();
  return handle.getFile();
}

async function remove(): Promise<void> {
  await (await navigator.storage.getDirectory()).removeEntry(name);
}

afterEach(() => remove().catch(() => {}));

async function packedWhile(change: () => Promise<unknown>): Promise<unknown> {
  const content = await write(noise(5_000_000, 1));
  const source = { path: 'dir/file', type: 'file', mode: 0o644, size: content.size, content } as const;
  const reader = gzipOf(tarBlocks(tarParts([source])), { concurrency: 1 }).stream.getReader();
  await reader.read();
  await reader.read();
  await change();
  const rest = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  return rejection(rest());
}

test.for([
  ['shorter', 4_000_000],
  ['longer', 6_000_000],
  ['another', 5_000_000],
] as const)('packing: a file that becomes %s meanwhile is an error that names it', async ([, size]) => {
  const error = await packedWhile(() => write(noise(size, 2)));
  expect(error).toMatchObject({ code: 'FILE', errno: 'NotReadableError', path: 'dir/file' });
});

test('packing: a file that is removed meanwhile is an error that names it', async () => {
  expect(await packedWhile(remove)).toMatchObject({ code: 'NOT_FOUND', reference: 'dir/file' });
});
