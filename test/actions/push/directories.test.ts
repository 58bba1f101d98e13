import { afterEach, describe, expect, test, vi } from 'vitest';
import { packDirectory } from '../../../src/actions/push/pack-directory.ts';
import {
  type FileInput,
  MemoryStorage,
  OciLayout,
  type PushOptions,
  packFiles,
  pull,
  push,
  type TransferEvent,
} from '../../../src/index.ts';
import { archiveTree } from '../../support/archive-tree.ts';
import { rejection } from '../../support/content.ts';

const tarDigest = 'sha256:c1ee592fcef5ad360c56fa35c6123ceb0d67e4adaf13be75d8bac9d437a3d2bd';
const gzipDigest = 'sha256:95d1cd5a873b2a5a72adf9a576cd86d7cde5025c2961e6972e663d830b25a9dd';
const gzipType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const title = 'org.opencontainers.image.title';
const contentDigest = 'io.deis.oras.content.digest';
const unpack = 'io.deis.oras.content.unpack';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** The tree of the pinned archives in a storage, in an order of its own. */
async function treeIn(storage: MemoryStorage, root = ''): Promise<MemoryStorage> {
  for (const { path, type, content, mode, linkTarget } of [...archiveTree()].reverse()) {
    const below = root + path.slice('v/'.length);
    if (type === 'file') await storage.put(below, content ?? new Blob(), { mode });
    if (type === 'symlink') await storage.makeLink(below, linkTarget as string);
    if (type === 'directory' && path !== 'v') await storage.makeDirectory(below);
  }
  return storage;
}

async function storageOf(files: Readonly<Record<string, string>>): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  for (const [path, text] of Object.entries(files)) await storage.put(path, new Blob([text]));
  return storage;
}

/** The layers of what is pushed. */
async function layersOf(files: FileInput | FileInput[], options?: PushOptions) {
  const { manifest } = await packFiles(files, options);
  return manifest.layers;
}

