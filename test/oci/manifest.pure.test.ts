import { describe, expect, test } from 'vitest';
import { InvalidManifestError, TooLargeError } from '../../src/errors.ts';
import { maxManifestSize, parseManifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { bytesOf, descriptorOf } from '../support/content.ts';

const config = descriptorOf('{}', mediaTypes.empty);
const layer = descriptorOf('foo', 'text/plain');
const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [descriptorOf('x', mediaTypes.manifest)] };

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

function parse(value: unknown, contentType?: string, faults: string[] = []): ReturnType<typeof parseManifest> {
  const bytes = bytesOf(typeof value === 'string' ? value : JSON.stringify(value));
  return parseManifest(bytes, { contentType, onFault: (fault) => faults.push(fault) });
}

describe('manifest: kinds', () => {
  const { mediaType: _, ...untypedManifest } = manifest;
  const { mediaType: __, ...untypedIndex } = index;

  test.for<[string, object, string | undefined, 'manifest' | 'index']>([
    ['a manifest', manifest, mediaTypes.manifest, 'manifest'],
    ['an index', index, mediaTypes.index, 'index'],
    ['a manifest that came without a type', manifest, undefined, 'manifest'],
    ['an index that came without a type', index, undefined, 'index'],
    ['a manifest that does not say its type', untypedManifest, mediaTypes.manifest, 'manifest'],
    ['an index that does not say its type', untypedIndex, mediaTypes.index, 'index'],
    ['a manifest without any type', untypedManifest, undefined, 'manifest'],
    ['an index without any type', untypedIndex, undefined, 'index'],
    ['an empty index', { ...index, manifests: [] }, mediaTypes.index, 'index'],
    ["Docker's manifest", { ...manifest, mediaType: mediaTypes.dockerManifest }, mediaTypes.dockerManifest, 'manifest'],
    ["Docker's index", { ...index, mediaType: mediaTypes.dockerIndex }, mediaTypes.dockerIndex, 'index'],
  ])('parseManifest: %s', ([, value, contentType, kind]) => {
    const parsed = parse(value, contentType);
    expect(parsed).toEqual(kind === 'manifest' ? { kind, manifest: value } : { kind, index: value });
  });

  test('parseManifest: unknown fields are kept, everywhere', () => {
    const value = {
      ...manifest,
      'x-new': [1],
      config: { ...config, 'x-new': { a: null } },
      layers: [{ ...layer, 'x-new': true }],
    };
    expect(parse(value)).toEqual({ kind: 'manifest', manifest: value });
  });

  test('parseManifest: no layers and unknown types are no errors', () => {
    const value = { ...manifest, config: { ...config, mediaType: 'test/unheard-of' }, layers: [] };
    expect(parse(value)).toEqual({ kind: 'manifest', manifest: value });
  });

  test('parseManifest: it is read as the type it came as, and what it calls itself is told', () => {
    const faults: string[] = [];
    expect(parse(manifest, mediaTypes.dockerManifest, faults)).toEqual({ kind: 'manifest', manifest });
    expect(parse(index, mediaTypes.dockerIndex, faults)).toEqual({ kind: 'index', index });
    expect(faults).toEqual([
      `it calls itself ${mediaTypes.manifest}, and is read as ${mediaTypes.dockerManifest}`,
      `it calls itself ${mediaTypes.index}, and is read as ${mediaTypes.dockerIndex}`,
    ]);
  });

  test.for([
    '',
    'application/json',
    'text/plain; charset=utf-8',
    mediaTypes.octetStream,
    'binary/octet-stream',
    'text',
  ])('parseManifest: a content type %j does not say what it is', (contentType) => {
    const faults: string[] = [];
    expect(parse(index, contentType, faults)).toEqual({ kind: 'index', index });
    expect(parse(untypedManifest, contentType, faults)).toEqual({ kind: 'manifest', manifest: untypedManifest });
    expect(faults).toEqual([]);
  });

  test('parseManifest: parameters and capitals of its types do not matter', () => {
    const faults: string[] = [];
    const value = { ...index, mediaType: `${mediaTypes.index}; charset=utf-8` };
    expect(parse(value, mediaTypes.index.toUpperCase(), faults)).toEqual({ kind: 'index', index: value });
    expect(faults).toEqual([]);
  });

  test.for([
    'application/vnd.oci.artifact.manifest.v1+json',
    'application/vnd.cncf.oras.artifact.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    'application/vnd.example.unheard-of',
  ])('parseManifest: the type %s is not read, and named', (mediaType) => {
    const feature = `manifests of type ${mediaType}`;
    for (const [value, contentType] of [
      [{ mediaType, blobs: [] }, undefined],
      [{ mediaType, blobs: [] }, 'application/json'],
      [{ blobs: [] }, mediaType],
      [manifest, `${mediaType}; charset=utf-8`],
    ] as const) {
      const error = thrownBy(() => parse(value, contentType));
      expect(error).toMatchObject({ code: 'UNSUPPORTED', feature });
      expect(String(error)).toContain(mediaType);
    }
  });

  test("parseManifest: Docker's schema 1 is known by its fields, as it does not say its type", () => {
    const error = thrownBy(() => parse({ schemaVersion: 1, name: 'a', fsLayers: [], history: [] }));
    expect(error).toMatchObject({ feature: 'manifests of type application/vnd.docker.distribution.manifest.v1+json' });
  });
});

