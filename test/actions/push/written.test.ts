import { describe, expect, test } from 'vitest';
import { buildManifest, packManifest } from '../../../src/actions/push/pack.ts';
import { packFiles, push } from '../../../src/actions/push/push.ts';
import { InvalidManifestError } from '../../../src/errors.ts';
import { maxManifestSize } from '../../../src/oci/manifest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { Registry } from '../../../src/registry.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { fetchManifest, pushBlob } from '../../../src/target/content.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Annotations, Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';

const layer = descriptorOf('foo', 'text/plain');

/** What JavaScript may hand in where the types want text. */
const wrong: readonly (readonly [string, unknown, string])[] = [
  ['undefined', undefined, 'undefined, not text'],
  ['null', null, 'null, not text'],
  ['a number', 1, '1, not text'],
  ['a boolean', false, 'false, not text'],
  ['an object', { a: 'b' }, 'an object, not text'],
  ['a list', ['a'], 'a list, not text'],
  ['a function', () => 'a', 'a function, not text'],
];

/** Every way to hand in annotations, and what they are those of in the message. */
const ways: readonly (readonly [string, string, (layout: OciLayout, annotations: Annotations) => Promise<unknown>])[] =
  [
    ['push, of the manifest', 'the manifest', (layout, annotations) => push(layout, 'v1', files(), { annotations })],
    ['push, of a file', 'b', (layout, annotations) => push(layout, 'v1', files({ annotations }))],
    [
      'push, of the config',
      'the config',
      (layout, a) => push(layout, 'v1', files(), { config: { ...layer, annotations: a } }),
    ],
    ['packFiles, of a file', 'b', (_, annotations) => packFiles(files({ annotations }))],
    ['packManifest, of the manifest', 'the manifest', (layout, annotations) => packManifest(layout, { annotations })],
    [
      'packManifest, of a layer',
      'layer 2',
      (layout, a) => packManifest(layout, { layers: [layer, { ...layer, annotations: a }] }),
    ],
    [
      'packManifest, of the config',
      'the config',
      (layout, a) => packManifest(layout, { config: { ...layer, annotations: a } }),
    ],
    ['pushBlob', 'the blob', (layout, annotations) => pushBlob(layout, 'x', { annotations })],
    ['pushFile', 'b', (layout, annotations) => new Registry().pushFile(layout, files()[1]!, { annotations })],
    [
      'pushFile, of the file',
      'b',
      (layout, annotations) => new Registry().pushFile(layout, files({ annotations })[1]!),
    ],
  ];

function files(properties: object = {}): { name: string; content: string }[] {
  return [
    { name: 'a', content: 'a' },
    { name: 'b', content: 'b', ...properties },
  ];
}

describe('annotations that are no texts', () => {
  test.for(ways)('%s: refused by name before anything is stored', async ([, of, write]) => {
    for (const [, value, words] of wrong) {
      const storage = new MemoryStorage();
      const annotations = { 'org.example.a': 'ok', 'org.example.b': value } as Annotations;
      const error = await rejection(write(new OciLayout(storage), annotations));
      expect(error).toBeInstanceOf(InvalidManifestError);
      expect((error as Error).message).toBe(`The annotation "org.example.b" of ${of} is ${words}`);
      expect(await itemsOf(storage.list())).toEqual([]);
    }
  });

  test.for<[string, unknown]>([
    ['a list', ['a=b']],
    ['a Map', new Map([['a', 'b']])],
    ['a text', 'a=b'],
    ['a symbol among them', { [Symbol('a')]: 'b' }],
  ])('%s instead of an object', ([, annotations]) => {
    expect(() => buildManifest({ annotations: annotations as Annotations })).toThrow(InvalidManifestError);
    expect(() => buildManifest({ layers: [{ ...layer, annotations: annotations as Annotations }] })).toThrow(
      InvalidManifestError,
    );
  });

  test('empty texts, odd names and no annotations are written', () => {
    const annotations = { '': 'a', a: '', constructor: 'b', ['__proto__']: 'c' };
    expect(Object.keys(buildManifest({ annotations }).manifest.annotations ?? {})).toEqual(Object.keys(annotations));
    expect(buildManifest({ annotations: undefined }).manifest).not.toHaveProperty('annotations');
  });
});

