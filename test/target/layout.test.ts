import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/actions/inspect.ts';
import { buildManifest } from '../../src/actions/push/pack.ts';
import { push } from '../../src/actions/push/push.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { InvalidReferenceError, NotFoundError, UnsupportedError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { serializeIndex } from '../../src/oci/serialize.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { fetchBytes } from '../../src/target/content.ts';
import { blobPath } from '../../src/target/layout/blob-path.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import type { Descriptor, Index } from '../../src/types.ts';
import { testTarget } from '../contracts/target.ts';
import { bytesOf, descriptorOf, itemsOf, rejection } from '../support/content.ts';

describe('OciLayout: a target, in memory', () => {
  testTarget({ sortedTags: true }, () => new OciLayout(new MemoryStorage()));
});

const refName = 'org.opencontainers.image.ref.name';
const a = buildManifest({ annotations: { name: 'a' } });
const b = buildManifest({ annotations: { name: 'b' } });

function core({ mediaType, digest, size, artifactType }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(artifactType && { artifactType }) };
}

async function made(): Promise<{ storage: MemoryStorage; layout: OciLayout }> {
  const storage = new MemoryStorage();
  const layout = new OciLayout(storage);
  for (const { descriptor, bytes } of [a, b]) await layout.push(descriptor, blobOf(bytes));
  return { storage, layout };
}

async function json(storage: MemoryStorage, path: string): Promise<unknown> {
  return JSON.parse(await (await storage.get(path))!.text());
}

async function entries(storage: MemoryStorage): Promise<Descriptor[]> {
  return ((await json(storage, 'index.json')) as Index).manifests;
}

describe('OciLayout: files', () => {
  test('writes what the specification asks for, and nothing else', async () => {
    const { storage, layout } = await made();
    await layout.push(descriptorOf('hello'), new Blob(['hello']));
    const paths: string[] = [];
    for await (const { path } of storage.list()) paths.push(path);
    expect(paths.sort()).toEqual(
      [
        'index.json',
        'oci-layout',
        ...[a.descriptor, b.descriptor, descriptorOf('hello')].map(({ digest }) =>
          digest.replace('sha256:', 'blobs/sha256/'),
        ),
      ].sort(),
    );
    expect(await json(storage, 'oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(await json(storage, 'index.json')).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [core(a.descriptor), core(b.descriptor)],
    });
  });

  test('writes nothing before something is stored, and is empty until then', async () => {
    const storage = new MemoryStorage();
    const layout = new OciLayout(storage);
    expect(await layout.exists(a.descriptor)).toBe(false);
    expect(await rejection(layout.resolve('v1'))).toBeInstanceOf(NotFoundError);
    for await (const tag of layout.tags()) expect.unreachable(tag);
    for await (const { path } of storage.list()) expect.unreachable(path);
  });

  test('lists a manifest under its tags, or once without', async () => {
    const { storage, layout } = await made();
    await layout.tag(a.descriptor, 'v1');
    await layout.tag(a.descriptor, 'v2');
    await layout.push(a.descriptor, blobOf(a.bytes));
    const tagged = (tag: string): Descriptor => ({ ...core(a.descriptor), annotations: { [refName]: tag } });
    expect(await entries(storage)).toEqual([core(b.descriptor), tagged('v1'), tagged('v2')]);
    await layout.tag(b.descriptor, 'v1');
    await layout.tag(b.descriptor, 'v2');
    expect((await entries(storage)).map(({ digest }) => digest)).toEqual([
      a.descriptor.digest,
      b.descriptor.digest,
      b.descriptor.digest,
    ]);
  });

  test('does not list blobs', async () => {
    const storage = new MemoryStorage();
    await new OciLayout(storage).push(descriptorOf('hello'), new Blob(['hello']));
    expect(await storage.get('index.json')).toBeUndefined();
  });

  test('keeps what many changes at a time make of the index', async () => {
    const { layout } = await made();
    const names = Array.from({ length: 20 }, (_, i) => `v${i + 10}`);
    await Promise.all(names.map((name) => layout.tag(a.descriptor, name)));
    const tags: string[] = [];
    for await (const tag of layout.tags()) tags.push(tag);
    expect(tags).toEqual(names);
  });

  test('takes a full reference as a tag, and never as a path', async () => {
    const { storage, layout } = await made();
    for (const tag of ['ghcr.io/org/hello:v1', '../../x', 'a\\b', '__proto__']) {
      await layout.tag(a.descriptor, tag);
      expect(await layout.resolve(tag)).toEqual(core(a.descriptor));
    }
    for await (const { path } of storage.list())
      expect(path).toMatch(/^(?:blobs\/sha256\/\w{64}|index\.json|oci-layout)$/);
  });
});

