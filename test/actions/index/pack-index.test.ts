import { describe, expect, test } from 'vitest';
import { packIndex } from '../../../src/actions/index/pack-index.ts';
import { updateIndex } from '../../../src/actions/index/update-index.ts';
import { inspect } from '../../../src/actions/inspect.ts';
import { packManifest } from '../../../src/actions/push/pack.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { fetchBytes, pushBlob } from '../../../src/target/content.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { images, pushImage, pushImages, pushText, silentTarget } from './multi-platform.ts';

const vectors = {
  two: 'sha256:cce9590b1193d8bcb70467e2381dc81e77869be4801c09abe9bc274b6a1d2001',
  reversed: 'sha256:5c98cfc90e390c575679370a5dc5e37b52e854bbb7b9cb80cc1f30b56b8d183e',
  three: 'sha256:84887718c9e61daa0f1996aad3ae2eb10db15dcbdab394e4b2dfee7967c55f2c',
  empty: 'sha256:dff9de10919148711140d349bf03f1a99eb06f94b03e51715ccebfa7cdc518e2',
};

async function layoutOfImages(): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  const pushed = await pushImages(layout);
  for (const name of ['amd64', 'arm64', 'armV7'] as const) expect(pushed[name].digest).toBe(images[name].digest);
  return layout;
}

