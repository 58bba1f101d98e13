import { describe, expect, test } from 'vitest';
import { pull } from '../../../src/actions/pull/pull.ts';
import { packManifest } from '../../../src/actions/push/pack.ts';
import { push } from '../../../src/actions/push/push.ts';
import { ExistsError, MismatchError, NotFoundError, UnsafePathError, UnsupportedError } from '../../../src/errors.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { serializeIndex } from '../../../src/oci/serialize.ts';
import type { TransferEvent } from '../../../src/options.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import type { StorageAdapter } from '../../../src/storage/storage.ts';
import { pushBlob } from '../../../src/target/content.ts';
import { blobPath } from '../../../src/target/layout/blob-path.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Annotations, Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection, textOf } from '../../support/content.ts';
import { recorder } from '../../support/upload-registry.ts';

const title = 'org.opencontainers.image.title';
const reason = new Error('enough');
const files = [
  { name: 'hello.txt', content: 'hello' },
  { name: 'folder/other.txt', content: 'other' },
  { name: 'again.txt', content: 'hello' },
];

async function source(inputs = files): Promise<{ storage: MemoryStorage; layout: OciLayout }> {
  const storage = new MemoryStorage();
  const layout = new OciLayout(storage);
  await push(layout, 'v1', inputs);
  return { storage, layout };
}

/** An artifact whose layers have these titles and are as others may have made them, unchecked. */
async function titled(titles: readonly string[], more: Annotations = {}): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  const layers: Descriptor[] = [];
  for (const [i, name] of titles.entries()) {
    layers.push({ ...(await pushBlob(layout, `content ${i}`)), annotations: { [title]: name, ...more } });
  }
  await packManifest(layout, { layers, tags: ['v1'] });
  return layout;
}

async function contents(storage: MemoryStorage): Promise<Record<string, string>> {
  const paths = (await itemsOf(storage.list())).map(({ path }) => path);
  const texts = paths.map(async (path) => [path, await (await storage.get(path))!.text()] as const);
  return Object.fromEntries(await Promise.all(texts));
}

const expected = Object.fromEntries(files.map(({ name, content }) => [name, content]));

