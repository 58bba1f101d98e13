import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/actions/copy/copy.ts';
import { mirror } from '../../../src/actions/copy/mirror.ts';
import { fetchManifest } from '../../../src/target/content.ts';
import type { Descriptor, Index } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { core, pushImage, pushIndex, pushText, sevenNodes, WatchedLayout } from '../../support/graphs.ts';

async function indexOf(target: WatchedLayout, reference: string): Promise<Index> {
  const found = await fetchManifest(target, reference);
  if (found.kind !== 'index') throw new Error('It should be an index');
  return found.index;
}

describe('copy for one platform (K11)', () => {
  test('the root is the manifest for it', async () => {
    const { layout, b } = await sevenNodes();
    const target = new WatchedLayout();
    const { descriptor, copied } = await copy(layout, 'v1', target, undefined, { platform: 'linux/arm64' });
    expect(core(descriptor)).toEqual(core(b));
    expect(copied).toBe(3);
    expect((await target.resolve('v1')).digest).toBe(b.digest);
  });

  test('there is none for it', async () => {
    const { layout } = await sevenNodes();
    for (const options of [{ platform: 'linux/s390x' }, { platforms: ['linux/amd64', 'linux/s390x'] }]) {
      const target = new WatchedLayout();
      expect(await rejection(copy(layout, 'v1', target, undefined, options))).toMatchObject({ code: 'NOT_FOUND' });
      expect(target.calls).toEqual([]);
    }
  });

  test('an artifact is for no platform', async () => {
    const { layout, a } = await sevenNodes();
    for (const options of [{ platform: 'linux/amd64' }, { platforms: ['linux/amd64'] }]) {
      const error = await rejection(copy(layout, a.digest, new WatchedLayout(), undefined, options));
      expect(error).toMatchObject({ code: 'UNSUPPORTED' });
    }
  });

  test('an image without an index is copied when it is for one of them', async () => {
    const source = new WatchedLayout();
    const config = await pushText(
      source,
      '{"os":"linux","architecture":"arm64"}',
      'application/vnd.oci.image.config.v1+json',
    );
    const { descriptor } = await pushImage(source, ['foo'], { config });
    const copied = (options: object): Promise<unknown> =>
      copy(source, descriptor.digest, new WatchedLayout(), 'v1', options);
    expect(await copied({ platforms: ['linux/amd64', 'linux/arm64'] })).toMatchObject({ copied: 3 });
    expect(await rejection(copied({ platforms: ['linux/amd64'] }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a platform that is none is refused', async () => {
    const { layout } = await sevenNodes();
    const error = await rejection(copy(layout, 'v1', new WatchedLayout(), undefined, { platforms: ['linux'] }));
    expect(error).toMatchObject({ code: 'INVALID_REFERENCE' });
  });
});

describe('copy for some platforms', () => {
  test('the index is rewritten without the others, and has another digest', async () => {
    const { layout, root, b } = await sevenNodes();
    const target = new WatchedLayout();
    const { descriptor, copied } = await copy(layout, 'v1', target, undefined, { platforms: ['linux/arm64'] });
    expect(descriptor.digest).not.toBe(root.digest);
    expect(copied).toBe(4);
    const { manifests } = await indexOf(target, 'v1');
    expect(manifests).toEqual([{ ...core(b), platform: { os: 'linux', architecture: 'arm64' } }]);
  });

  test('all platforms give the same digest', async () => {
    const { layout, root } = await sevenNodes();
    const platforms = ['linux/arm64', { os: 'linux', architecture: 'amd64' }];
    const { descriptor } = await copy(layout, 'v1', new WatchedLayout(), undefined, { platforms });
    expect(descriptor.digest).toBe(root.digest);
  });

  test('the index is kept as it is, without what is for others', async () => {
    const { layout, root, a, b } = await sevenNodes();
    const target = new WatchedLayout();
    const options = { platforms: ['linux/arm64'], index: 'keep' } as const;
    for (const copied of [4, 0]) {
      const result = await copy(layout, 'v1', target, undefined, options);
      expect(result).toMatchObject({ descriptor: core(root), copied });
    }
    expect(await target.exists(a)).toBe(false);
    expect(await target.exists(b)).toBe(true);
  });

  test('attestations go with what they are about', async () => {
    const { layout, a, b } = await sevenNodes();
    const attestation = async (about: Descriptor): Promise<Descriptor> => ({
      ...core((await pushImage(layout, [`about ${about.digest}`])).descriptor),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.digest': about.digest, 'vnd.docker.reference.type': 'attestation-manifest' },
    });
    const entries = [
      { ...core(a), platform: { os: 'linux', architecture: 'amd64' } },
      { ...core(b), platform: { os: 'linux', architecture: 'arm64' } },
      await attestation(a),
      await attestation(b),
    ];
    await layout.tag((await pushIndex(layout, entries)).descriptor, 'v2');
    const target = new WatchedLayout();
    await copy(layout, 'v2', target, undefined, { platforms: ['linux/amd64'] });
    const { manifests } = await indexOf(target, 'v2');
    expect(manifests).toEqual([entries[0], entries[2]]);
  });

  test('a mirror compares what it would store', async () => {
    const { layout } = await sevenNodes();
    const target = new WatchedLayout();
    const options = { platforms: ['linux/arm64'] };
    const actions = async (): Promise<string[]> =>
      (await itemsOf(mirror(layout, target, options))).map(({ action }) => action);
    expect(await actions()).toEqual(['copied']);
    expect(await actions()).toEqual(['equal']);
  });
});

describe('copy of a mapped root', () => {
  test('what the hook chooses is tagged', async () => {
    const { layout, a, root } = await sevenNodes();
    const target = new WatchedLayout();
    const mapRoot = (found: Descriptor): Descriptor => {
      expect(found.digest).toBe(root.digest);
      return a;
    };
    const { descriptor } = await copy(layout, 'v1', target, 'a', { mapRoot });
    expect(descriptor.digest).toBe(a.digest);
    expect((await target.resolve('a')).digest).toBe(a.digest);
    expect(await target.exists(descriptorOf('hello'))).toBe(false);
  });
});
