import { describe, expect, test } from 'vitest';
import { buildManifest, type ManifestContent, packManifest } from '../../../src/actions/push/pack.ts';
import { push } from '../../../src/actions/push/push.ts';
import { InvalidManifestError, InvalidReferenceError, NotFoundError, UnsupportedError } from '../../../src/errors.ts';
import { emptyDescriptor } from '../../../src/oci/descriptor.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import type { TransferEvent } from '../../../src/options.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { fetchBytes } from '../../../src/target/content.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Target } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';

const created = 'org.opencontainers.image.created';
const layer = descriptorOf('foo', 'text/plain');

describe('buildManifest: what oras writes for the same', () => {
  test('byte for byte', () => {
    const { bytes, descriptor } = buildManifest({
      artifactType: 'test/empty.artifact',
      created: '2023-11-06T08:07:54Z',
    });
    expect(new TextDecoder().decode(bytes)).toBe(
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"test/empty.artifact","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="},"layers":[{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="}],"annotations":{"org.opencontainers.image.created":"2023-11-06T08:07:54Z"}}',
    );
    expect(descriptor).toMatchObject({
      mediaType: mediaTypes.manifest,
      digest: 'sha256:7156dd4030da2375969c4da97e051d907f54ff8e9d28cc82c57289bbd22e3f9f',
      size: 519,
    });
  });

  test.for<[string, ManifestContent, string, number]>([
    [
      'a time as text',
      { created: '2000-01-01T00:00:00Z' },
      'sha256:d77186f4b424444b1e85c272d705c1205d65473de13497a51c0aeb1a02286479',
      520,
    ],
    [
      'a time as a Date',
      { created: new Date(Date.UTC(2000, 0, 1, 0, 0, 0, 999)) },
      'sha256:d77186f4b424444b1e85c272d705c1205d65473de13497a51c0aeb1a02286479',
      520,
    ],
    [
      'a time as an annotation',
      { annotations: { [created]: '2000-01-01T00:00:00Z' } },
      'sha256:d77186f4b424444b1e85c272d705c1205d65473de13497a51c0aeb1a02286479',
      520,
    ],
    [
      'an annotation Go escapes',
      { created: '2000-01-01T00:00:00Z', annotations: { a: '<x>&y' } },
      'sha256:f28a14fc2028bacbe6698e6808f4c42f0d643401ed3b7d5cc809e9b9bd1031d0',
      547,
    ],
  ])('%s', ([, content, digest, size]) => {
    const { descriptor } = buildManifest({ artifactType: 'application/vnd.test', ...content });
    expect(descriptor).toMatchObject({ digest, size });
  });
});

describe('buildManifest: what is made of what is given', () => {
  test('nothing: an artifact of an unknown type, of one empty layer, where oras asks for a type (P1, P10)', () => {
    const { manifest, descriptor } = buildManifest({});
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: 'application/vnd.unknown.artifact.v1',
      config: emptyDescriptor,
      layers: [emptyDescriptor],
    });
    expect(descriptor.artifactType).toBe('application/vnd.unknown.artifact.v1');
    expect(descriptor).not.toHaveProperty('annotations');
  });

  test('a config of its own type: no artifact type is needed (P2, P11)', () => {
    const config = descriptorOf('{"a":1}', 'test/config');
    const { manifest, descriptor } = buildManifest({ config, layers: [layer] });
    expect(manifest).toEqual({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] });
    expect(descriptor).not.toHaveProperty('artifactType');
  });

  test('the empty config: an artifact type is said, where oras asks for one (P3)', () => {
    expect(buildManifest({ config: emptyDescriptor, layers: [layer] }).manifest.artifactType).toBe(
      'application/vnd.unknown.artifact.v1',
    );
  });

  test('everything', () => {
    const subject = descriptorOf('x', mediaTypes.manifest);
    const content = {
      artifactType: 'a/b',
      config: descriptorOf('c', 'c/d'),
      layers: [layer],
      subject,
      annotations: { a: 'b' },
    };
    const { manifest, descriptor } = buildManifest(content);
    expect(manifest).toEqual({ schemaVersion: 2, mediaType: mediaTypes.manifest, ...content });
    expect(descriptor).toMatchObject({ artifactType: 'a/b', annotations: { a: 'b' } });
  });

  test('the same content always gives the same digest, and what was given stays as it was: no time is added, as oras does (P8)', () => {
    const annotations = { b: '2', a: '1' };
    const layers = [layer];
    const content = { annotations, layers, created: '2000-01-01T00:00:00Z' };
    const first = buildManifest(content);
    expect(buildManifest({ ...content, annotations: { a: '1', b: '2' } }).descriptor.digest).toBe(
      first.descriptor.digest,
    );
    expect([annotations, layers]).toEqual([{ b: '2', a: '1' }, [layer]]);
    first.manifest.layers.push(layer);
    expect(layers).toHaveLength(1);
  });
});

