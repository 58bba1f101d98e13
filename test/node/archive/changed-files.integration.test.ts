import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tarBlocks } from '../../../src/archive/writing/blocks.ts';
import { gzipOf } from '../../../src/archive/writing/gzip.ts';
import { tarParts } from '../../../src/archive/writing/tar-parts.ts';
import { openFile } from '../../../src/node/files/open-file.ts';
import { rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-changed-'));
  path = join(folder, 'file');
  writeFileSync(path, noise(8_000_000, 1));
});
afterEach(() => rmSync(folder, { recursive: true }));

const changes: Readonly<Record<string, () => void>> = {
  shorter: () => truncateSync(path, 5_000_000),
  longer: () => appendFileSync(path, 'more'),
  'rewritten in place': () => writeFileSync(path, noise(8_000_000, 2)),
  empty: () => truncateSync(path, 0),
};

async function packedWhile(change: () => void, blocksBefore: number): Promise<unknown> {
  const content = await openFile(path);
  const source = { path: 'dir/file', type: 'file', mode: 0o644, size: content.size, content } as const;
  const { stream, described } = gzipOf(tarBlocks(tarParts([source])), { concurrency: 1 });
  const reader = stream.getReader();
  for (let i = 0; i < blocksBefore; i++) await reader.read();
  change();
  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  const error = await rejection(rest);
  expect(await rejection(described)).toBe(error);
  return error;
}

test.for(Object.keys(changes))('packing: a file that becomes %s meanwhile is an error that names it', async (how) => {
  for (const blocksBefore of [0, 3]) {
    const error = await packedWhile(changes[how]!, blocksBefore);
    expect(error).toMatchObject({ code: 'FILE', errno: 'NotReadableError', path: 'dir/file' });
    writeFileSync(path, noise(8_000_000, 1));
  }
});

test('packing: a file that is removed meanwhile is an error that names it', async () => {
  const error = await packedWhile(() => rmSync(path), 3);
  expect(error).toMatchObject({ code: 'NOT_FOUND', reference: 'dir/file' });
});
