import { MemoryStorage, packFiles } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { DroppedFolder } from '../../../src/browser/files/dropped-folder.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { type FakeCalls, type FakeFolder, fakeFolder } from './entries.ts';

const refused = new DOMException('refused', 'NotReadableError');
const gone = new DOMException('gone', 'NotFoundError');
const numbers = Array.from({ length: 7 }, (_, i) => `${i}.txt`);
const photos: FakeFolder = {
  'b.txt': 'b',
  deep: { deeper: { 'c.txt': 'c' }, empty: {} },
  '.hidden': 'h',
  many: Object.fromEntries(numbers.map((name) => [name, name])),
};

function dropped(content: FakeFolder, happenings?: FakeCalls): DroppedFolder {
  return new DroppedFolder(fakeFolder('photos', content, happenings));
}

async function pathsOf(folder: DroppedFolder, prefix?: string): Promise<string[]> {
  return (await itemsOf(folder.list(prefix))).map(({ path, type }) => (type === 'file' ? path : `${path}/`)).sort();
}

describe('DroppedFolder: list', () => {
  test('shows all at any depth, empty folders and hidden files too, however few a reader gives at once', async () => {
    const many = numbers.map((name) => `many/${name}`);
    expect(await pathsOf(dropped(photos))).toEqual(
      ['b.txt', 'deep/', 'deep/deeper/', 'deep/deeper/c.txt', 'deep/empty/', '.hidden', 'many/', ...many].sort(),
    );
  });

  test('shows what begins with a prefix, and reads no folder where that cannot be', async () => {
    const calls: string[] = [];
    const folder = dropped(photos, { calls });
    expect(await pathsOf(folder, 'deep/')).toEqual(['deep/deeper/', 'deep/deeper/c.txt', 'deep/empty/']);
    expect(await pathsOf(folder, 'de')).toEqual(['deep/', 'deep/deeper/', 'deep/deeper/c.txt', 'deep/empty/']);
    expect(await pathsOf(folder, 'none')).toEqual([]);
    expect(calls).not.toContain('readEntries photos/many');
  });

  test('shows nothing when the folder is empty', async () => {
    expect(await pathsOf(dropped({}))).toEqual([]);
  });

  test('reads no more once its signal is aborted', async () => {
    const calls: string[] = [];
    const abort = new AbortController();
    const list = dropped(photos, { calls }).list('', { signal: abort.signal });
    await list.next();
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await rejection(itemsOf(list))).toBe(reason);
    expect(new Set(calls)).toEqual(new Set(['readEntries photos']));
  });

  test.for([
    ['photos', 'photos'],
    ['photos/deep/deeper', 'deep/deeper'],
  ] as const)('fails with the path when %s cannot be read', async ([entry, path]) => {
    const failures = { [`readEntries ${entry}`]: refused };
    const error = await rejection(itemsOf(dropped(photos, { failures }).list()));
    expect(error).toMatchObject({ code: 'FILE', path, errno: 'NotReadableError', cause: refused });
    expect(String(error)).toContain(path);
  });
});

describe('DroppedFolder: get', () => {
  test('gives a file by its path, and looks for none that a list has shown', async () => {
    const calls: string[] = [];
    const folder = dropped(photos, { calls });
    expect(await (await folder.get('deep/deeper/c.txt'))?.text()).toBe('c');
    expect(calls).toEqual(['getFile photos/deep/deeper/c.txt', 'file photos/deep/deeper/c.txt']);
    await itemsOf(folder.list());
    calls.length = 0;
    expect(await (await folder.get('deep/deeper/c.txt'))?.text()).toBe('c');
    expect(calls).toEqual(['file photos/deep/deeper/c.txt']);
  });

  test.for(['none.txt', 'none/none.txt', 'deep', 'b.txt/c'])('gives nothing for %s, where no file is', async (path) => {
    expect(await dropped(photos).get(path)).toBeUndefined();
  });

  test('gives nothing for a file that was removed after a list has shown it', async () => {
    const folder = dropped(photos, { failures: { 'file photos/b.txt': gone } });
    expect(await pathsOf(folder)).toContain('b.txt');
    expect(await folder.get('b.txt')).toBeUndefined();
  });

  test.for(['file', 'getFile'])('fails with the path of a file that cannot be opened, in %s', async (call) => {
    const path = 'deep/deeper/c.txt';
    const error = await rejection(dropped(photos, { failures: { [`${call} photos/${path}`]: refused } }).get(path));
    expect(error).toMatchObject({ code: 'FILE', path, errno: 'NotReadableError', cause: refused });
    expect(String(error)).toContain(path);
  });

  test('refuses a path that leads outside, and stops at an aborted signal', async () => {
    expect(await rejection(dropped(photos).get('../x'))).toMatchObject({ code: 'UNSAFE_PATH' });
    const reason = new Error('enough');
    expect(await rejection(dropped(photos).get('b.txt', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe('push: a dropped folder', () => {
  test('is the layer that the same files and folders are in memory', async () => {
    const memory = new MemoryStorage();
    await memory.makeDirectory('deep/empty');
    for (const name of numbers) await memory.put(`many/${name}`, new Blob([name]));
    await memory.put('deep/deeper/c.txt', new Blob(['c']));
    await memory.put('.hidden', new Blob(['h']));
    await memory.put('b.txt', new Blob(['b']));
    const { manifest } = await packFiles({ name: 'photos', directory: dropped(photos) });
    expect(manifest).toEqual((await packFiles({ name: 'photos', directory: memory })).manifest);
  });

  test.for([
    [refused, { code: 'FILE', path: 'deep/deeper/c.txt', errno: 'NotReadableError', file: 'photos' }],
    [gone, { code: 'NOT_FOUND', reference: 'photos/deep/deeper/c.txt', file: 'photos' }],
  ] as const)('fails with the path of a file that cannot be opened: %s', async ([reason, expected]) => {
    const directory = dropped(photos, { failures: { 'file photos/deep/deeper/c.txt': reason } });
    const error = await rejection(packFiles({ name: 'photos', directory }));
    expect(error).toMatchObject(expected);
    expect(String(error)).toContain('deep/deeper/c.txt');
  });

  test('fails when the name of a file in it could not be pulled', async () => {
    const directory = dropped({ 'a\\b': 'a' });
    expect(await rejection(packFiles({ name: 'photos', directory }))).toMatchObject({ code: 'UNSAFE_PATH' });
  });
});