describe('buildManifest: image-spec 1.0', () => {
  const imageSpec = '1.0';
  const titled = (content: string, title: string): Descriptor => ({
    ...descriptorOf(content, mediaTypes.layerTar),
    annotations: { 'org.opencontainers.image.title': title },
  });

  test('golden vector of oras: three files, and a config of an unknown type', () => {
    const layers = [titled('foo', 'foo1'), titled('foo', 'foo2'), titled('bar', 'bar')];
    expect(buildManifest({ imageSpec, layers }).descriptor).toEqual({
      mediaType: mediaTypes.manifest,
      digest: 'sha256:fd6ed2f36b5465244d5dc86cb4e7df0ab8a9d24adc57825099f522fe009a22bb',
      size: 851,
    });
  });

  test('the artifact type is the type of the config, and there need be no layers', () => {
    const { manifest, descriptor } = buildManifest({ imageSpec, artifactType: 'test/config' });
    const { digest, size } = emptyDescriptor;
    const config = { mediaType: 'test/config', digest, size };
    expect(manifest).toEqual({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [] });
    expect(descriptor).not.toHaveProperty('artifactType');
  });

  test('a config is used as it is, and the artifact type is ignored, as oras does', () => {
    const config = descriptorOf('{"a":1}', 'test/config');
    const { manifest } = buildManifest({ imageSpec, config, artifactType: 'a/b', annotations: { a: 'b' } });
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config,
      layers: [],
      annotations: { a: 'b' },
    });
  });

  test('a subject is refused (P4), and so is another version (P5)', () => {
    const subject = descriptorOf('x', mediaTypes.manifest);
    expect(() => buildManifest({ imageSpec, subject })).toThrow(UnsupportedError);
    for (const version of ['1.2', '', 1]) {
      expect(() => buildManifest({ imageSpec: version as '1.0' })).toThrow(UnsupportedError);
    }
  });

  test('packManifest: the blob of the config is stored', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const { manifest } = await packManifest(layout, { imageSpec, artifactType: 'test/config', tags: ['v1'] });
    expect(new TextDecoder().decode(await fetchBytes(layout, manifest.config))).toBe('{}');
    const again = new OciLayout(new MemoryStorage());
    const options = { imageSpec, artifactType: 'test/config' } as const;
    expect((await push(again, 'v1', [{ name: 'a', content: 'a' }], options)).manifest.config).toEqual(manifest.config);
  });
});

