import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copy, MemoryStorage, OciLayout, Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { bytesOf, itemsOf, rejection } from '../support/content.ts';
import { contentOf, pushImage, pushSevenNodes, WatchedLayout } from '../support/graphs.ts';
import { describeEachRegistry } from '../support/registries.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oras-js-copies-'));
});
afterAll(() => rm(folder, { recursive: true }));

describeEachRegistry('copy', ({ host }) => {
  const registry = new Registry({ plainHttp: true });
  const empty = (): ReturnType<Registry['repository']> => registry.repository(`${host}/copies/${crypto.randomUUID()}`);

  test('registry → directory → registry → memory: digests and bytes stay', async () => {
    const first = empty();
    const { nodes, root } = await pushSevenNodes(first);
    const content = await contentOf(first, nodes);
    const directory = new OciLayout(new DirectoryStorage(join(folder, crypto.randomUUID())));
    const last = empty();
    const memory = new OciLayout(new MemoryStorage());
    for (const [from, to] of [
      [first, directory],
      [directory, last],
      [last, memory],
    ] as const) {
      expect(await copy(from, 'v1', to)).toMatchObject({ copied: 7, skipped: 0, descriptor: { digest: root.digest } });
      expect((await to.resolve('v1')).digest).toBe(root.digest);
      expect(await contentOf(to, nodes)).toEqual(content);
      expect(await copy(from, 'v1', to)).toMatchObject({ copied: 0, skipped: 1 });
    }
    const other = empty();
    const { copied, mounted } = await copy(last, 'v1', other, 'v2');
    expect(copied + mounted).toBe(7);
    expect(mounted).toBe(4);
    expect(await contentOf(other, nodes)).toEqual(content);
    expect(await itemsOf(other.tags())).toEqual(['v2']);
  });

  test('a blob that is sent with one request while it is fetched', async () => {
    const source = new OciLayout(new DirectoryStorage(join(folder, crypto.randomUUID())));
    const image = await pushImage(source, ['large '.repeat(3 * 1024 * 1024)]);
    const to = empty();
    await copy(source, image.descriptor.digest, to, 'v1');
    for (const layer of image.manifest.layers) expect(await to.exists(layer)).toBe(true);
  });
});

test('copy: a damaged file of a layout is an error of the source, and no manifest is stored', async () => {
  const path = join(folder, 'damaged');
  const source = new OciLayout(new DirectoryStorage(path));
  await pushSevenNodes(source);
  await writeFile(join(path, 'blobs', digestOf(bytesOf('foo')).replace(':', '/')), 'fop');
  for (const target of [new WatchedLayout(), new OciLayout(new DirectoryStorage(join(folder, 'whole')))]) {
    const error = await rejection(copy(source, 'v1', target));
    expect(error).toMatchObject({ code: 'COPY', side: 'source', operation: 'fetch', cause: { code: 'MISMATCH' } });
    expect(await itemsOf(target.tags())).toEqual([]);
  }
  const hex = digestOf(bytesOf('foo')).replace('sha256:', '');
  expect(await readdir(join(folder, 'whole', 'blobs', 'sha256'))).not.toContain(hex);
});