describe('descriptors that stand for nothing', () => {
  const bad = { ...layer, digest: 'sha256:abc' };
  test.for<[string, object, string]>([
    ['a layer', { layers: [layer, bad] }, 'layers[1].digest is "sha256:abc", not a digest'],
    ['the config', { config: { ...layer, size: undefined } }, 'config.size is missing'],
    ['the subject', { subject: { ...layer, size: -1 } }, 'subject.size is -1, not a number of bytes'],
    ['a subject that is a digest', { subject: layer.digest }, 'subject.digest is missing'],
  ])('%s: refused', ([, content, words]) => {
    expect(() => buildManifest(content)).toThrow(`The manifest cannot be made: ${words}`);
  });
});

describe('subject', () => {
  test('is written with its type, digest and size only, whatever else is said of it', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const options = { artifactType: 'application/vnd.s', annotations: { k: 'v' } };
    const subject: Descriptor = (await push(layout, 'v1', files(), options)).descriptor;
    const { mediaType, digest, size } = subject;
    const bare = { mediaType, digest, size };
    for (const attached of [
      await push(layout, undefined, files(), { subject }),
      await packManifest(layout, { subject }),
      await packFiles(files(), {
        subject: { ...subject, platform: { os: 'linux', architecture: 'arm' }, data: 'e30=' },
      }),
    ]) {
      expect(attached.manifest.subject).toEqual(bare);
      expect(JSON.parse(new TextDecoder().decode(attached.bytes)).subject).toEqual(bare);
    }
    const like = await packFiles([{ name: 'x', content: 'x' }], { artifactType: 'sig/z', subject });
    expect(like.descriptor.digest).toBe(
      (await packFiles([{ name: 'x', content: 'x' }], { artifactType: 'sig/z', subject: bare })).descriptor.digest,
    );
    expect(await fetchManifest(layout, digest)).toMatchObject({ descriptor: bare });
  });
});

describe('manifests above 4 MiB', () => {
  const room = maxManifestSize - buildManifest({ annotations: { a: '' } }).bytes.byteLength;

  test('4 MiB are written, and one byte more is refused', () => {
    expect(buildManifest({ annotations: { a: 'x'.repeat(room) } }).bytes.byteLength).toBe(maxManifestSize);
    expect(() => buildManifest({ annotations: { a: 'x'.repeat(room + 1) } })).toThrow(/4 MiB.* archive/);
  });

  const large = { annotations: { a: 'x'.repeat(4000) } };
  test.for<[string, (layout: OciLayout) => Promise<unknown>]>([
    ['push, by many files', (layout) => push(layout, 'v1', manyFiles())],
    ['push to a digest', (layout) => push(layout, 'v1', manyFiles(), { digest: layer.digest })],
    [
      'push of streams',
      (layout) =>
        push(
          layout,
          'v1',
          manyFiles(() => new Blob(['x']).stream()),
        ),
    ],
    ['push, by an annotation', (layout) => push(layout, 'v1', files(), { annotations: { a: 'x'.repeat(room + 1) } })],
    ['packFiles', () => packFiles(manyFiles())],
    ['packManifest', (layout) => packManifest(layout, { layers: Array(1100).fill({ ...layer, ...large }) })],
  ])('%s: refused before anything is stored', async ([, write]) => {
    const storage = new MemoryStorage();
    const error = await write(new OciLayout(storage)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOO_LARGE', limit: maxManifestSize });
    expect((error as { actual: number }).actual).toBeGreaterThan(maxManifestSize);
    expect(await itemsOf(storage.list())).toEqual([]);
  });

  function manyFiles(content: () => string | ReadableStream<Uint8Array> = () => 'x'): {
    name: string;
    content: string | ReadableStream<Uint8Array>;
  }[] {
    return Array.from({ length: 1100 }, (_, i) => ({ name: `${i}`, content: content(), ...large }));
  }

  test('a file is not read for an artifact that is refused', async () => {
    const read: string[] = [];
    const hash = async (): Promise<string> => {
      read.push('file');
      return layer.digest;
    };
    expect(await rejection(packFiles(manyFiles(), { hash }))).toMatchObject({ code: 'TOO_LARGE' });
    expect(read).toEqual([]);
  });

  test('a repository sends nothing of it', async () => {
    const requests: string[] = [];
    const registry = new Registry({
      fetch: async (url) => {
        requests.push(url);
        return new Response(null, { status: 201 });
      },
    });
    const text = ' '.repeat(maxManifestSize + 1);
    const descriptor = descriptorOf(text, mediaTypes.manifest);
    const error = await rejection(registry.repository('reg.test/a').push(descriptor, new Blob([text])));
    expect(error).toMatchObject({ code: 'TOO_LARGE', actual: maxManifestSize + 1 });
    expect(requests).toEqual([]);
  });
});