describe('manifest: what is not set', () => {
  const nulls = (...fields: string[]): object => Object.fromEntries(fields.map((field) => [field, null]));
  const descriptorNulls = nulls('urls', 'annotations', 'data', 'platform', 'artifactType');

  test('parseManifest: null in a manifest is a field that is not set', () => {
    const faults: string[] = [];
    const value = {
      ...nulls('mediaType', 'artifactType', 'subject', 'annotations', 'manifests'),
      schemaVersion: 2,
      config: { ...descriptorNulls, ...config },
      layers: [{ ...layer, ...descriptorNulls, 'x-new': null, annotations: { a: null, b: 'c' } }],
      'x-new': null,
    };
    const read = { schemaVersion: 2, config, layers: [{ ...layer, 'x-new': null, annotations: { b: 'c' } }] };
    expect(parse(value, undefined, faults)).toEqual({ kind: 'manifest', manifest: { ...read, 'x-new': null } });
    expect(faults).toEqual([]);
  });

  test('parseManifest: null in an index is a field that is not set', () => {
    const faults: string[] = [];
    const platform = { os: 'linux', architecture: 'amd64', ...nulls('variant', 'os.version', 'os.features') };
    const value = {
      ...index,
      ...nulls('mediaType', 'artifactType', 'subject', 'annotations', 'config', 'layers'),
      manifests: [{ ...layer, ...descriptorNulls, platform }],
    };
    const manifests = [{ ...layer, platform: { os: 'linux', architecture: 'amd64' } }];
    expect(parse(value, mediaTypes.index, faults)).toEqual({ kind: 'index', index: { schemaVersion: 2, manifests } });
    expect(faults).toEqual([]);
  });

  test.for([undefined, null])('parseManifest: a list that is %s is empty', (list) => {
    const faults: string[] = [];
    const manifests = { ...index, manifests: list };
    expect(parse(manifests, mediaTypes.index, faults)).toEqual({ kind: 'index', index: { ...index, manifests: [] } });
    const layers = { ...manifest, layers: list };
    expect(parse(layers, undefined, faults)).toEqual({ kind: 'manifest', manifest: { ...manifest, layers: [] } });
    expect(faults).toEqual([]);
  });

  test('parseManifest: what is there keeps its order', () => {
    const text = `{"x":null,"annotations":{"b":"","a":"","__proto__":"p"},"subject":null,"manifests":[],"schemaVersion":2}`;
    const parsed = parse(text);
    expect(parsed.kind === 'index' && JSON.stringify(parsed.index)).toBe(text.replace('"subject":null,', ''));
  });
});