describe('OciLayout: written by others', () => {
  const untyped = JSON.stringify({ schemaVersion: 2, config: descriptorOf('{}', mediaTypes.empty), layers: [] });
  const artifact = 'application/vnd.oci.artifact.manifest.v1+json';

  async function layoutOf(manifests: unknown[], ...contents: string[]): Promise<OciLayout> {
    const storage = new MemoryStorage();
    for (const text of contents) await storage.put(blobPath(digestOf(bytesOf(text))), new Blob([text]));
    await storage.put('oci-layout', new Blob(['{"imageLayoutVersion":"1.0.0"}']));
    await storage.put('index.json', new Blob([JSON.stringify({ schemaVersion: 2, manifests })]));
    return new OciLayout(storage);
  }

  test.for(['', 'text', 'application/json', null])(
    'an entry of type %j is what its content says',
    async (mediaType) => {
      const entry = { ...descriptorOf(untyped), mediaType, annotations: { [refName]: 'v1' } };
      const layout = await layoutOf([entry], untyped);
      for (const reference of ['v1', entry.digest]) {
        expect(await layout.resolve(reference)).toEqual(descriptorOf(untyped, mediaTypes.manifest));
        expect((await inspect(layout, reference)).kind).toBe('manifest');
      }
    },
  );

  test('a digest that only an index lists is what its content says, by its fields, too', async () => {
    const schema1 = JSON.stringify({ schemaVersion: 1, fsLayers: [] });
    const old = JSON.stringify({ mediaType: artifact, blobs: [] });
    const other = JSON.stringify({ mediaType: 'application/vnd.example', config: {} });
    const layout = await layoutOf([], untyped, schema1, old, other, '[]');
    const typeOf = async (text: string): Promise<string> => (await layout.resolve(digestOf(bytesOf(text)))).mediaType;
    expect(await typeOf(untyped)).toBe(mediaTypes.manifest);
    expect(await typeOf(schema1)).toBe('application/vnd.docker.distribution.manifest.v1+json');
    expect(await typeOf(old)).toBe(artifact);
    for (const text of [other, '[]']) expect(await typeOf(text)).toBe(mediaTypes.octetStream);
  });

  test('one bad entry does not hide the others, and stays', async () => {
    const bad = [
      null,
      { mediaType: mediaTypes.manifest, digest: 'sha256:abc', size: 1, annotations: { [refName]: 'bad' } },
    ];
    const layout = await layoutOf([...bad, { ...descriptorOf(untyped, mediaTypes.manifest) }], untyped);
    expect(await rejection(layout.resolve('bad'))).toBeInstanceOf(NotFoundError);
    const descriptor = await layout.resolve(descriptorOf(untyped).digest);
    await layout.tag(descriptor, 'v1');
    expect(await itemsOf(layout.tags())).toEqual(['v1']);
  });

  test('each tag is listed once', async () => {
    const tagged = { ...descriptorOf(untyped, mediaTypes.manifest), annotations: { [refName]: 'v1' } };
    expect(await itemsOf((await layoutOf([tagged, tagged], untyped)).tags())).toEqual(['v1']);
  });

  test('a manifest of a retired type is listed when it is pushed, and its bytes can be had', async () => {
    const text = JSON.stringify({ mediaType: artifact, blobs: [] });
    const layout = new OciLayout(new MemoryStorage());
    await layout.push(descriptorOf(text, artifact), new Blob([text]));
    await layout.tag(descriptorOf(text, artifact), 'v1');
    const descriptor = await layout.resolve('v1');
    expect(descriptor).toEqual(descriptorOf(text, artifact));
    expect(await fetchBytes(layout, descriptor)).toEqual(bytesOf(text));
    expect(await rejection(inspect(layout, 'v1'))).toMatchObject({ feature: `manifests of type ${artifact}` });
  });
});

