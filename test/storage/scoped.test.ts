import { MemoryStorage, type StorageAdapter } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { ScopedStorage } from '../../src/storage/scoped.ts';
import { stagingCases } from '../contracts/staging.ts';
import { storageCases } from '../contracts/storage.ts';

async function pathsOf(storage: StorageAdapter, prefix?: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of storage.list(prefix)) paths.push(path);
  return paths.sort();
}

describe('ScopedStorage', () => {
  test.for(storageCases.filter(({ name }) => !name.includes('is refused')))('$name', ({ run }) =>
    run(new ScopedStorage(new MemoryStorage(), 'some/folder')),
  );

  test.for(stagingCases)('staging: $name', ({ run }) => run(new ScopedStorage(new MemoryStorage(), 'some/folder')));

  test('where the other storage cannot stage, it cannot either', () => {
    const storage = Object.assign(new MemoryStorage(), { stage: undefined }) as StorageAdapter;
    expect(new ScopedStorage(storage, 'folder').stage).toBeUndefined();
  });

  test.for(['', '..', '../x', 'a/../../x', '/etc/passwd', 'a\\b', 'a//b'])('the path %j is refused', async (path) => {
    const scoped = new ScopedStorage(new MemoryStorage(), 'folder');
    await expect(scoped.get(path)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    await expect(scoped.put(path, new Blob())).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    await expect(scoped.delete(path)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  test('it is a folder of the other storage, and sees nothing beside it', async () => {
    const storage = new MemoryStorage();
    await storage.put('folder/inside', new Blob(['1']));
    await storage.put('folder2/beside', new Blob(['2']));
    await storage.put('above', new Blob(['3']));
    const scoped = new ScopedStorage(storage, 'folder');
    expect(await pathsOf(scoped)).toEqual(['inside']);
    await scoped.put('a/b', new Blob(['4']));
    expect(await pathsOf(storage, 'folder/')).toEqual(['folder/a/b', 'folder/inside']);
    expect(await scoped.get('beside')).toBeUndefined();
    await scoped.delete('inside');
    expect(await pathsOf(storage)).toEqual(['above', 'folder/a/b', 'folder2/beside']);
  });

  test('two with different folders are apart, also when one name begins with the other', async () => {
    const storage = new MemoryStorage();
    const [one, two] = [new ScopedStorage(storage, 'a'), new ScopedStorage(storage, 'ab')];
    await one.put('file', new Blob(['one']));
    await two.put('file', new Blob(['two']));
    expect(await (await one.get('file'))?.text()).toBe('one');
    expect(await pathsOf(one)).toEqual(['file']);
    expect(await pathsOf(two, 'fi')).toEqual(['file']);
  });
});
