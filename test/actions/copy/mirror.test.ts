import { describe, expect, test } from 'vitest';
import { mirror } from '../../../src/actions/copy/mirror.ts';
import { Registry } from '../../../src/index.ts';
import { paginated } from '../../../src/pagination.ts';
import { createRegistryServer } from '../../../src/server.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { ReadOnlyTarget } from '../../../src/target/target.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { pushImage, WatchedLayout } from '../../support/graphs.ts';

/** A layout with a tag for each text, in the order of the tags. */
async function tagged(texts: Record<string, string>): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  for (const [tag, text] of Object.entries(texts)) {
    const { descriptor } = await pushImage(layout, [text]);
    await layout.tag(descriptor, tag);
  }
  return layout;
}

async function actions(list: AsyncIterable<{ tag: string; action: string }>): Promise<Record<string, string>> {
  return Object.fromEntries((await itemsOf(list)).map(({ tag, action }) => [tag, action]));
}

const texts = { 'dev-1': 'one', latest: 'two', 'v1.0': 'one', 'v1.1': 'two', 'v2.0': 'three' };

describe('mirror', () => {
  test('copies what is new, moves what is other, and skips what is equal', async () => {
    const source = await tagged(texts);
    const target = new WatchedLayout();
    expect(await actions(mirror(source, target))).toEqual({
      'dev-1': 'copied',
      latest: 'copied',
      'v1.0': 'copied',
      'v1.1': 'copied',
      'v2.0': 'copied',
    });
    const { descriptor } = await pushImage(source, ['four']);
    await source.tag(descriptor, 'latest');
    target.calls.length = 0;
    expect(await actions(mirror(source, target))).toEqual({
      'dev-1': 'equal',
      latest: 'updated',
      'v1.0': 'equal',
      'v1.1': 'equal',
      'v2.0': 'equal',
    });
    expect((await target.resolve('latest')).digest).toBe(descriptor.digest);
    expect(target.count('push')).toBe(2);
    expect(target.count('tag')).toBe(1);
  });

  test('tells about the tags in their order, as it goes', async () => {
    const source = await tagged(texts);
    const tags = [];
    for await (const { tag, descriptor } of mirror(source, new WatchedLayout(), { concurrency: 2 })) {
      expect((await source.resolve(tag)).digest).toBe(descriptor.digest);
      tags.push(tag);
    }
    expect(tags).toEqual(Object.keys(texts));
  });

  test.each([
    ['names', ['v2.0', 'latest'], ['v2.0', 'latest']],
    ['patterns', [/^v1\./g], ['v1.0', 'v1.1']],
    ['both', ['latest', /^v2/y], ['latest', 'v2.0']],
    ['a function', async (tag: string) => tag.endsWith('1'), ['dev-1', 'v1.1']],
    ['none', [], []],
  ])('the tags are those of %s', async (_, tags, expected) => {
    const target = new WatchedLayout();
    expect(Object.keys(await actions(mirror(await tagged(texts), target, { tags })))).toEqual(expected);
    expect(await itemsOf(target.tags())).toEqual([...expected].sort());
  });

  test('tags that are named are not listed', async () => {
    const source: ReadOnlyTarget = await tagged(texts);
    const { tags: _, ...unlisted } = {
      resolve: source.resolve.bind(source),
      fetch: source.fetch.bind(source),
      exists: source.exists.bind(source),
      tags: undefined,
    };
    expect(await actions(mirror(unlisted, new WatchedLayout(), { tags: ['latest'] }))).toEqual({ latest: 'copied' });
    expect(await rejection(actions(mirror(unlisted, new WatchedLayout())))).toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('a list of referrers is not mirrored as a tag, unless it is named', async () => {
    const list = `sha256-${'0'.repeat(64)}`;
    const source = await tagged({ [list]: 'list', v1: 'one' });
    expect(await actions(mirror(source, new WatchedLayout()))).toEqual({ v1: 'copied' });
    expect(await actions(mirror(source, new WatchedLayout(), { tags: [list] }))).toEqual({ [list]: 'copied' });
  });

  test('a tag that the source does not have is an error, after those before it', async () => {
    const source = await tagged(texts);
    const target = new WatchedLayout();
    const done: string[] = [];
    const mirroring = async (): Promise<void> => {
      for await (const { tag } of mirror(source, target, { tags: ['v1.0', 'v9', 'v2.0'], concurrency: 1 }))
        done.push(tag);
    };
    expect(await rejection(mirroring())).toMatchObject({ code: 'COPY', side: 'source', operation: 'resolve' });
    expect(done).toEqual(['v1.0']);
    expect(await itemsOf(target.tags())).toEqual(['v1.0']);
  });

  test('leaving the loop and an abort end it', async () => {
    const source = await tagged(texts);
    const target = new WatchedLayout();
    for await (const { tag } of mirror(source, target, { concurrency: 1 })) if (tag === 'latest') break;
    expect(await itemsOf(target.tags())).toEqual(['dev-1', 'latest']);
    const stop = new AbortController();
    const reason = new Error('enough');
    const mirroring = async (): Promise<void> => {
      for await (const _ of mirror(source, target, { signal: stop.signal })) stop.abort(reason);
    };
    expect(await rejection(mirroring())).toBe(reason);
  });

  test('a listener that fails ends it with its error', async () => {
    const failure = new Error('mine');
    const onProgress = (): void => {
      throw failure;
    };
    expect(await rejection(actions(mirror(await tagged(texts), new WatchedLayout(), { onProgress })))).toBe(failure);
  });

  test.each([[['x', 1]], ['latest'], [/x/]])('%j are no tags', async (tags) => {
    const mirroring = actions(mirror(await tagged(texts), new WatchedLayout(), { tags: tags as never }));
    expect(await rejection(mirroring)).toBeInstanceOf(TypeError);
  });

  test('an equal tag costs one HEAD at each registry', async () => {
    const sent: string[] = [];
    const server = createRegistryServer();
    const registry = new Registry({
      plainHttp: true,
      fetch: (url, init) => {
        sent.push(`${init?.method ?? 'GET'} ${new URL(url).pathname}`);
        return server(url, init as RequestInit);
      },
    });
    const from = registry.repository('reg.test/from');
    const to = registry.repository('reg.test/to');
    const { descriptor } = await pushImage(from, ['one']);
    await from.tag(descriptor, 'v1');
    expect(await actions(mirror(from, to))).toEqual({ v1: 'copied' });
    sent.length = 0;
    expect(await actions(mirror(from, to, { tags: ['v1'] }))).toEqual({ v1: 'equal' });
    expect(sent).toEqual(['HEAD /v2/to/manifests/v1', 'HEAD /v2/from/manifests/v1']);
  });

  test('a tag is set after the referrers of what another tag stands for, too', async () => {
    const source = await tagged({ v1: 'one', v2: 'one' });
    const subject = await source.resolve('v1');
    const { descriptor } = await pushImage(source, ['signature'], { subject });
    const target = new WatchedLayout();
    const turns = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve));
    };
    let asked = 0;
    const { referrers, resolve } = source;
    source.resolve = async (reference, options) => {
      // The copy of the second tag begins while the referrers of the first are listed.
      while (reference === 'v2' && asked === 0) await turns(1);
      return resolve.call(source, reference, options);
    };
    source.referrers = (manifest, options) =>
      paginated(async function* () {
        if (manifest.digest === subject.digest && asked++ === 0) await turns(100);
        yield* referrers.call(source, manifest, options).pages();
      });
    await itemsOf(mirror(source, target, { recursive: true }));
    const pushed = target.calls.indexOf(`push ${descriptor.digest}`);
    for (const tag of ['v1', 'v2']) expect(target.calls.indexOf(`tag ${tag}`)).toBeGreaterThan(pushed);
  });

  test('content of several tags is looked for once', async () => {
    const source = await tagged(texts);
    const target = new WatchedLayout();
    await actions(mirror(source, target, { concurrency: 1 }));
    // A layout looks itself for what it tags.
    expect(new Set(target.digests('exists')).size).toBe(target.count('exists') - target.count('tag'));
  });
});
