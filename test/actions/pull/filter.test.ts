import { describe, expect, test } from 'vitest';
import type { LayerFilter } from '../../../src/actions/pull/filter.ts';
import { pull } from '../../../src/actions/pull/pull.ts';
import { packManifest } from '../../../src/actions/push/pack.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { pushBlob } from '../../../src/target/content.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { recorder } from '../../support/upload-registry.ts';

const title = 'org.opencontainers.image.title';
const files = [
  ['a.txt', 'text/plain'],
  ['./b.json', 'application/json'],
  ['c/d.json', 'application/json'],
  [undefined, 'application/json'],
  ['../outside', 'text/plain'],
] as const;

async function artifact(): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  const layers = files.map(async ([name, mediaType], i) => ({
    ...(await pushBlob(layout, `content ${i}`, { mediaType })),
    ...(name && { annotations: { [title]: name } }),
  }));
  await packManifest(layout, { layers: await Promise.all(layers), tags: ['v1'] });
  return layout;
}

describe('pull: a part of an artifact', () => {
  test.for<[string, LayerFilter, string[], number]>([
    ['a title', { title: 'a.txt' }, ['a.txt'], 0],
    ['a title, with dots or without', { title: ['b.json', './a.txt'] }, ['a.txt', 'b.json'], 0],
    ['a media type', { mediaType: 'application/json' }, ['b.json', 'c/d.json'], 1],
    ['both', { title: ['a.txt', 'c/d.json'], mediaType: ['application/json', 'x/y'] }, ['c/d.json'], 0],
    ['a function of the name', (_, name) => name?.endsWith('.json'), ['b.json', 'c/d.json'], 0],
    [
      'a function of the layer',
      ({ size, mediaType }) => size === 9 && mediaType === 'text/plain',
      ['a.txt', '../outside'],
      0,
    ],
    ['what nothing is', { title: 'A.TXT' }, [], 0],
    ['nothing said', {}, ['a.txt', 'b.json', 'c/d.json', '../outside'], 1],
  ])('by %s: every layer is pulled or left out', async ([, filter, names, bare]) => {
    const { files: pulled, untitled, filtered, manifest } = await pull(await artifact(), 'v1', { filter });
    expect(pulled.map(({ name }) => name)).toEqual(names);
    expect(untitled).toHaveLength(bare);
    expect(filtered).toEqual(
      manifest.layers.filter((layer) => ![...untitled, ...pulled.map((it) => it.descriptor)].includes(layer)),
    );
  });

  test('only what is wanted is checked, written, and told of; the rest is skipped', async () => {
    const to = new MemoryStorage();
    const { events, onProgress } = recorder();
    const { filtered } = await pull(await artifact(), 'v1', {
      to,
      onProgress,
      filter: { mediaType: 'application/json' },
    });
    expect((await itemsOf(to.list())).map(({ path }) => path).sort()).toEqual(['b.json', 'c/d.json']);
    const skipped = events.flatMap((event) => (event.type === 'skip' ? [[event.descriptor.digest, event.reason]] : []));
    expect(skipped).toHaveLength(3);
    for (const { digest } of filtered) expect(skipped).toContainEqual([digest, 'filtered']);
  });

  test.for<[string, unknown]>([
    ['text', 'a.txt'],
    ['a list', ['a.txt']],
    ['another field', { name: 'a.txt' }],
    ['a title that is no text', { title: /a/ }],
    ['null', null],
    ['an async function', async () => true],
    ['a list', []],
    ['a regular expression', /a/],
  ])('%s is a TypeError, and nothing is written', async ([, filter]) => {
    const to = new MemoryStorage();
    expect(await rejection(pull(await artifact(), 'v1', { to, filter: filter as never }))).toBeInstanceOf(TypeError);
    expect(await itemsOf(to.list())).toEqual([]);
  });

  test('what a function throws is what the call rejects with', async () => {
    const reason = new Error('enough');
    const filter = (): boolean => {
      throw reason;
    };
    expect(await rejection(pull(await artifact(), 'v1', { filter }))).toBe(reason);
  });
});