describe('packIndex', () => {
  test.for<[string, string[], string, number]>([
    ['amd64, arm64', ['amd64', 'arm64'], vectors.two, 491],
    ['arm64, amd64', ['arm64', 'amd64'], vectors.reversed, 491],
    ['amd64, arm64, arm/v7 by digest', ['amd64', 'arm64', images.armV7.digest], vectors.three, 706],
    ['no manifests', [], vectors.empty, 88],
  ])('golden vector of oras: %s', async ([, manifests, digest, size]) => {
    const layout = await layoutOfImages();
    const { descriptor, bytes } = await packIndex(layout, { manifests, tags: ['v1', 'latest', 'v1', undefined] });
    expect(descriptor).toEqual({ mediaType: mediaTypes.index, digest, size });
    expect(await fetchBytes(layout, await layout.resolve('v1'))).toEqual(bytes);
    expect((await layout.resolve('latest')).digest).toBe(digest);
  });

  test('annotations, artifact type and a bare subject are written and described', async () => {
    const layout = await layoutOfImages();
    const subject = { ...(await layout.resolve('amd64')), annotations: { of: 'the subject' }, artifactType: 'a/b' };
    const options = { subject, artifactType: 'application/vnd.example', annotations: { z: '1', a: '<&>' } };
    const { descriptor, bytes } = await packIndex(layout, { ...options, manifests: ['arm64'] });
    const { artifactType, annotations } = options;
    expect(descriptor).toMatchObject({ artifactType, annotations });
    const { mediaType, digest, size } = subject;
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ subject: { mediaType, digest, size } });
    expect(new TextDecoder().decode(bytes)).toContain('"subject":{"mediaType"');
    expect(await itemsOf(layout.referrers(subject))).toEqual([descriptor]);
  });

  test('a descriptor is used as it is, and its platform is not looked up', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const entry: Descriptor = {
      ...descriptorOf('{}', mediaTypes.manifest),
      platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1', 'os.features': ['win32k'] },
      annotations: { a: 'b' },
    };
    const { index } = await packIndex(layout, { manifests: [entry] });
    expect(index.manifests).toEqual([entry]);
  });

  test('an entry gets all of the platform in the config, and only that', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const platform = { architecture: 'amd64', os: 'windows', 'os.version': '10.0', 'os.features': ['win32k'] };
    await pushImage(layout, JSON.stringify({ created: 'x', ...platform, variant: null, rootfs: {} }), 'win');
    expect((await packIndex(layout, { manifests: ['win'] })).index.manifests[0]!.platform).toEqual(platform);
  });

  test('artifacts, indexes, and images whose config names no platform have none', async () => {
    const layout = new OciLayout(new MemoryStorage());
    await packManifest(layout, { artifactType: 'a/b', tags: ['artifact'] });
    await pushImage(layout, '{"os":"linux"}', 'image');
    await pushImage(layout, 'no JSON', 'broken');
    await packIndex(layout, { tags: ['index'] });
    const { index } = await packIndex(layout, { manifests: ['artifact', 'image', 'broken', 'index'] });
    for (const entry of index.manifests) expect(Object.keys(entry)).toEqual(['mediaType', 'digest', 'size']);
  });

  test('a manifest that is listed 10,000 times is fetched once', async () => {
    const layout = await layoutOfImages();
    let fetched = 0;
    const counting = Object.assign(Object.create(layout) as OciLayout, {
      resolve: (name: string) => layout.resolve(name),
      exists: (descriptor: Descriptor) => layout.exists(descriptor),
      fetch: (descriptor: Descriptor) => {
        fetched++;
        return layout.fetch(descriptor);
      },
      push: (...args: Parameters<OciLayout['push']>) => layout.push(...args),
    });
    const { index } = await packIndex(counting, { manifests: Array.from({ length: 10_000 }, () => 'amd64') });
    expect([index.manifests.length, fetched]).toEqual([10_000, 2]);
  });

  test('what is missing, no manifest, or wrong is refused, and nothing is stored', async () => {
    const layout = await layoutOfImages();
    const blob = await pushBlob(layout, 'blob');
    const before = await itemsOf(layout.tags());
    const refused = async (options: object): Promise<unknown> =>
      rejection(packIndex(layout, { tags: ['v1'], ...options }));
    expect(await refused({ manifests: ['amd64', 'missing'] })).toMatchObject({
      code: 'NOT_FOUND',
      reference: 'missing',
    });
    expect(await refused({ manifests: [blob.digest] })).toMatchObject({ code: 'INVALID_MANIFEST' });
    for (const wrong of [
      { manifests: [{ ...descriptorOf('x', mediaTypes.manifest), digest: 'sha256:x' }] },
      { manifests: [{ ...descriptorOf('x', mediaTypes.manifest), platform: { os: 'linux' } }] },
      { artifactType: 'no type' },
      { annotations: { a: undefined } },
      { subject: { ...descriptorOf('x', mediaTypes.manifest), size: -1 } },
    ]) {
      expect(await refused(wrong)).toMatchObject({ code: 'INVALID_MANIFEST' });
    }
    expect(await refused({ tags: ['no tag'] })).toMatchObject({ code: 'INVALID_REFERENCE' });
    expect(await refused({ manifests: 'amd64' })).toBeInstanceOf(TypeError);
    expect(await refused({ manifests: [5] })).toBeInstanceOf(TypeError);
    const entry = { ...descriptorOf('x', mediaTypes.manifest), platform: { os: 'linux', architecture: 'amd64' } };
    const many = Array.from({ length: 30_000 }, () => entry);
    expect(await refused({ manifests: many })).toMatchObject({ code: 'TOO_LARGE' });
    expect(await itemsOf(layout.tags())).toEqual(before);
  });

  test('an aborted call rejects with the reason', async () => {
    const reason = new Error('enough');
    expect(await rejection(packIndex(silentTarget(), { manifests: ['a'], signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
  });
});

describe('updateIndex', () => {
  test('golden vector of oras: arm/v7 is added, and removed again', async () => {
    const layout = await layoutOfImages();
    await packIndex(layout, { manifests: ['amd64', 'arm64'], tags: ['v1', 'old'] });
    const added = await updateIndex(layout, 'v1', { add: ['armV7'] });
    expect(added.descriptor).toMatchObject({ digest: vectors.three, size: 706 });
    expect((await layout.resolve('v1')).digest).toBe(vectors.three);
    expect((await layout.resolve('old')).digest).toBe(vectors.two);
    const removed = await updateIndex(layout, 'v1', { remove: ['linux/arm/v7'], tags: ['v2'] });
    expect(removed.descriptor.digest).toBe(vectors.two);
    expect((await layout.resolve('v1')).digest).toBe(vectors.three);
    expect((await layout.resolve('v2')).digest).toBe(vectors.two);
  });

  test('what is removed is named by digest, descriptor or platform, before anything is added', async () => {
    const layout = await layoutOfImages();
    await packIndex(layout, { manifests: ['amd64', 'arm64', 'armV7'], tags: ['v1'] });
    const [amd64, arm64] = [await layout.resolve('amd64'), await layout.resolve('arm64')];
    const { index } = await updateIndex(layout, 'v1', {
      remove: [amd64.digest, arm64, { os: 'linux', architecture: 'arm' }],
      add: ['amd64'],
    });
    expect(index.manifests.map(({ digest }) => digest)).toEqual([amd64.digest]);
  });

  test('an entry that is there already is replaced, and a digest stays untagged', async () => {
    const layout = await layoutOfImages();
    const { descriptor } = await packIndex(layout, { manifests: ['amd64', 'arm64'] });
    const same = await updateIndex(layout, descriptor.digest, { add: ['amd64'] });
    expect(same.descriptor.digest).toBe(vectors.two);
    const entry = { ...(await layout.resolve('amd64')), annotations: { a: 'b' } };
    const { index } = await updateIndex(layout, descriptor, { add: [entry] });
    expect(index.manifests[0]).toMatchObject({ annotations: { a: 'b' }, platform: { architecture: 'amd64' } });
    expect(index.manifests).toHaveLength(2);
    expect(await itemsOf(layout.tags())).toEqual(['amd64', 'arm64', 'armV7']);
  });

  test('everything else is kept: unknown fields, the type, annotations; and the bytes without a change', async () => {
    const layout = await layoutOfImages();
    const entry = {
      ...(await layout.resolve('amd64')),
      platform: { os: 'linux', architecture: 'amd64' },
      'x-entry': [1],
    };
    const text = JSON.stringify({
      mediaType: mediaTypes.dockerIndex,
      schemaVersion: 2,
      'x-index': { a: 1 },
      manifests: [entry],
      annotations: { kept: 'yes', gone: 'no' },
    });
    const stored = await pushText(layout, `${text}\n`, mediaTypes.dockerIndex, 'v1');
    const plain = JSON.stringify({ manifests: [], mediaType: mediaTypes.index, schemaVersion: 2 });
    const other = await pushText(layout, plain, mediaTypes.index, 'plain');
    const unchanged = await updateIndex(layout, 'v1', { tags: ['same'], annotations: { kept: 'yes' } });
    expect(unchanged.descriptor.digest).toBe(stored.digest);
    expect((await layout.resolve('same')).digest).toBe(stored.digest);
    const nothing = await updateIndex(layout, other, { annotations: { missing: undefined } });
    expect(nothing.descriptor.digest).toBe(other.digest);
    const { descriptor, bytes } = await updateIndex(layout, 'v1', {
      add: ['arm64'],
      annotations: { gone: undefined, added: 'now' },
    });
    expect(descriptor.mediaType).toBe(mediaTypes.dockerIndex);
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
      ...JSON.parse(text),
      manifests: [entry, { ...(await layout.resolve('arm64')), platform: { os: 'linux', architecture: 'arm64' } }],
      annotations: { kept: 'yes', added: 'now' },
    });
    expect(await inspect(layout, 'v1')).toMatchObject({ kind: 'index' });
  });

  test('what is not there, or no index, is refused', async () => {
    const layout = await layoutOfImages();
    await packIndex(layout, { manifests: ['amd64'], tags: ['v1'] });
    const refused = (reference: string, options: object): Promise<unknown> =>
      rejection(updateIndex(layout, reference, options));
    expect(await refused('v2', {})).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused('amd64', {})).toMatchObject({ code: 'INVALID_MANIFEST' });
    expect(await refused('v1', { add: ['missing'] })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused('v1', { remove: ['linux/s390x'] })).toMatchObject({
      code: 'NOT_FOUND',
      reference: 'linux/s390x',
    });
    expect(await refused('v1', { remove: ['s390x'] })).toMatchObject({ code: 'INVALID_REFERENCE' });
    expect(await refused('v1', { annotations: { a: 1 } })).toMatchObject({ code: 'INVALID_MANIFEST' });
    expect((await layout.resolve('v1')).size).toBe((await packIndex(layout, { manifests: ['amd64'] })).descriptor.size);
  });
});
