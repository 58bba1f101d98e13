import { HandleStorage } from 'oras-js/browser';
import { afterEach, expect, test } from 'vitest';
import { foldings, keysIn } from '../../support/folding.ts';
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

test.for(foldings)('pathKey: in a folder that %s', async ([, same, keys]) => {
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
