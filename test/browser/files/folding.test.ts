import { HandleStorage } from 'oras-js/browser';
import { afterEach, expect, test } from 'vitest';
import { emptyDirectory, namesBelow } from './opfs.ts';

const directories = FileSystemDirectoryHandle.prototype;
const { getFileHandle } = directories;

afterEach(() => {
  directories.getFileHandle = getFileHandle;
});

/** Has directories take names for the same file that `same` makes the same of. */
function comparing(same: (name: string) => string): void {
  directories.getFileHandle = async function (name, options) {
    const found = (await namesBelow(this)).find((there) => same(there) === same(name));
    return getFileHandle.call(this, found ?? name, options);
  };
}

const names = ['A\u00e9', 'a\u00e9', 'Ae\u0301', 'ae\u0301'];

async function keysIn(storage: HandleStorage): Promise<number[]> {
  const keys: string[] = [];
  for (const name of names) keys.push(await storage.pathKey(name));
  return keys.map((key) => keys.indexOf(key));
}

test.for([
  ['tells all names apart', (name: string) => name, [0, 1, 2, 3]],
  ['folds capitals', (name: string) => name.toLowerCase(), [0, 0, 2, 2]],
  ['normalises', (name: string) => name.normalize('NFD'), [0, 1, 0, 1]],
  ['does both', (name: string) => name.normalize('NFC').toLowerCase(), [0, 0, 0, 0]],
] as const)('pathKey: in a folder that %s', async ([, same, keys]) => {
  comparing(same);
  const directory = await emptyDirectory();
  expect(await keysIn(new HandleStorage(directory))).toEqual(keys);
  expect(await namesBelow(directory)).toEqual([]);
});

test('pathKey: in a folder that may not be written to, everything is taken to be folded; it is tried once', async () => {
  let tries = 0;
  directories.getFileHandle = () => {
    tries++;
    return Promise.reject(new DOMException('read only', 'NotAllowedError'));
  };
  expect(await keysIn(new HandleStorage(await emptyDirectory()))).toEqual([0, 0, 0, 0]);
  expect(tries).toBe(1);
});