describe('push: a directory', () => {
  test('with symlinks in circles, in long chains and to nothing is packed, and pulled again', async () => {
    const directory = new MemoryStorage();
    const chain = Array.from({ length: 50 }, (_, index) => [`chain/${index}`, `${index + 1}`] as const);
    const links = Object.fromEntries([['a', 'sub/b'], ['itself', 'itself'], ['sub/b', '../a/x'], ...chain]);
    for (const [path, target] of Object.entries(links)) await directory.makeLink(path, target);
    const layout = new OciLayout(new MemoryStorage());
    await push(layout, 'v1', { name: 'd', directory });
    const to = new MemoryStorage();
    await pull(layout, 'v1', { to });
    const pulled: Record<string, string | undefined> = {};
    for await (const { path, type, linkTarget } of to.list('d/')) {
      if (type === 'symlink') pulled[path.slice(2)] = linkTarget;
    }
    expect(pulled).toEqual(links);
  });

  test('is one layer with the annotations oras unpacks by, and the pinned digest', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const directory = await treeIn(new MemoryStorage());
    const { manifest } = await push(layout, 'v1', { name: 'v', directory });
    const annotations = { [title]: 'v', [contentDigest]: tarDigest, [unpack]: 'true' };
    const [layer] = manifest.layers;
    expect(manifest.layers).toEqual([{ mediaType: gzipType, digest: gzipDigest, size: 1_151_030, annotations }]);
    expect(await layout.exists(layer!)).toBe(true);
  });

  test('has the same digest in another place, packed by itself and with packFiles', async () => {
    const directory = await treeIn(new MemoryStorage(), 'deep/er/');
    const { stream, described } = packDirectory(directory, 'deep/er', { name: 'v' });
    expect(await new Response(stream).arrayBuffer()).toHaveProperty('byteLength', 1_151_030);
    const { descriptor, tarDigest: found } = await described;
    expect([descriptor.digest, found]).toEqual([gzipDigest, tarDigest]);
    expect(await layersOf({ name: 'v', directory, path: 'deep/er' })).toEqual([descriptor]);
  });

  test('is a tar when nothing compresses it', async () => {
    const directory = await treeIn(new MemoryStorage());
    const [layer] = await layersOf({ name: 'v', directory }, { compression: 'none' });
    expect(layer).toMatchObject({ digest: tarDigest, mediaType: 'application/vnd.oci.image.layer.v1.tar' });
  });

  test('becomes a layer for each of its files', async () => {
    const directory = await storageOf({ 'b.txt': 'b', 'a/c.txt': 'c' });
    const layers = await layersOf({ name: 'd', directory }, { directories: 'files' });
    expect(layers.map(({ annotations }) => annotations?.[title])).toEqual(['d/a/c.txt', 'd/b.txt']);
    expect(layers.some(({ annotations }) => annotations?.[unpack])).toBe(false);
  });

  test('keeps what a filter leaves, and nothing below a directory it leaves out', async () => {
    const all = await storageOf({ 'a.txt': 'a', 'b/c.txt': 'c', 'b/d/e.txt': 'e', 'b.txt': 'b' });
    const some = await storageOf({ 'a.txt': 'a', 'b.txt': 'b' });
    const seen: string[] = [];
    const filter = ({ path }: { path: string }): boolean => seen.push(path) > 0 && path !== 'b';
    const [filtered] = await layersOf({ name: 'd', directory: all }, { filter });
    expect(filtered).toEqual((await layersOf({ name: 'd', directory: some }))[0]);
    expect(seen).toEqual(['a.txt', 'b', 'b.txt']);
  });

  test('has programs where modes say so', async () => {
    const plain = await storageOf({ run: 'x', 'a.txt': 'a' });
    const marked = await storageOf({ 'a.txt': 'a' });
    await marked.put('run', new Blob(['x']), { mode: 0o700 });
    const modes = (path: string): number | undefined => (path === 'run' ? 0o755 : undefined);
    const [withModes] = await layersOf({ name: 'd', directory: plain }, { modes });
    expect(withModes).toEqual((await layersOf({ name: 'd', directory: marked }))[0]);
    expect(withModes).not.toEqual((await layersOf({ name: 'd', directory: plain }))[0]);
  });

  test('is told of from the start, however small, and its size is not known then', async () => {
    const events: TransferEvent[] = [];
    const directory = await storageOf({ 'a.txt': 'a' });
    const layout = new OciLayout(new MemoryStorage());
    await push(layout, 'v1', { name: 'd', directory }, { onProgress: (event) => events.push(event) });
    expect(events[0]).toEqual({ type: 'hash', name: 'd', transferred: 0, size: undefined });
    expect(events[1]).toMatchObject({ type: 'start', descriptor: { annotations: { [title]: 'd' } } });
  });

  test('lets others have their turn while its files are looked up, each of which may take a while', async () => {
    const directory = await storageOf(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.txt`, 'a'])));
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 10;
      return now;
    });
    let pauses = 0;
    class CountedChannel extends MessageChannel {
      constructor() {
        super();
        pauses++;
      }
    }
    vi.stubGlobal('MessageChannel', CountedChannel);
    await layersOf({ name: 'd', directory }, { compression: 'none' });
    // For each when it is listed, and when it is opened.
    expect(pauses).toBeGreaterThanOrEqual(40);
  });

  test('that is empty is a layer, too', async () => {
    const [layer] = await layersOf({ name: 'd', directory: new MemoryStorage() });
    expect(layer?.annotations?.[title]).toBe('d');
  });

  test('of a page is the files that were chosen with one folder, where the first of them was', async () => {
    const chosen = (path: string, text: string): File => {
      const file = new File([text], path.slice(path.lastIndexOf('/') + 1));
      return Object.defineProperty(file, 'webkitRelativePath', { value: path });
    };
    const files = [chosen('d/b.txt', 'b'), new File(['1'], '1.txt'), chosen('d/a/c.txt', 'c'), chosen('e/x', 'x')];
    const layers = await layersOf(files);
    expect(layers.map(({ annotations }) => annotations?.[title])).toEqual(['d', '1.txt', 'e']);
    const directory = await storageOf({ 'b.txt': 'b', 'a/c.txt': 'c' });
    expect(layers[0]).toEqual((await layersOf({ name: 'd', directory }))[0]);
    const apart = await layersOf(files, { directories: 'files' });
    expect(apart.map(({ annotations }) => annotations?.[title])).toEqual(['d/a/c.txt', 'd/b.txt', '1.txt', 'e/x']);
    const filter = ({ path }: { path: string }): boolean => path !== 'b.txt';
    const some = await layersOf(files, { directories: 'files', filter });
    expect(some.map(({ annotations }) => annotations?.[title])).toEqual(['d/a/c.txt', '1.txt', 'e/x']);
  });
});

describe('push: a directory that cannot be packed', () => {
  const directory = new MemoryStorage();

  test.for<[string, unknown, PushOptions, unknown]>([
    ['a name that leads outside', { name: '../d', directory }, {}, { code: 'UNSAFE_PATH' }],
    ['a path that is not there', { name: 'd', directory, path: 'missing' }, {}, { code: 'NOT_FOUND' }],
    ['a path that leads outside', { name: 'd', directory, path: '../x' }, {}, { code: 'UNSAFE_PATH' }],
    ['no storage', { name: 'd', directory: './d' }, {}, { name: 'TypeError' }],
    ['no name', { directory }, {}, { name: 'TypeError' }],
    ['another compression', { name: 'd', directory }, { compression: 'zstd' as 'gzip' }, { name: 'TypeError' }],
    ['another kind of layers', { name: 'd', directory }, { directories: 'zip' as 'files' }, { name: 'TypeError' }],
    ['a filter that is none', { name: 'd', directory }, { filter: '*.ts' as never }, { name: 'TypeError' }],
    ['modes that are none', { name: 'd', directory }, { modes: 0o755 as never }, { name: 'TypeError' }],
  ])('%s', async ([, input, options, expected]) => {
    const layout = new OciLayout(new MemoryStorage());
    expect(await rejection(push(layout, 'v1', input as FileInput, options))).toMatchObject(expected as object);
  });

  test('a symlink that leads out of it', async () => {
    const storage = await storageOf({ 'd/a.txt': 'a' });
    await storage.makeLink('d/up', '../other');
    const error = await rejection(packFiles({ name: 'd', directory: storage, path: 'd' }));
    expect(error).toMatchObject({ code: 'UNSAFE_PATH', path: 'up' });
    await packFiles({ name: 'd', directory: storage, path: 'd' }, { filter: ({ type }) => type !== 'symlink' });
  });

  test('a symlink, when each file is a layer', async () => {
    const storage = await storageOf({ 'a.txt': 'a' });
    await storage.makeLink('b', 'a.txt');
    const error = await rejection(packFiles({ name: 'd', directory: storage }, { directories: 'files' }));
    expect(error).toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('a file with the name of a folder', async () => {
    const storage = await storageOf({ a: 'a', 'a/b': 'b', 'a-b': 'c' });
    expect(await rejection(packFiles({ name: 'd', directory: storage }))).toMatchObject({
      code: 'EXISTS',
      path: 'd/a',
    });
  });

  test('modes that are text', async () => {
    const storage = await storageOf({ a: 'a' });
    const modes = () => '0755' as unknown as number;
    expect(await rejection(packFiles({ name: 'd', directory: storage }, { modes }))).toBeInstanceOf(TypeError);
  });

  test('a hook that fails, before it gives an archive', async () => {
    const failure = new Error('no worker');
    const hook = { archiveDirectory: () => Promise.reject(failure) };
    expect(await rejection(packFiles({ name: 'd', directory }, hook))).toBe(failure);
  });

  test.for<[string, unknown, unknown]>([
    ['no storage', undefined, 'a'],
    ['no path', new MemoryStorage(), 5],
  ])('packDirectory: %s', ([, storage, path]) => {
    expect(() => packDirectory(storage as MemoryStorage, path as string)).toThrow(TypeError);
  });

  test('a file with the name of one in it', async () => {
    const inputs: FileInput[] = [
      { name: 'd', directory },
      { name: 'd/a.txt', content: 'a' },
    ];
    expect(await rejection(packFiles(inputs))).toMatchObject({ code: 'EXISTS', path: 'd/a.txt' });
  });
});
