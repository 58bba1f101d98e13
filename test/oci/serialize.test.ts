import { describe, expect, test } from 'vitest';
import { InvalidManifestError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { serializeIndex, serializeManifest } from '../../src/oci/serialize.ts';
import type { Descriptor, Index, Manifest, Platform } from '../../src/types.ts';
import { descriptorOf } from '../support/content.ts';

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function titled(content: string, title: string): Descriptor {
  return {
    ...descriptorOf(content, mediaTypes.layerTar),
    annotations: { 'org.opencontainers.image.title': title },
  };
}

/** What the oras command line stores for three files; the digest is that of its own test data. */
const foobar: Manifest = {
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: descriptorOf('{}', 'application/vnd.unknown.config.v1+json'),
  layers: [titled('foo', 'foo1'), titled('foo', 'foo2'), titled('bar', 'bar')],
};

describe('serialize: digests oras computed', () => {
  test('serializeManifest: three files', () => {
    const bytes = serializeManifest(foobar);
    expect(bytes.byteLength).toBe(851);
    expect(digestOf(bytes)).toBe('sha256:fd6ed2f36b5465244d5dc86cb4e7df0ab8a9d24adc57825099f522fe009a22bb');
  });

  const child = (hex: string, platform: Platform): Descriptor => ({
    mediaType: mediaTypes.manifest,
    digest: `sha256:${hex}`,
    size: 458,
    platform,
  });
  const amd64 = child('9d84a5716c66a1d1b9c13f8ed157ba7d1edfe7f9b8766728b8a1f25c0d9c14c1', {
    os: 'linux',
    architecture: 'amd64',
  });
  const arm64 = child('4f93460061882467e6fb3b772dc6ab72130d9ac1906aed2fc7589a5cd145433c', {
    os: 'linux',
    architecture: 'arm64',
  });
  const armV7 = child('58efe73e78fe043ca31b89007a025c594ce12aa7e6da27d21c7b14b50112e255', {
    variant: 'v7',
    os: 'linux',
    architecture: 'arm',
  });

  test.for<[string, Descriptor[], number, string]>([
    ['amd64, arm64', [amd64, arm64], 491, 'cce9590b1193d8bcb70467e2381dc81e77869be4801c09abe9bc274b6a1d2001'],
    ['arm64, amd64', [arm64, amd64], 491, '5c98cfc90e390c575679370a5dc5e37b52e854bbb7b9cb80cc1f30b56b8d183e'],
    ['with arm/v7', [amd64, arm64, armV7], 706, '84887718c9e61daa0f1996aad3ae2eb10db15dcbdab394e4b2dfee7967c55f2c'],
    ['empty', [], 88, 'dff9de10919148711140d349bf03f1a99eb06f94b03e51715ccebfa7cdc518e2'],
  ])('serializeIndex: %s', ([, manifests, size, hex]) => {
    const bytes = serializeIndex({ manifests, mediaType: mediaTypes.index, schemaVersion: 2 });
    expect(text(bytes).length).toBe(size);
    expect(digestOf(bytes)).toBe(`sha256:${hex}`);
  });
});

describe('serialize: order of fields', () => {
  const descriptor = {
    artifactType: 'a/b',
    platform: { variant: 'v7', 'os.features': ['x'], 'os.version': '1', os: 'linux', architecture: 'arm' },
    data: 'Zm9v',
    annotations: { b: '2', a: '1' },
    urls: ['https://example.com/'],
    size: 3,
    digest: descriptorOf('foo').digest,
    mediaType: 'text/plain',
  };
  const written =
    `{"mediaType":"text/plain","digest":"${descriptor.digest}","size":3,"urls":["https://example.com/"],` +
    '"annotations":{"a":"1","b":"2"},"data":"Zm9v",' +
    '"platform":{"architecture":"arm","os":"linux","os.version":"1","os.features":["x"],"variant":"v7"},' +
    '"artifactType":"a/b"}';

  test('serializeManifest: that of Go, however the object was made', () => {
    const manifest: Manifest = {
      annotations: { z: '1', Z: '2' },
      subject: descriptor,
      layers: [descriptor],
      config: descriptor,
      artifactType: 'c/d',
      mediaType: mediaTypes.manifest,
      schemaVersion: 2,
    };
    expect(text(serializeManifest(manifest))).toBe(
      `{"schemaVersion":2,"mediaType":"${mediaTypes.manifest}","artifactType":"c/d","config":${written},` +
        `"layers":[${written}],"subject":${written},"annotations":{"Z":"2","z":"1"}}`,
    );
  });

  test('serializeIndex: that of Go, however the object was made', () => {
    const index: Index = {
      annotations: { a: '1' },
      subject: descriptor,
      manifests: [descriptor],
      artifactType: 'c/d',
      mediaType: mediaTypes.index,
      schemaVersion: 2,
    };
    expect(text(serializeIndex(index))).toBe(
      `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","artifactType":"c/d","manifests":[${written}],` +
        `"subject":${written},"annotations":{"a":"1"}}`,
    );
  });

  test('serializeManifest: annotations are ordered by their UTF-8 bytes, and numbers are no exception', () => {
    // U+FF5E comes after U+1F600 in UTF-16, but before it in UTF-8; objects give '1' and '10' before all else.
    const annotations = { '\u{1f600}': 'd', '\uff5e': 'c', b: 'b', '10': 'a', '1': 'a', '': 'e' };
    const manifest = JSON.parse(text(serializeManifest({ ...foobar, layers: [], annotations })), (key, value) =>
      key === 'annotations' ? Object.keys(value).length : value,
    );
    expect(manifest.annotations).toBe(6);
    expect(text(serializeManifest({ ...foobar, layers: [], annotations }))).toContain(
      '"annotations":{"":"e","1":"a","10":"a","b":"b","\uff5e":"c","\u{1f600}":"d"}',
    );
  });

  test('serializeManifest: undefined fields and empty annotations are left out, unknown fields come last', () => {
    const manifest = { extra: { b: 1, a: 2 }, ...foobar, layers: [], artifactType: undefined, annotations: {} };
    expect(text(serializeManifest(manifest as unknown as Manifest))).toMatch(
      /^\{"schemaVersion":2,"mediaType":"[^"]*","config":\{[^}]*\},"layers":\[\],"extra":\{"b":1,"a":2\}\}$/,
    );
  });
});

describe('serialize: text', () => {
  const annotated = (value: string): string =>
    text(serializeManifest({ ...foobar, annotations: { a: value } })).replace(/^.*"a":/, '');

  test.for([
    ['what HTML would read', '<a href="x">&</a>', '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"}}'],
    ['line separators', 'a\u2028b\u2029c', '"a\\u2028b\\u2029c"}}'],
    ['control characters', '\u0000\n\r\t\u001f\u007f', '"\\u0000\\n\\r\\t\\u001f\u007f"}}'],
    ['other writings', 'äß日本\u{1f600}', '"äß日本\u{1f600}"}}'],
    ['backslashes', 'a\\u003c', '"a\\\\u003c"}}'],
  ])('serializeManifest: escapes as Go does: %s', ([, value, written]) => {
    expect(annotated(value!)).toBe(written);
  });

  test('serializeManifest: what it wrote is read as it was', () => {
    const manifest: Manifest = { ...foobar, annotations: { '<&>\u2028': '</script>\u2029"\\' } };
    expect(JSON.parse(text(serializeManifest(manifest)))).toEqual(manifest);
  });

  test('serializeManifest: annotations called like parts of Object.prototype are written', () => {
    const annotations: Record<string, string> = JSON.parse('{"__proto__":"a","constructor":"b"}');
    expect(text(serializeManifest({ ...foobar, annotations }))).toContain(
      '"annotations":{"__proto__":"a","constructor":"b"}',
    );
  });
});

test('serializeIndex: a field that is nested too deeply is an error of the manifest', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const index = { schemaVersion: 2 as const, manifests: [], deep };
  expect(() => serializeIndex(index)).toThrow(InvalidManifestError);
});
