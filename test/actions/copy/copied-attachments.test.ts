import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/actions/copy/copy.ts';
import { mirror } from '../../../src/actions/copy/mirror.ts';
import { Registry } from '../../../src/index.ts';
import { createRegistryServer, type RegistryServer } from '../../../src/server.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Target } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { itemsOf } from '../../support/content.ts';
import { core, pushImage, pushSevenNodes } from '../../support/graphs.ts';

/** A repository of a registry, with or without the referrers API. */
function repositoryOf(hasApi: boolean): Target {
  const server = createRegistryServer();
  const withoutApi: RegistryServer = async (url, init) => {
    if (String(url).includes('/referrers/')) return new Response('404 page not found', { status: 404 });
    const response = await server(url, init);
    response.headers.delete('oci-subject');
    return response;
  };
  const fetch = hasApi ? server : withoutApi;
  const registry = new Registry({ plainHttp: true, fetch: (url, init) => fetch(url, init as RequestInit) });
  return registry.repository('reg.test/repo');
}

async function referrersOf(target: Target, subject: Descriptor): Promise<string[]> {
  const found = await itemsOf(target.referrers!(subject));
  return found.map(({ digest, artifactType }) => `${artifactType} ${digest}`).sort();
}

describe('copy with referrers', () => {
  test('they are listed at each stop: API, layout, tag, layout, API', async () => {
    const stops: Target[] = [
      repositoryOf(true),
      new OciLayout(new MemoryStorage()),
      repositoryOf(false),
      new OciLayout(new MemoryStorage()),
      repositoryOf(true),
    ];
    const first = stops[0] as Target;
    const { root, a } = await pushSevenNodes(first);
    const attach = async (text: string, subject: Descriptor): Promise<Descriptor> =>
      core((await pushImage(first, [text], { subject: core(subject), artifactType: `test/${text}` })).descriptor);
    const sbom = await attach('sbom', a);
    const subjects = [root, a, sbom, await attach('signature', root), await attach('signed', sbom)];
    const expected = await Promise.all(subjects.map((subject) => referrersOf(first, subject)));
    expect(expected.map((list) => list.length)).toEqual([1, 1, 1, 0, 0]);
    for (const [i, target] of stops.slice(1).entries()) {
      const source = stops[i] as Target;
      expect(await copy(source, 'v1', target, undefined, { recursive: true })).toMatchObject({ copied: 13 });
      expect((await target.resolve('v1')).digest).toBe(root.digest);
      expect(await Promise.all(subjects.map((subject) => referrersOf(target, subject)))).toEqual(expected);
      expect(await itemsOf(mirror(source, target, { recursive: true, tags: ['v1'] }))).toMatchObject([
        { tag: 'v1', action: 'equal' },
      ]);
    }
    await attach('new', root);
    const mirrored = await itemsOf(mirror(first, stops[1] as Target, { recursive: true }));
    expect(mirrored).toMatchObject([{ tag: 'v1', action: 'updated' }]);
    expect(await referrersOf(stops[1] as Target, root)).toEqual(await referrersOf(first, root));
  });

  test('a hook selects them by their artifact type (K19)', async () => {
    const source = repositoryOf(true);
    const { root } = await pushSevenNodes(source);
    for (const text of ['signature', 'sbom']) {
      await pushImage(source, [text], { subject: core(root), artifactType: `test/${text}` });
    }
    const target = repositoryOf(true);
    await copy(source, 'v1', target, undefined, {
      recursive: true,
      beforeCopy: ({ artifactType }) => (artifactType === 'test/sbom' ? 'skip' : undefined),
    });
    expect((await referrersOf(target, root)).map((line) => line.split(' ')[0])).toEqual(['test/signature']);
  });

  test('a mirror of a registry without the API leaves its lists out', async () => {
    const source = repositoryOf(false);
    const { root } = await pushSevenNodes(source);
    await pushImage(source, ['signature'], { subject: core(root), artifactType: 'test/signature' });
    const target = repositoryOf(true);
    const mirrored = await itemsOf(mirror(source, target, { recursive: true }));
    expect(mirrored.map(({ tag }) => tag)).toEqual(['v1']);
    expect(await itemsOf(target.tags!())).toEqual(['v1']);
    expect(await referrersOf(target, root)).toEqual(await referrersOf(source, root));
  });

  test('a list that is the subject itself is none (C1)', async () => {
    const source = repositoryOf(false);
    const { root } = await pushSevenNodes(source);
    await source.tag(root, root.digest.replace(':', '-'));
    const target = new OciLayout(new MemoryStorage());
    expect(await copy(source, 'v1', target, undefined, { recursive: true })).toMatchObject({ copied: 7 });
    expect(await itemsOf(target.tags())).toEqual(['v1']);
  });
});
