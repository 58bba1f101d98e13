import { pull } from 'oras-js';
import { HandleStorage } from 'oras-js/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { unpackingCases } from '../../contracts/unpacking.ts';
import { artifactOf, entry } from '../../support/directory-artifact.ts';
import { emptyDirectory, emptyStorage, namesBelow } from './opfs.ts';

const { file } = entry;
const files = FileSystemFileHandle.prototype as unknown as Record<string, unknown>;
const { move } = files;

afterEach(() => {
  Object.assign(files, { move });
});

describe('unpack to HandleStorage', () => {
  test.for(unpackingCases)('$name', async ({ run }) => run(await emptyStorage()));

  test('nothing else is left, also where files cannot be moved', async () => {
    const layout = await artifactOf({ tar: [file('dir/a'), file('dir/sub/b')] });
    for (const without of [move, undefined]) {
      files.move = without;
      const directory = await emptyDirectory();
      await pull(layout, 'v1', { to: new HandleStorage(directory) });
      expect(await namesBelow(directory)).toEqual(['dir', 'dir/a', 'dir/sub', 'dir/sub/b']);
    }
  });

  test('a pull that is repeated after one was stopped between its moves completes it', async () => {
    const layout = await artifactOf({ tar: ['a', 'b', 'c'].map((name) => file(`dir/${name}`)) });
    const directory = await emptyDirectory();
    const controller = new AbortController();
    const reason = new Error('enough');
    files.move = function (this: FileSystemFileHandle, ...to: unknown[]) {
      controller.abort(reason);
      return (move as (...to: unknown[]) => Promise<void>).apply(this, to);
    };
    const options = { to: new HandleStorage(directory), signal: controller.signal };
    await expect(pull(layout, 'v1', options)).rejects.toBe(reason);
    files.move = move;
    await pull(layout, 'v1', { to: new HandleStorage(directory) });
    expect(await namesBelow(directory)).toEqual(['dir', 'dir/a', 'dir/b', 'dir/c']);
  });
});
