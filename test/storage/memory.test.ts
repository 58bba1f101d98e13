import { MemoryStorage } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { stagingCases } from '../contracts/staging.ts';
import { storageCases } from '../contracts/storage.ts';

describe('MemoryStorage', () => {
  test.for(storageCases)('$name', ({ run }) => run(new MemoryStorage()));

  test.for(stagingCases)('staging: $name', ({ run }) => run(new MemoryStorage()));

  test('a folder is one as long as something is in it, at any depth', async () => {
    const storage = new MemoryStorage();
    const isFolder = async (): Promise<boolean> => {
      const link = storage.makeLink('a', 'x').then(() => storage.delete('a'));
      return link.then(
        () => false,
        () => true,
      );
    };
    const seen: boolean[] = [];
    const see = async (change: Promise<void>): Promise<void> => {
      await change;
      seen.push(await isFolder());
    };
    await see(storage.put('a/b/c/d', new Blob(['x'])));
    await see(storage.put('a/b', new Blob(['a file in place of a folder'])));
    await see(storage.delete('a/b'));
    await see(storage.makeDirectory('a/e'));
    await see(storage.delete('a/b/c/d'));
    expect(seen).toEqual([true, true, true, true, true]);
    const other = new MemoryStorage();
    await other.put('a/b/c/d', new Blob(['x']));
    await other.delete('a/b/c/d');
    await other.makeLink('a', 'x');
  });

  test('only what is below a directory is moved with it', async () => {
    const storage = new MemoryStorage();
    const staged = await storage.stage('dir');
    for (const path of ['dir/a/b/c', 'dir/ab', 'dir/a.txt', 'dir/a/d'])
      await staged.storage.put(path, new Blob([path]));
    await staged.storage.delete('dir/a/d');
    await staged.storage.makeDirectory?.('dir/a/b/empty');
    await staged.move('dir/a');
    const paths: string[] = [];
    for await (const { path } of storage.list()) paths.push(path);
    expect(paths.sort()).toEqual(['dir/a/b/c', 'dir/a/b/empty']);
  });
});
