import { digestOf, OciLayout, pull, push, Registry } from 'oras-js';
import { HandleStorage } from 'oras-js/browser';
import { createRegistryServer } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { ScopedStorage } from '../../../src/storage/scoped.ts';
import { testTarget } from '../../contracts/target.ts';
import { descriptorOf, itemsOf } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';
import { emptyDirectory, emptyStorage, namesBelow } from './opfs.ts';

describe('OciLayout: a target, in the origin private file system', () => {
  testTarget({ sortedTags: true }, async () => new OciLayout(await emptyStorage()));

  test('what was pushed is there for another layout in the same directory', async () => {
    const directory = await emptyDirectory();
    const { descriptor } = await push(new OciLayout(new HandleStorage(directory)), 'v1', [
      { name: 'hello.txt', content: 'hi\n' },
    ]);
    const layout = new OciLayout(new HandleStorage(directory));
    expect((await layout.resolve('v1')).digest).toBe(descriptor.digest);
    const { files } = await pull(layout, 'v1');
    expect(await (await files[0]?.blob())?.text()).toBe('hi\n');
  });
});

describe('OciLayout: several writers of one directory', () => {
  test('tags of several storages, also of one above, are all kept, and so are their blobs', async () => {
    const root = await emptyDirectory();
    const directory = await root.getDirectoryHandle('layout', { create: true });
    const storages = [
      new HandleStorage(directory),
      new HandleStorage(directory),
      new ScopedStorage(new HandleStorage(root), 'layout'),
    ];
    const tags = Array.from({ length: 12 }, (_, i) => `v${i + 10}`);
    await Promise.all(
      tags.map((tag, i) => push(new OciLayout(storages[i % 3]!), tag, [{ name: 'tag', content: tag }])),
    );
    const layout = new OciLayout(new HandleStorage(directory));
    expect(await itemsOf(layout.tags())).toEqual(tags);
    expect((await layout.collectGarbage()).removed).toEqual([]);
  });

  test('collectGarbage: what was stored in the last hour stays, by the time of its file', async () => {
    const directory = await emptyDirectory();
    const layout = new OciLayout(new HandleStorage(directory));
    await push(layout, 'v1', [{ name: 'a', content: 'a' }]);
    const { digest, size } = descriptorOf('stored by another page');
    await new HandleStorage(directory).put(
      digest.replace('sha256:', 'blobs/sha256/'),
      new Blob(['stored by another page']),
    );
    expect(await layout.collectGarbage()).toEqual({ removed: [], size: 0, recent: [{ digest, size }] });
    expect(await layout.collectGarbage({ grace: 0 })).toEqual({ removed: [{ digest, size }], size, recent: [] });
  });
});

/** A client of a registry that is in this page, in a directory; errors that the registry only answers with 500 fail. */
function registryIn(directory: FileSystemDirectoryHandle): Registry {
  const onError = (error: unknown): never => {
    throw error;
  };
  const server = createRegistryServer({ storage: new HandleStorage(directory), onError });
  return new Registry({ host: 'registry.test', fetch: (url, init) => server(new Request(url, init)) });
}

async function tagsOf(registry: Registry, repository: string): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of registry.tags(repository)) tags.push(tag);
  return tags;
}

describe('a registry in the page, in the origin private file system', () => {
  const big = noise(20_000_000, 3);
  const files = [
    { name: 'hello.txt', content: 'hi\n', mediaType: 'text/plain' },
    { name: 'data/big.bin', content: new Blob([big]) },
  ];
  const artifactType = 'application/vnd.example.offline';

  test('what was pushed is inspected, listed and pulled, by a new registry too', async () => {
    const directory = await emptyDirectory();
    const before = registryIn(directory);
    const { descriptor } = await before.push('org/offline:v1', files, { artifactType });
    await before.push('org/offline:v2', files.slice(0, 1), { artifactType });
    // As after a reload: nothing is left but the directory.
    for (const registry of [before, registryIn(directory)]) {
      const found = await registry.inspect('org/offline:v1');
      expect(found).toMatchObject({ descriptor: { digest: descriptor.digest }, manifest: { artifactType } });
      expect(await tagsOf(registry, 'org/offline')).toEqual(['v1', 'v2']);
      const [hello, data] = (await registry.pull('org/offline:v1')).files;
      expect(await (await hello?.blob())?.text()).toBe('hi\n');
      expect(digestOf(new Uint8Array(await (await data!.blob()).arrayBuffer()))).toBe(digestOf(big));
    }
  });

  test('a pull into a directory writes the files, and nothing else', async () => {
    const registry = registryIn(await emptyDirectory());
    await registry.push('org/offline:v1', files);
    const out = await emptyDirectory();
    const to = new HandleStorage(out);
    await registry.pull('org/offline:v1', { to });
    expect(await namesBelow(out)).toEqual(['data', 'data/big.bin', 'hello.txt']);
    expect((await to.get('data/big.bin'))?.size).toBe(big.byteLength);
    // Once more: what is there already is right, and stays.
    await registry.pull('org/offline:v1', { to });
  });

  test('many pushes at a time lose nothing, and reading goes on', async () => {
    const directory = await emptyDirectory();
    const registry = registryIn(directory);
    await registry.push('org/many:first', files.slice(0, 1));
    const tags = Array.from({ length: 12 }, (_, index) => `t${index + 10}`);
    let isDone = false;
    const read = async (): Promise<void> => {
      while (!isDone) await registry.inspect('org/many:first');
    };
    const reader = read();
    await Promise.all(tags.map((tag) => registry.push(`org/many:${tag}`, [{ name: 'tag', content: tag }])));
    isDone = true;
    await reader;
    expect(await tagsOf(registryIn(directory), 'org/many')).toEqual(['first', ...tags]);
    for (const tag of tags) {
      const [file] = (await registry.pull(`org/many:${tag}`)).files;
      expect(await (await file?.blob())?.text()).toBe(tag);
    }
  });

  test('a push that is aborted leaves what can be pushed again', async () => {
    const registry = registryIn(await emptyDirectory());
    const abort = new AbortController();
    const reason = new Error('enough');
    const pushed = registry.push('org/offline:v1', files, {
      signal: abort.signal,
      onProgress: ({ type }) => type === 'transfer' && abort.abort(reason),
    });
    await expect(pushed).rejects.toBe(reason);
    await expect(registry.inspect('org/offline:v1')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await registry.push('org/offline:v1', files);
    const [, data] = (await registry.pull('org/offline:v1')).files;
    expect((await data?.blob())?.size).toBe(big.byteLength);
  });
});
