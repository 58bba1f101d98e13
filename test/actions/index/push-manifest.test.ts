import { describe, expect, test } from 'vitest';
import { packIndex } from '../../../src/actions/index/pack-index.ts';
import { pushManifest } from '../../../src/actions/index/push-manifest.ts';
import { inspect } from '../../../src/actions/inspect.ts';
import { buildManifest } from '../../../src/actions/push/pack.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { fetchBytes } from '../../../src/target/content.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Index, Manifest } from '../../../src/types.ts';
import { bytesOf, descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { pushImages, silentTarget } from './multi-platform.ts';

const config = descriptorOf('{}', 'test/config');
const artifactManifest = 'application/vnd.oci.artifact.manifest.v1+json';

describe('pushManifest', () => {
  test('bytes and text are stored as they are, under all tags or the digest alone', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const text = JSON.stringify({ mediaType: mediaTypes.manifest, schemaVersion: 2, config, layers: [] }, null, 2);
    for (const manifest of [text, bytesOf(text)]) {
      const { descriptor, bytes } = await pushManifest(layout, manifest, { tags: ['v1', undefined, 'v2', 'v1'] });
      expect(descriptor).toEqual(descriptorOf(text, mediaTypes.manifest));
      expect(bytes).toEqual(bytesOf(text));
      expect(await fetchBytes(layout, descriptor)).toEqual(bytes);
    }
    expect(await itemsOf(layout.tags())).toEqual(['v1', 'v2']);
    const { descriptor } = await pushManifest(layout, `${text}\n`);
    expect(await layout.resolve(descriptor.digest)).toEqual(descriptor);
    expect(await itemsOf(layout.tags())).toEqual(['v1', 'v2']);
  });

  test('golden vector of oras: an index with its type first keeps its bytes', async () => {
    const layout = new OciLayout(new MemoryStorage());
    await pushImages(layout);
    const { index } = await packIndex(layout, { manifests: ['amd64', 'arm64', 'armV7'] });
    const { schemaVersion, mediaType, manifests } = index;
    const { descriptor } = await pushManifest(layout, JSON.stringify({ mediaType, schemaVersion, manifests }));
    expect(descriptor).toMatchObject({
      digest: 'sha256:e2bfc9cc6a84ec2d7365b5a28c6bc5806b7fa581c9ad7883be955a64e3cc034f',
      size: 706,
    });
  });

  test('an object is serialized as oras does, with its unknown fields', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const { bytes: packed, manifest } = buildManifest({ annotations: { b: '<&>', a: '1' } });
    const shuffled = Object.fromEntries(Object.entries(manifest).toReversed()) as unknown as Manifest;
    expect((await pushManifest(layout, shuffled, { tags: ['v1'] })).bytes).toEqual(packed);
    const index = { 'x-new': 1, manifests: [], schemaVersion: 2 } as Index;
    const { descriptor, bytes } = await pushManifest(layout, index, { tags: ['index'] });
    expect(descriptor.mediaType).toBe(mediaTypes.index);
    expect(new TextDecoder().decode(bytes)).toBe('{"schemaVersion":2,"manifests":[],"x-new":1}');
    expect(await inspect(layout, 'index')).toMatchObject({ kind: 'index' });
  });

  test('the type is its own, or what its fields imply, or what is given', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const typeOf = async (manifest: object, mediaType?: string): Promise<string> =>
      (await pushManifest(layout, JSON.stringify(manifest), { mediaType })).descriptor.mediaType;
    expect(await typeOf({ schemaVersion: 2, config, layers: [] })).toBe(mediaTypes.manifest);
    expect(await typeOf({ schemaVersion: 2, config, layers: [] }, mediaTypes.manifest)).toBe(mediaTypes.manifest);
    expect(await typeOf({ mediaType: artifactManifest, blobs: [] })).toBe(artifactManifest);
    expect(await typeOf({ anything: 1 }, 'application/vnd.example.manifest+json')).toBe(
      'application/vnd.example.manifest+json',
    );
  });

  test('a manifest of a retired type with a subject is a referrer', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const { descriptor: subject } = await pushManifest(layout, buildManifest({}).bytes);
    const old = { mediaType: artifactManifest, artifactType: 'a/b', subject, blobs: [] };
    const { descriptor } = await pushManifest(layout, JSON.stringify(old));
    expect(await itemsOf(layout.referrers(subject))).toEqual([{ ...descriptor, artifactType: 'a/b' }]);
  });

  test('sha512: manifest and layers are stored, tagged and read under it', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const layer = { mediaType: 'text/plain', digest: digestOf(bytesOf('hello'), 'sha512'), size: 5 };
    await layout.push(layer, new Blob(['hello']));
    const { bytes } = buildManifest({ layers: [layer] });
    const { descriptor } = await pushManifest(layout, bytes, { algorithm: 'sha512', tags: ['v1'] });
    expect(descriptor.digest).toBe(digestOf(bytes, 'sha512'));
    const found = await inspect(layout, 'v1');
    expect(found.descriptor).toEqual(descriptor);
    expect(found.kind === 'manifest' && (await fetchBytes(layout, found.manifest.layers[0]!))).toEqual(
      bytesOf('hello'),
    );
  });

  test.for<[string, Parameters<typeof pushManifest>[1], object, object]>([
    ['no JSON', 'x', {}, { code: 'INVALID_MANIFEST' }],
    ['a list', '[]', {}, { code: 'INVALID_MANIFEST' }],
    ['no type', '{}', {}, { code: 'INVALID_MANIFEST' }],
    ['another type', buildManifest({}).bytes, { mediaType: mediaTypes.index }, { code: 'INVALID_MANIFEST' }],
    ['a type that is none', '{}', { mediaType: 'x' }, { code: 'INVALID_MANIFEST' }],
    [
      'a layer without a size',
      `{"schemaVersion":2,"config":${JSON.stringify(config)},"layers":[{}]}`,
      {},
      { code: 'INVALID_MANIFEST' },
    ],
    [
      'manifest and index in one',
      `{"schemaVersion":2,"config":${JSON.stringify(config)},"manifests":[]}`,
      {},
      { code: 'INVALID_MANIFEST' },
    ],
    ['more than 4 MiB', ' '.repeat(4 * 1024 * 1024 + 1), {}, { code: 'TOO_LARGE' }],
    ['a tag that is none', buildManifest({}).bytes, { tags: ['a b'] }, { code: 'INVALID_REFERENCE' }],
    ['a number', 5 as never, {}, { name: 'TypeError' }],
    ['another algorithm', buildManifest({}).bytes, { algorithm: 'md5' }, { name: 'TypeError' }],
  ])('refused before anything is stored: %s', async ([, manifest, options, error]) => {
    expect(await rejection(pushManifest(silentTarget(), manifest, options))).toMatchObject(error);
  });
});