describe('manifest: what is odd', () => {
  /** What is read of a layer, and what is told of it. */
  function layerOf(change: object): [object | undefined, string[]] {
    const faults: string[] = [];
    const parsed = parse({ ...manifest, layers: [{ ...layer, ...change }] }, undefined, faults);
    return [parsed.kind === 'manifest' ? parsed.manifest.layers[0] : undefined, faults];
  }

  test.for(['', 'text', 'application/vnd.dev.sigstore.bundle+json;version=0.3', 'a/b c', 'text/plain\n'])(
    'parseManifest: the media type %j is given as it is',
    (mediaType) => {
      expect(layerOf({ mediaType })).toEqual([{ ...layer, mediaType }, []]);
    },
  );

  test.for<[string, object, object, string]>([
    ['no media type', { mediaType: null }, { mediaType: '' }, 'mediaType is missing'],
    ['annotations that are a list', { annotations: ['a'] }, {}, 'annotations is a list, not an object'],
    ['an annotation', { annotations: { a: 1, b: '' } }, { annotations: { b: '' } }, 'annotations["a"] is 1, not text'],
    ['urls that are one', { urls: 'https://x' }, {}, 'urls is "https://x", not a list'],
    ['one of the urls', { urls: ['https://x', {}] }, { urls: ['https://x'] }, 'urls[1] is an object, not text'],
    ['a platform as text', { platform: 'linux/arm' }, {}, 'platform is "linux/arm", not an object'],
    ['a platform without an os', { platform: { architecture: 'arm' } }, {}, 'platform.os is missing'],
    ['an artifact type', { artifactType: false }, {}, 'artifactType is false, not text'],
  ])('parseManifest: only what is odd is left out: %s', ([, change, read, fault]) => {
    expect(layerOf(change)).toEqual([{ ...layer, ...read }, [`layers[0].${fault}`]]);
  });

  test('parseManifest: an unknown platform is one', () => {
    const platform = { architecture: 'unknown', os: 'unknown', features: ['sse4'] };
    expect(layerOf({ platform })).toEqual([{ ...layer, platform }, []]);
  });

  test('parseManifest: an entry of an index that stands for nothing is passed over', () => {
    const [good] = index.manifests;
    const bad = [null, 'x', {}, { ...good, size: -1 }, { ...good, digest: 'sha256:../../../v2/other/blobs/x' }];
    const faults: string[] = [];
    const value = { ...index, manifests: [...bad, good], subject: { mediaType: 'a/b', digest: 'x', size: 1 } };
    expect(parse(value, undefined, faults)).toEqual({ kind: 'index', index });
    expect(faults).toHaveLength(bad.length + 1);
    expect(faults[3]).toBe('manifests[3].size is -1, not a number of bytes');
  });

  test('parseManifest: a schema version that is missing, and a media type that is no text, are told', () => {
    const { schemaVersion: _, mediaType: __, ...rest } = manifest;
    const faults: string[] = [];
    const read = { ...rest, schemaVersion: 2 };
    expect(parse({ ...rest, mediaType: 1 }, mediaTypes.manifest, faults)).toEqual({ kind: 'manifest', manifest: read });
    expect(faults).toEqual(['mediaType is 1, not text', 'schemaVersion is missing']);
  });
});

