import { pull } from 'oras-js';
import { HandleStorage } from 'oras-js/browser';
import { describe, expect, test } from 'vitest';
import { unpackingCases } from '../../contracts/unpacking.ts';
import { artifactOf, entry } from '../../support/directory-artifact.ts';
import { emptyDirectory, emptyStorage, namesBelow, resetMove, setMove } from './opfs.ts';

const { file } = entry;
const { move } = FileSystemFileHandle.prototype as unknown as { move(...to: unknown[]): Promise<void> };

describe('unpack to HandleStorage', () => {
  test.for(unpackingCases)('$name', async ({ run }) => run(await emptyStorage()));

  test('nothing else is left, also where files cannot be moved', async () => {
    const layout = await artifactOf({ tar: [file('dir/a'), file('dir/sub/b')] });
    for (const change of [resetMove, () => setMove(undefined)]) {
      change();
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
    setMove(function (this: FileSystemHandle, ...to: unknown[]) {
      // Otherwise there is one move in Firefox.
      if (this.kind === 'directory') return Promise.reject(new DOMException('not here', 'NotAllowedError'));
      controller.abort(reason);
      return move.apply(this, to);
    });
    const options = { to: new HandleStorage(directory), signal: controller.signal };
    await expect(pull(layout, 'v1', options)).rejects.toBe(reason);
    resetMove();
    await pull(layout, 'v1', { to: new HandleStorage(directory) });
    expect(await namesBelow(directory)).toEqual(['dir', 'dir/a', 'dir/b', 'dir/c']);
  });
});
