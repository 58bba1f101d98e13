import {
  type Descriptor,
  digestOf,
  MemoryStorage,
  OciLayout,
  packFiles,
  push,
  Registry,
  type TransferEvent,
} from 'oras-js';
import { describe, expect, test } from 'vitest';
import { noise } from './support/noise.ts';
import { describeEachRegistry } from './support/registries.ts';

const bigSize = 50_000_000;
const options = {
  artifactType: 'application/vnd.example.trip',
  annotations: { 'org.example.purpose': '<test> & more' },
};

function threeFiles(): { name: string; content: Blob | string; mediaType: string }[] {
  return [
    { name: 'empty.bin', content: '', mediaType: 'application/octet-stream' },
    { name: 'data/big.bin', content: new Blob([noise(bigSize, 7)]), mediaType: 'application/octet-stream' },
    { name: 'grüße.txt', content: 'hällo\n', mediaType: 'text/plain' },
  ];
}

describeEachRegistry('Registry', ({ host, name }) => {
  const registry = new Registry();

  test('push, inspect, tags, pull: three files come back byte for byte under the digest computed before', async () => {
    const reference = `${host}/trip/three-files:v1`;
    const expected = await packFiles(threeFiles(), options);
    const events: TransferEvent[] = [];
    const pushed = await registry.push(reference, threeFiles(), {
      ...options,
      onProgress: (event) => events.push(event),
    });

    expect(pushed.reference).toBe(reference);
    expect(pushed.descriptor).toEqual(expected.descriptor);
    // The digest of these files is the same wherever they are pushed to, and in every runtime.
    expect(pushed.descriptor.digest).toBe('sha256:5aea593a34ef4e9fcfa5f5bbe72146c7dd52ef62c2ff36b2498e45f4892a4c51');
    expectOrderedEvents(events, [...expected.layers.map(({ descriptor }) => descriptor), expected.descriptor]);

    const found = await registry.inspect(reference);
    expect(found.kind === 'manifest' && found.manifest).toEqual(expected.manifest);
    expect(digestOf(found.bytes)).toBe(expected.descriptor.digest);
    expect(await collect(registry.tags(`${host}/trip/three-files`))).toContain('v1');

    const to = new MemoryStorage();
    const pulled = await registry.pull(reference, { to });
    expect(pulled.files.map((file) => file.name)).toEqual(['empty.bin', 'data/big.bin', 'grüße.txt']);
    expect((await to.get('empty.bin'))?.size).toBe(0);
    expect(await (await to.get('grüße.txt'))?.text()).toBe('hällo\n');
    const big = new Uint8Array((await (await to.get('data/big.bin'))?.arrayBuffer()) ?? new ArrayBuffer());
    expect(big.byteLength).toBe(bigSize);
    expect(digestOf(big)).toBe(digestOf(noise(bigSize, 7)));
  });

  test('push: a second time nothing is sent but the manifest', async () => {
    const files = [{ name: 'a.txt', content: `again at ${name}` }];
    await registry.push(`${host}/trip/again:v1`, files);
    const events: TransferEvent[] = [];
    const { descriptor } = await registry.push(`${host}/trip/again:v2`, files, {
      onProgress: (event) => events.push(event),
    });
    const sent = events.flatMap((event) => (event.type === 'start' ? [event.descriptor.digest] : []));
    expect(sent).toEqual([descriptor.digest]);
    expect(await collect(registry.tags(`${host}/trip/again`))).toEqual(['v1', 'v2']);
  });

  test('push: two files of the same content are one blob and two layers', async () => {
    const files = ['a', 'b'].map((file) => ({ name: `${file}.txt`, content: 'the same' }));
    const { manifest } = await registry.push(`${host}/trip/same:v1`, files);
    expect(new Set(manifest.layers.map(({ digest }) => digest)).size).toBe(1);
    const { files: pulled } = await registry.pull(`${host}/trip/same:v1`);
    expect(await Promise.all(pulled.map(async (file) => (await file.blob()).text()))).toEqual(['the same', 'the same']);
  });

  test('push: without a tag the artifact is found by its digest, and by no tag', async () => {
    const { reference, descriptor } = await registry.push(`${host}/trip/untagged`, [
      { name: 'a', content: 'untagged' },
    ]);
    expect(reference).toBe(`${host}/trip/untagged@${descriptor.digest}`);
    expect((await registry.inspect(reference)).descriptor.digest).toBe(descriptor.digest);
  });

  test('push: no files at all make an artifact of the empty blob', async () => {
    const { manifest, descriptor } = await registry.push(`${host}/trip/nothing:v1`, [], {
      artifactType: 'application/vnd.n',
    });
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual(['application/vnd.oci.empty.v1+json']);
    expect((await registry.inspect(`${host}/trip/nothing:v1`)).descriptor.digest).toBe(descriptor.digest);
  });

  test('pull: without a place to write to, files are fetched when asked for', async () => {
    await registry.push(`${host}/trip/lazy:v1`, [{ name: 'a.json', content: '{"a":1}' }]);
    const { files, descriptor } = await registry.pull(`${host}/trip/lazy:v1`);
    expect(await new Response(await files[0]?.stream()).json()).toEqual({ a: 1 });
    const byDigest = await registry.pull(`${host}/trip/lazy@${descriptor.digest}`);
    expect(byDigest.files.map((file) => file.name)).toEqual(['a.json']);
  });

  test('inspect and pull: an index gives its manifests, and the files of a platform', async () => {
    const repository = registry.repository(`${host}/trip/index`);
    const manifests: Descriptor[] = [];
    for (const architecture of ['amd64', 'arm64']) {
      const { descriptor } = await registry.push(`${host}/trip/index:${architecture}`, [
        { name: 'arch', content: architecture },
      ]);
      const { mediaType, digest, size } = descriptor;
      manifests.push({ mediaType, digest, size, platform: { architecture, os: 'linux' } });
    }
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
    const bytes = new TextEncoder().encode(JSON.stringify(index, null, 2));
    const descriptor = { mediaType: index.mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    await repository.pushReference(descriptor, new Blob([bytes]), 'v1');

    const found = await registry.inspect(`${host}/trip/index:v1`);
    expect(found.kind === 'index' && found.index).toEqual(index);
    expect(found.bytes).toEqual(bytes);
    const { files } = await registry.pull(`${host}/trip/index:v1`, { platform: 'linux/arm64' });
    expect(await (await files[0]?.blob())?.text()).toBe('arm64');
    await expect(registry.pull(`${host}/trip/index:v1`)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(registry.pull(`${host}/trip/index:v1`, { platform: 'linux/arm/v7' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('tags: by item and by page, however many there are', async () => {
    const { descriptor } = await registry.push(`${host}/trip/tags:t0`, [{ name: 'a', content: 'tags' }]);
    const repository = registry.repository(`${host}/trip/tags`);
    for (const tag of ['t1', 't2', 't3', 't4']) await repository.tag(descriptor, tag);
    const all = ['t0', 't1', 't2', 't3', 't4'];
    expect((await collect(registry.tags(`${host}/trip/tags`, { pageSize: 2 }))).sort()).toEqual(all);
    const pages = await collect(registry.tags(`${host}/trip/tags`, { pageSize: 2 }).pages());
    expect(pages.flat().sort()).toEqual(all);
  });
});

describe('push', () => {
  test('to a layout in memory: the same digest as at a registry', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const { descriptor } = await push(layout, 'v1', threeFiles(), options);
    expect(descriptor.digest).toBe((await packFiles(threeFiles(), options)).descriptor.digest);
    expect((await layout.resolve('v1')).digest).toBe(descriptor.digest);
  });
});

/** Each descriptor has one `start … done` with rising progress up to its size, or one `skip`. */
function expectOrderedEvents(events: TransferEvent[], descriptors: Descriptor[]): void {
  for (const { digest, size } of descriptors) {
    const own = events.filter((event) => event.type !== 'hash' && event.descriptor.digest === digest);
    const types = own.map(({ type }) => type);
    if (types[0] === 'skip') {
      expect(types).toEqual(['skip']);
      continue;
    }
    const steps = own.flatMap((event) => (event.type === 'transfer' ? [event.transferred] : []));
    expect(types).toEqual(['start', ...steps.map(() => 'transfer'), 'done']);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    if (size > 0) expect(steps.at(-1)).toBe(size);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