describe('manifest: refused', () => {
  const withLayer = (change: object): object => ({ ...manifest, layers: [{ ...layer, ...change }] });

  test.for<[string, unknown]>([
    ['both manifest and index, by layers', { ...index, layers: [layer] }],
    ['both manifest and index, by config', { ...index, config }],
    ['both manifest and index, in capitals', { ...index, Layers: [layer] }],
    ['both manifest and index, by an empty list', { ...manifest, manifests: [] }],
    ['no config', { ...manifest, config: undefined }],
    ['layers in capitals', { ...manifest, layers: undefined, Layers: [layer] }],
    ['layers that are no list', { ...manifest, layers: layer }],
    ['a null layer', { ...manifest, layers: [null] }],
    ['a config that is null', { ...manifest, config: null }],
    ['manifests that are no list', { ...index, manifests: {} }],
    ['another schema version', { ...manifest, schemaVersion: 1 }],
    ['a schema version as text', { ...manifest, schemaVersion: '2' }],
    ['a digest that is none', withLayer({ digest: 'sha256:../../../v2/other/blobs/x' })],
    ['a digest in capitals', withLayer({ digest: layer.digest.toUpperCase().replace('SHA', 'sha') })],
    ['a digest too short', withLayer({ digest: 'sha256:abc' })],
    ['a digest with a line end', withLayer({ digest: `${layer.digest}\n` })],
    ['a digest of a prototype', withLayer({ digest: '__proto__:x' })],
    ['a negative size', withLayer({ size: -1 })],
    ['a size that is not whole', withLayer({ size: 1.5 })],
    ['a size as text', withLayer({ size: '12' })],
    ['a size of 2^62', withLayer({ size: 2 ** 62 })],
    ['no size', withLayer({ size: undefined })],
    ['no object', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['nothing', ''],
    ['no JSON', '{"schemaVersion":2'],
    ['HTML', '<html></html>'],
    ['a byte order mark', `\ufeff${JSON.stringify(manifest)}`],
    ['a size beyond 2^53', JSON.stringify(manifest).replace('"size":3', '"size":9007199254740993')],
    ['lists in lists as layers', `{"schemaVersion":2,"config":{},"layers":${'['.repeat(1e5)}${']'.repeat(1e5)}}`],
  ])('parseManifest: %s', ([, value]) => {
    expect(() => parse(value)).toThrow(InvalidManifestError);
  });

  test.for<[unknown, string]>([
    [withLayer({ size: -1 }), 'layers[0].size is -1, not a number of bytes'],
    [withLayer({ size: null }), 'layers[0].size is missing'],
    [withLayer({ digest: 'sha256:abc\u009b\n' }), 'layers[0].digest is "sha256:abc \\n", not a digest'],
    [{ ...manifest, config: [] }, 'config is a list, not an object'],
    [{ ...manifest, config: undefined, layers: [] }, 'config is missing'],
    [{ ...manifest, layers: 'x'.repeat(100) }, `layers is "${'x'.repeat(80)}…", not a list`],
    [{ ...manifest, schemaVersion: 3 }, 'schemaVersion is 3, not 2'],
  ])('parseManifest: the message says what is wrong, and where: %#', ([value, words]) => {
    const error = thrownBy(() => parse(value, mediaTypes.manifest));
    expect(error).toBeInstanceOf(InvalidManifestError);
    expect((error as Error).message).toBe(`The manifest cannot be read: ${words}`);
  });

  test.for([
    ['an index with layers', mediaTypes.index, manifest],
    ['a manifest with manifests', mediaTypes.dockerManifest, index],
  ] as const)('parseManifest: %s, whatever it calls itself', ([, contentType, value]) => {
    expect(() => parse(value, contentType)).toThrow(InvalidManifestError);
  });

  test('parseManifest: invalid UTF-8', () => {
    const bytes = bytesOf(JSON.stringify({ ...manifest, annotations: { a: 'X' } }));
    bytes[bytes.indexOf('X'.charCodeAt(0), bytes.length - 6)] = 0xff;
    expect(() => parseManifest(bytes)).toThrow(InvalidManifestError);
  });

  test('parseManifest: depth in unknown fields is no crash', () => {
    const text = JSON.stringify(manifest).replace('{', `{"deep":${'['.repeat(1e5)}${']'.repeat(1e5)},`);
    expect(parse(text).kind).toBe('manifest');
  });

  test('parseManifest: more than the limit, which itself is taken', () => {
    const text = JSON.stringify(manifest);
    const padded = bytesOf(text + ' '.repeat(maxManifestSize - text.length));
    expect(parseManifest(padded).kind).toBe('manifest');
    const error = (() => {
      try {
        return parseManifest(bytesOf(`${text}${' '.repeat(maxManifestSize - text.length + 1)}`));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(TooLargeError);
    expect(error).toMatchObject({ limit: 4 * 1024 * 1024, actual: 4 * 1024 * 1024 + 1 });
  });
});

describe('manifest: names of Object.prototype', () => {
  test('parseManifest: annotations called so are kept and change nothing', () => {
    const annotations = '{"constructor":"a","toString":"b","hasOwnProperty":"c"}';
    const parsed = parse(
      JSON.stringify({ ...manifest, annotations: 0 }).replace('"annotations":0', `"annotations":${annotations}`),
    );
    expect(parsed.kind === 'manifest' && JSON.stringify(parsed.manifest.annotations)).toBe(annotations);
  });

  test.for([
    '{"__proto__":{"polluted":"1"}}',
    '{"__proto__":"polluted"}',
    '{"constructor":{"prototype":{"polluted":"1"}}}',
  ])('parseManifest: %s pollutes nothing', (annotations) => {
    const text = JSON.stringify({ ...manifest, annotations: 0 }).replace(
      '"annotations":0',
      `"annotations":${annotations}`,
    );
    try {
      const parsed = parse(text);
      const kept = parsed.kind === 'manifest' ? parsed.manifest.annotations : undefined;
      expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidManifestError);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