describe('buildManifest: refused', () => {
  const types = ['application/', '/x', 'text', 'a/b/c', '-a/b', 'a/-b', 'a%/b', 'a/b%c', 'a/b c'];

  test.for(types)('the artifact type %j (P6)', (artifactType) => {
    expect(() => buildManifest({ artifactType })).toThrow(InvalidManifestError);
  });

  test.for(['', ...types])('%j as the type of the config or of a layer (P6)', (mediaType) => {
    expect(() => buildManifest({ config: { ...layer, mediaType } })).toThrow(InvalidManifestError);
    expect(() => buildManifest({ layers: [layer, { ...layer, mediaType }] })).toThrow(InvalidManifestError);
  });

  test.for(['text/plain', 'application/json+ld', 'application/x.foo', 'application/vnd.foo^bar'])(
    'not the artifact type %s (P6)',
    (artifactType) => {
      expect(buildManifest({ artifactType }).manifest.artifactType).toBe(artifactType);
    },
  );

  test.for([
    '2000/01/01 00:00:00',
    '',
    'now',
    '2000-01-01',
    '2000-01-01T00:00:00',
    '2000-13-01T00:00:00Z',
    '2000-01-01T25:00:00Z',
  ])('the time %j (P7)', (time) => {
    expect(() => buildManifest({ created: time })).toThrow(InvalidManifestError);
    expect(() => buildManifest({ annotations: { [created]: time } })).toThrow(InvalidManifestError);
  });

  test.for(['2000-01-01T00:00:00Z', '2000-01-01T00:00:00.123456789Z', '2000-02-29T23:59:59+05:30'])(
    'not the time %s',
    (time) => {
      expect(buildManifest({ created: time }).manifest.annotations).toEqual({ [created]: time });
    },
  );
});

describe('packManifest', () => {
  test('stores the manifest and the empty blob, and tags it', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const packed = await packManifest(layout, { artifactType: 'a/b', tags: ['v1', undefined, 'latest'] });
    expect(await layout.exists(emptyDescriptor)).toBe(true);
    expect(await fetchBytes(layout, packed.descriptor)).toEqual(packed.bytes);
    for (const tag of ['v1', 'latest']) expect((await layout.resolve(tag)).digest).toBe(packed.descriptor.digest);
    expect(await itemsOf(layout.tags())).toEqual(['latest', 'v1']);
  });

  test('stores it under its digest without a tag', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const { descriptor } = await packManifest(layout);
    expect((await layout.resolve(descriptor.digest)).digest).toBe(descriptor.digest);
    expect(await itemsOf(layout.tags())).toEqual([]);
  });

  test('does not store the empty blob when it is not used', async () => {
    const layout = new OciLayout(new MemoryStorage());
    await packManifest(layout, { config: descriptorOf('c', 'c/d'), layers: [layer] });
    expect(await layout.exists(emptyDescriptor)).toBe(false);
  });

  test('stores and tags at once, where there is such a way', async () => {
    const calls: string[] = [];
    const target: Target = {
      resolve: () => Promise.reject(new NotFoundError('no', 'x')),
      fetch: () => Promise.reject(new NotFoundError('no', 'x')),
      exists: async () => true,
      push: async () => void calls.push('push'),
      tag: async (_, tag) => void calls.push(`tag ${tag}`),
      pushReference: async (_, __, tag) => void calls.push(`pushReference ${tag}`),
    };
    await packManifest(target, { tags: ['v1', 'v2', 'v3'] });
    expect(calls).toEqual(['pushReference v1', 'tag v2', 'tag v3']);
    calls.length = 0;
    await packManifest(target);
    expect(calls).toEqual(['push']);
  });

  test('reports the manifest, too', async () => {
    const events: TransferEvent[] = [];
    await packManifest(new OciLayout(new MemoryStorage()), { onProgress: (event) => events.push(event) });
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(2);
  });

  test.for<[string, object, unknown]>([
    ['a tag that is none', { tags: ['v1', '.x'] }, InvalidReferenceError],
    ['a type that is none', { artifactType: 'x' }, InvalidManifestError],
  ])('stores nothing for %s', async ([, options, type]) => {
    const storage = new MemoryStorage();
    expect(await rejection(packManifest(new OciLayout(storage), options))).toBeInstanceOf(type);
    expect(await itemsOf(storage.list())).toEqual([]);
  });
});
