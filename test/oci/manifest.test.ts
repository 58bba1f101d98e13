import { describe, expect, test } from 'vitest';
import { InvalidManifestError, MismatchError, TooLargeError } from '../../src/errors.ts';
import { maxManifestSize, parseManifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { bytesOf, descriptorOf } from '../support/content.ts';

const config = descriptorOf('{}', mediaTypes.empty);
const layer = descriptorOf('foo', 'text/plain');
const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [descriptorOf('x', mediaTypes.manifest)] };

function parse(value: unknown, contentType?: string): ReturnType<typeof parseManifest> {
  return parseManifest(bytesOf(typeof value === 'string' ? value : JSON.stringify(value)), contentType);
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

  test('parseManifest: the type it came as must be the one it says', () => {
    expect(() => parse(manifest, mediaTypes.index)).toThrow(MismatchError);
    expect(() => parse(manifest, mediaTypes.dockerManifest)).toThrow(MismatchError);
  });
});

describe('manifest: refused', () => {
  const withLayer = (change: object): object => ({ ...manifest, layers: [{ ...layer, ...change }] });

  test.for<[string, unknown]>([
    ['both manifest and index, by layers', { ...index, layers: [layer] }],
    ['both manifest and index, by config', { ...index, config }],
    ['both manifest and index, of an unknown type', { ...manifest, mediaType: 'test/x', manifests: [] }],
    ['no config', { ...manifest, config: undefined }],
    ['no layers', { ...manifest, layers: undefined }],
    ['layers in capitals', { ...manifest, layers: undefined, Layers: [layer] }],
    ['layers that are no list', { ...manifest, layers: layer }],
    ['a null layer', { ...manifest, layers: [null] }],
    ['another schema version', { ...manifest, schemaVersion: 1 }],
    ['a schema version as text', { ...manifest, schemaVersion: '2' }],
    ['no schema version', { ...manifest, schemaVersion: undefined }],
    ['a media type that is none', withLayer({ mediaType: 'text' })],
    ['a media type that is no text', { ...manifest, mediaType: 1 }],
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
    ['annotations that are numbers', { ...manifest, annotations: { a: 1 } }],
    ['annotations that are objects', withLayer({ annotations: { a: { b: 'c' } } })],
    ['annotations that are a list', { ...manifest, annotations: ['a'] }],
    ['a subject that is no descriptor', { ...manifest, subject: { digest: layer.digest } }],
    ['an index with an entry that is no descriptor', { ...index, manifests: [{ mediaType: 'a/b' }] }],
    ['a platform without an os', { ...index, manifests: [{ ...layer, platform: { architecture: 'arm' } }] }],
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

  test('parseManifest: the message says where', () => {
    expect(() => parse(withLayer({ size: -1 }))).toThrow(/at layers\.0\.size/);
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