describe('OciLayout: taking away', () => {
  test('untag: what the tag stood for stays, under its digest and its other tags (S5)', async () => {
    const { layout, storage } = await made();
    await layout.tag(a.descriptor, 'v1');
    await layout.tag(a.descriptor, 'v2');
    await layout.untag('v1');
    expect(await rejection(layout.resolve('v1'))).toBeInstanceOf(NotFoundError);
    expect(await layout.resolve('v2')).toEqual(core(a.descriptor));
    await layout.untag('v2');
    expect(await rejection(layout.untag('v3'))).toMatchObject({ code: 'NOT_FOUND', reference: 'v3' });
    expect(await rejection(layout.untag(a.descriptor.digest))).toBeInstanceOf(InvalidReferenceError);
    expect(await layout.resolve(a.descriptor.digest)).toEqual(core(a.descriptor));
    expect(await entries(storage)).toHaveLength(2);
  });

  test('delete: removes content with all its tags, and what is not there is not found', async () => {
    const { layout, storage } = await made();
    await layout.tag(a.descriptor, 'v1');
    await layout.delete(a.descriptor);
    expect(await rejection(layout.delete(a.descriptor))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await layout.exists(a.descriptor)).toBe(false);
    expect(await rejection(layout.resolve('v1'))).toBeInstanceOf(NotFoundError);
    expect(await entries(storage)).toEqual([core(b.descriptor)]);
  });
});

describe('OciLayout: finding', () => {
  test('resolve: a blob by its digest, as bytes of an unknown type', async () => {
    const { layout } = await made();
    const hello = descriptorOf('hello', 'text/plain');
    await layout.push(hello, new Blob(['hello']));
    expect(await layout.resolve(hello.digest)).toEqual({ ...hello, mediaType: mediaTypes.octetStream });
  });

  test('a digest names its content, whatever has it as a tag', async () => {
    const { storage, layout } = await made();
    const { digest } = a.descriptor;
    expect(await rejection(layout.tag(b.descriptor, digest))).toBeInstanceOf(InvalidReferenceError);
    const forged = { ...core(b.descriptor), annotations: { [refName]: digest } };
    await storage.put('index.json', new Blob([JSON.stringify({ schemaVersion: 2, manifests: [forged] })]));
    expect((await layout.resolve(digest)).digest).toBe(digest);
  });

  test('untag: a name with a colon is a tag, unless it is a digest', async () => {
    const { layout } = await made();
    await layout.tag(a.descriptor, 'hello:v1');
    expect((await layout.resolve('hello:v1')).digest).toBe(a.descriptor.digest);
    await layout.untag('hello:v1');
    expect(await itemsOf(layout.tags())).toEqual([]);
  });

  test('resolve, tag: an empty name is refused', async () => {
    const { layout } = await made();
    expect(await rejection(layout.resolve(''))).toBeInstanceOf(InvalidReferenceError);
    expect(await rejection(layout.tag(a.descriptor, ''))).toBeInstanceOf(InvalidReferenceError);
  });

  test('exists: a file that is not complete is not there', async () => {
    const { layout, storage } = await made();
    await storage.put(blobPath(a.descriptor.digest), blobOf(a.bytes.slice(1)));
    expect(await layout.exists(a.descriptor)).toBe(false);
  });

  test('fetch: a file that was changed is not delivered as complete', async () => {
    const { layout, storage } = await made();
    await storage.put(blobPath(a.descriptor.digest), blobOf(bytesOf('x'.repeat(a.descriptor.size))));
    await expect(new Response(await layout.fetch(a.descriptor)).text()).rejects.toThrow();
  });

  test('resolve: keeps platform and artifact type of an entry, and not its tag', async () => {
    const storage = new MemoryStorage();
    const entry = { ...core(a.descriptor), platform: { os: 'linux', architecture: 'arm' }, artifactType: 'a/b' };
    const index: Index = {
      schemaVersion: 2,
      manifests: [{ ...entry, annotations: { [refName]: 'v1', other: 'x' } }],
    };
    await storage.put('oci-layout', new Blob(['{"imageLayoutVersion":"1.0.0"}']));
    await storage.put('index.json', blobOf(serializeIndex(index)));
    expect(await new OciLayout(storage).resolve('v1')).toEqual(entry);
  });
});

test('blobPath: is made of a checked digest', () => {
  expect(blobPath(descriptorOf('foo').digest)).toBe(
    'blobs/sha256/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  );
  const sha512 = digestOf(bytesOf('foo'), 'sha512');
  expect(blobPath(sha512)).toBe(sha512.replace('sha512:', 'blobs/sha512/'));
  expect(() => blobPath('sha256:../../x')).toThrow(InvalidReferenceError);
  expect(() => blobPath('md5:abc')).toThrow(UnsupportedError);
});

test('OciLayout: several of one storage do not lose the tags of each other', async () => {
  const storage = new MemoryStorage();
  const tags = ['a', 'b', 'c', 'd'];
  await Promise.all(tags.map((tag) => push(new OciLayout(storage), tag, [{ name: 'tag', content: tag }])));
  expect(await itemsOf(new OciLayout(storage).tags())).toEqual(tags);
});
