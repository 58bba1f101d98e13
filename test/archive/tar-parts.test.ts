import { expect, test } from 'vitest';
import { type TarPart, type TarSource, tarParts } from '../../src/archive/writing/tar-parts.ts';
import { UnsafePathError } from '../../src/errors.ts';
import { directoryOf, fileOf, linkOf } from '../support/archive-tree.ts';
import { itemsOf, rejection } from '../support/content.ts';
import { tarFields } from '../support/tar-fields.ts';

function partsOf(...sources: TarSource[]): Promise<TarPart[]> {
  return itemsOf(tarParts(sources));
}

function sizeOf(part: TarPart): number {
  return part instanceof Uint8Array ? part.length : part.content.size;
}

test('tar: entries are in the order they are given, each filled up to 512 bytes, and two empty units end it', async () => {
  const parts = await partsOf(directoryOf('d'), fileOf('d/a', 'hello'), fileOf('d/empty', ''), linkOf('d/l', 'a'));
  expect(parts.map(sizeOf)).toEqual([512, 512, 5, 507, 512, 512, 1024]);
  const headers = [0, 1, 4, 5].map((index) => tarFields(parts[index] as Uint8Array).name);
  expect(headers).toEqual(['d/', 'd/a', 'd/empty', 'd/l']);
  expect((parts[6] as Uint8Array).every((byte) => byte === 0)).toBe(true);
});

test('tar: of no entries it is the end alone', async () => {
  expect((await partsOf()).map(sizeOf)).toEqual([1024]);
});

test('tar: nothing of a file is read, and one that fills its last unit is followed by none', async () => {
  const file = fileOf('a', 'x'.repeat(512));
  const [header, content, ...rest] = await partsOf(file);
  expect(tarFields(header as Uint8Array).size).toBe('00000001000');
  expect(content).toEqual({ path: 'a', content: file.content });
  expect((content as { content: Blob }).content).toBe(file.content);
  expect(rest.map(sizeOf)).toEqual([1024]);
});

test('tar: entries may still be on their way', async () => {
  async function* sources(): AsyncGenerator<TarSource> {
    yield directoryOf('d');
    await Promise.resolve();
    yield fileOf('d/a', 'x');
  }
  expect((await itemsOf(tarParts(sources()))).map(sizeOf)).toEqual([512, 512, 1, 511, 1024]);
});

test.for(['../a', '/a', 'a//b', 'a/', 'a\\b', 'a\0b', 'a\nb', '\ud800', ''])(
  'tar: the path %j is refused, as nobody could unpack it',
  async (path) => {
    const error = await rejection(partsOf(fileOf(path, '')));
    expect(error).toBeInstanceOf(UnsafePathError);
    expect(error).toMatchObject({ path });
  },
);

test.for(['', 'a\0b', '\udc00'])('tar: a symlink to %j is refused, as it cannot be written', async (target) => {
  expect(await rejection(partsOf(linkOf('l', target)))).toMatchObject({ code: 'UNSAFE_PATH', path: 'l' });
});

test('tar: content of another size than its file is a TypeError', async () => {
  const error = await rejection(partsOf({ ...fileOf('a', 'four'), size: 5 }));
  expect(error).toBeInstanceOf(TypeError);
  expect((error as Error).message).toBe('The content of a must have 5 bytes, not 4');
  expect(await rejection(partsOf({ path: 'a', type: 'file', mode: 0o644, size: 1 }))).toBeInstanceOf(TypeError);
});