describe('pull: without a place', () => {
  test('nothing is fetched but the manifest, until a file is asked for', async () => {
    const { layout } = await source();
    const fetched: string[] = [];
    const fetch = layout.fetch.bind(layout);
    layout.fetch = (descriptor, options) => {
      fetched.push(descriptor.mediaType);
      return fetch(descriptor, options);
    };
    const { files: pulled, descriptor, manifest, untitled } = await pull(layout, 'v1');
    expect(fetched).toEqual([mediaTypes.manifest]);
    expect(pulled.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
    expect(pulled.map((file) => file.descriptor)).toEqual(manifest.layers);
    expect([untitled, descriptor.digest]).toEqual([[], (await layout.resolve('v1')).digest]);
    expect(await (await pulled[0]!.blob()).text()).toBe('hello');
    expect(await textOf(await pulled[1]!.stream())).toBe('other');
    expect(fetched).toHaveLength(3);
  });

  test('a file with other content fails when it is read', async () => {
    const { layout, storage } = await source();
    await storage.put(blobPath(descriptorOf('hello').digest), new Blob(['hellO']));
    const { files: pulled } = await pull(layout, 'v1');
    expect(await rejection(pulled[0]!.blob())).toBeInstanceOf(MismatchError);
  });
});

describe('pull: to a place', () => {
  test('writes every file, with folders, and reads it from there', async () => {
    const { layout } = await source();
    const to = new MemoryStorage();
    const { files: pulled } = await pull(layout, 'v1', { to });
    expect(await contents(to)).toEqual(expected);
    await layout.delete(descriptorOf('hello'));
    expect(await (await pulled[0]!.blob()).text()).toBe('hello');
  });

  test('leaves alone what is there with the same content', async () => {
    const { layout } = await source();
    const to = new MemoryStorage();
    await to.put('hello.txt', new Blob(['hello']));
    const events: TransferEvent[] = [];
    await pull(layout, 'v1', { to, onProgress: (event) => events.push(event) });
    expect(await contents(to)).toEqual(expected);
    expect(events.filter(({ type }) => type === 'skip')).toMatchObject([
      { descriptor: { annotations: { [title]: 'hello.txt' } }, reason: 'exists' },
    ]);
    expect(events.filter(({ type }) => type === 'start')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(2);
  });

  test.for(['other', 'hellO', 'hello!', ''])('keeps what is there with other content: %j', async (content) => {
    const { layout } = await source();
    const to = new MemoryStorage();
    await to.put('again.txt', new Blob([content]));
    const error = await rejection(pull(layout, 'v1', { to }));
    expect(error).toBeInstanceOf(ExistsError);
    expect(error).toMatchObject({ path: 'again.txt' });
    expect(await contents(to)).toEqual({ 'again.txt': content });
    await pull(layout, 'v1', { to, overwrite: true });
    expect(await contents(to)).toEqual(expected);
  });

  test('a layer without a title is no file, and said to be left out', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const bare = await pushBlob(layout, 'bare', { mediaType: 'a/b' });
    await packManifest(layout, { layers: [bare], tags: ['v1'] });
    const to = new MemoryStorage();
    const events: TransferEvent[] = [];
    const { files: pulled, untitled } = await pull(layout, 'v1', { to, onProgress: (event) => events.push(event) });
    expect([pulled, untitled]).toEqual([[], [bare]]);
    expect(events).toEqual([{ type: 'skip', descriptor: bare, reason: 'filtered' }]);
    expect(await contents(to)).toEqual({});
  });
});

describe('pull: titles that must not be written', () => {
  const unsafe = [
    '../../../.ssh/authorized_keys',
    '/etc/x',
    'a\\..\\..\\b',
    'C:\\x',
    'CON',
    '.',
    '..',
    './',
    'a'.repeat(5000),
    'a\u0000b',
    'x/',
    'a/../b',
  ];

  test.for(unsafe)('%.30j: nothing is written, and without a place it is listed', async (name) => {
    const layout = await titled(['fine.txt', name]);
    const to = new MemoryStorage();
    expect(await rejection(pull(layout, 'v1', { to, overwrite: true }))).toBeInstanceOf(UnsafePathError);
    expect(await contents(to)).toEqual({});
    const { files: listed } = await pull(layout, 'v1');
    expect(listed.map((file) => file.name)).toEqual(['fine.txt', name]);
    expect(await (await listed[1]!.blob()).text()).toBe('content 1');
  });

  test.for([
    ['the same twice', ['a', 'a']],
    ['a file and its own folder', ['a', 'a/b']],
    ['a folder and a file of its name', ['a/b/c', 'a/b']],
    ['the same but for dots', ['a/b', './a/./b']],
  ] as const)('%s: nothing is written, and without a place both are listed', async ([, titles]) => {
    const layout = await titled(['fine.txt', ...titles]);
    const to = new MemoryStorage();
    expect(await rejection(pull(layout, 'v1', { to, overwrite: true }))).toBeInstanceOf(ExistsError);
    expect(await contents(to)).toEqual({});
    expect((await pull(layout, 'v1')).files).toHaveLength(3);
  });

  /** Where capitals and forms of accents do not count, as on the disks of some systems. */
  class Folding extends MemoryStorage {
    async pathKey(path: string): Promise<string> {
      return path.normalize('NFC').toLowerCase();
    }
  }

  test.for([
    ['only another case', ['File', 'file']],
    ['only another form of an accent', ['caf\u00e9', 'cafe\u0301']],
    ['a folder and a file of its name', ['a/b/c', 'A/B']],
  ] as const)('%s: nothing is written where that is one path, and all of it elsewhere', async ([, titles]) => {
    const layout = await titled(['fine.txt', ...titles]);
    const folding = new Folding();
    expect(await rejection(pull(layout, 'v1', { to: folding, overwrite: true }))).toBeInstanceOf(ExistsError);
    expect(await contents(folding)).toEqual({});
    const to = new MemoryStorage();
    await pull(layout, 'v1', { to });
    expect(Object.keys(await contents(to)).sort()).toEqual(['fine.txt', ...titles].sort());
  });

  test('names that only begin alike, or are those of Object.prototype, are fine', async () => {
    const titles = ['a', 'ab', 'b/a', 'b/ab', '__proto__', 'constructor'];
    const to = new MemoryStorage();
    await pull(await titled(titles), 'v1', { to });
    expect((await itemsOf(to.list())).map(({ path }) => path).sort()).toEqual([...titles].sort());
  });
});

describe('pull: failures', () => {
  test.for(['hellO', 'hello!', 'hell', ''])('content that is not it is not written: %j', async (content) => {
    const { layout, storage } = await source([{ name: 'hello.txt', content: 'hello' }]);
    await storage.put(blobPath(descriptorOf('hello').digest), new Blob([content]));
    const to = new MemoryStorage();
    expect(await rejection(pull(layout, 'v1', { to }))).toBeInstanceOf(MismatchError);
    expect(await contents(to)).toEqual({});
  });

  test('what is not there is not found', async () => {
    const { layout } = await source([{ name: 'hello.txt', content: 'hello' }]);
    await layout.delete(descriptorOf('hello'));
    expect(await rejection(pull(layout, 'v1', { to: new MemoryStorage() }))).toBeInstanceOf(NotFoundError);
    expect(await rejection(pull(layout, 'v2'))).toBeInstanceOf(NotFoundError);
  });

  test('an index needs a platform', async () => {
    const { layout } = await source();
    const entry = { ...(await layout.resolve('v1')), platform: { os: 'linux', architecture: 'arm64' } };
    const text = new TextDecoder().decode(
      serializeIndex({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] }),
    );
    const index = descriptorOf(text, mediaTypes.index);
    await layout.push(index, new Blob([text]));
    expect(await rejection(pull(layout, index.digest))).toBeInstanceOf(UnsupportedError);
    const to = new MemoryStorage();
    await pull(layout, index.digest, { to, platform: 'linux/arm64' });
    expect(await contents(to)).toEqual(expected);
  });

  test('an abort before writes nothing, and rejects with the reason', async () => {
    const { layout } = await source();
    const to = new MemoryStorage();
    expect(await rejection(pull(layout, 'v1', { to, signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await contents(to)).toEqual({});
  });

  test('an abort while a file is read leaves no half of it, and rejects with the reason', async () => {
    const { layout } = await source([{ name: 'big', content: 'x'.repeat(4_000_000) }]);
    const controller = new AbortController();
    const onProgress = ({ type }: TransferEvent): void => {
      if (type === 'transfer') controller.abort(reason);
    };
    const to = new MemoryStorage();
    expect(await rejection(pull(layout, 'v1', { to, signal: controller.signal, onProgress }))).toBe(reason);
    expect(await contents(to)).toEqual({});
  });

  test('the next file is received while one is still being stored', async () => {
    const { layout } = await source();
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const received: string[] = [];
    class Slow extends MemoryStorage {
      override async put(path: string, content: Blob | ReadableStream<Uint8Array>): Promise<void> {
        await super.put(path, content);
        received.push(path);
        if (received.length === files.length) open();
        await opened;
      }
    }
    const { events, onProgress } = recorder();
    await pull(layout, 'v1', { to: new Slow(), concurrency: 1, onProgress });
    expect(received.sort()).toEqual(files.map(({ name }) => name).sort());
    expect(events.slice(-files.length).map(({ type }) => type)).toEqual(files.map(() => 'done'));
  });

  test('the first failure ends the others', async () => {
    const { layout, storage } = await source();
    await storage.put(blobPath(descriptorOf('other').digest), new Blob(['otheR']));
    const to = new MemoryStorage();
    expect(await rejection(pull(layout, 'v1', { to, concurrency: 3 }))).toBeInstanceOf(MismatchError);
    expect(await to.get('folder/other.txt')).toBeUndefined();
  });
});

describe('pull: names', () => {
  test('a title is the same with and without dots', async () => {
    const to = new MemoryStorage();
    const { files: pulled } = await pull(await titled(['./a.txt', 'b/./c', '././d']), 'v1', { to });
    expect(pulled.map(({ name }) => name)).toEqual(['a.txt', 'b/c', 'd']);
    expect(await contents(to)).toEqual({ 'a.txt': 'content 0', 'b/c': 'content 1', d: 'content 2' });
    expect(await (await pulled[1]!.blob()).text()).toBe('content 1');
  });

  test('an empty title is no title', async () => {
    const to = new MemoryStorage();
    const { files: pulled, untitled } = await pull(await titled(['', 'a']), 'v1', { to });
    expect([pulled.length, untitled.length]).toEqual([1, 1]);
    expect(await contents(to)).toEqual({ a: 'content 1' });
  });

  test('the same layer twice is written once, and is there twice in what was pulled', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const layer = { ...(await pushBlob(layout, 'hello')), annotations: { [title]: 'a' } };
    await packManifest(layout, { layers: [layer, layer], tags: ['v1'] });
    const { events, onProgress } = recorder();
    const puts: string[] = [];
    class Counting extends MemoryStorage {
      override async put(path: string, content: Blob | ReadableStream<Uint8Array>): Promise<void> {
        puts.push(path);
        await super.put(path, content);
      }
    }
    const { files: pulled } = await pull(layout, 'v1', { to: new Counting(), onProgress });
    expect(puts).toEqual(['a']);
    expect(pulled.map(({ name }) => name)).toEqual(['a', 'a']);
    expect(events.map(({ type }) => type)).toEqual(['start', 'transfer', 'done', 'skip']);
  });
});

describe('pull: checked before anything is written', () => {
  test('a file where a directory must be, at any depth, also with overwrite', async () => {
    const layout = await titled(['fine.txt', 'a/b/c']);
    for (const path of ['a', 'a/b']) {
      const to = new MemoryStorage();
      await to.put(path, new Blob(['mine']));
      const error = await rejection(pull(layout, 'v1', { to, overwrite: true }));
      expect(error).toMatchObject({ code: 'EXISTS', path });
      expect(await contents(to)).toEqual({ [path]: 'mine' });
    }
  });

  test('the same where the storage only lists', async () => {
    const storage = new MemoryStorage();
    await storage.put('a', new Blob(['mine']));
    const { get, list, put } = storage;
    const to = { get: get.bind(storage), list: list.bind(storage), put: put.bind(storage), delete: async () => {} };
    expect(await rejection(pull(await titled(['fine.txt', 'a/b']), 'v1', { to }))).toBeInstanceOf(ExistsError);
    expect(await contents(storage)).toEqual({ a: 'mine' });
  });

  test('what is neither file nor directory is kept, unless it may be overwritten', async () => {
    const to: MemoryStorage & StorageAdapter = new MemoryStorage();
    Object.assign(to, { typeOf: async (path: string) => (path === 'pipe' ? 'other' : (await to.get(path)) && 'file') });
    const layout = await titled(['fine.txt', 'pipe']);
    const error = await rejection(pull(layout, 'v1', { to }));
    expect(error).toMatchObject({ code: 'EXISTS', path: 'pipe', message: expect.stringContaining('a pipe') });
    expect(await contents(to)).toEqual({});
    await pull(layout, 'v1', { to, overwrite: true });
    expect(Object.keys(await contents(to)).sort()).toEqual(['fine.txt', 'pipe']);
    expect(await rejection(pull(await titled(['pipe/x']), 'v1', { to, overwrite: true }))).toBeInstanceOf(ExistsError);
  });
});

describe('pull: an error has the name of its file', () => {
  test('whether it is written or read', async () => {
    const { layout } = await source();
    await layout.delete(descriptorOf('other'));
    const { files: pulled } = await pull(layout, 'v1');
    const to = new MemoryStorage();
    const works = [() => pull(layout, 'v1', { to }), () => pulled[1]!.blob(), () => pulled[1]!.stream()];
    for (const work of works) {
      expect(await rejection(work())).toMatchObject({ code: 'NOT_FOUND', file: 'folder/other.txt' });
    }
  });
});
