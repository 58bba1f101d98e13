import {
  type Descriptor,
  type FetchedManifest,
  fetchBytes,
  fetchManifest,
  inspect,
  MemoryStorage,
  OciLayout,
  type ReadOnlyTarget,
  Registry,
  type StorageAdapter,
  type Target,
} from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { ScopedStorage } from '../src/storage/scoped.ts';
import { blobPath } from '../src/target/layout/blob-path.ts';
import { bytesOf, itemsOf, rejection } from './support/content.ts';
import { type Document, Writer } from './support/dialects.ts';
import { written } from './support/json-dialects.ts';
import { Random } from './support/random.ts';

const refName = 'org.opencontainers.image.ref.name';
const seeds = Array.from({ length: 30 }, (_, seed) => seed + 1);

/** A layout as another program wrote it, in the repository `a` of a registry's storage. */
interface World {
  storage: StorageAdapter;
  layout: OciLayout;
  documents: Document[];
  tags: Map<string, Document>;
}

async function worldOf(seed: number): Promise<World> {
  const writer = new Writer(seed);
  const manifests = Array.from({ length: 3 }, () => writer.manifest());
  const attached = writer.manifest(manifests[0]!.descriptor);
  const inner = writer.index(manifests.slice(0, writer.random.below(3)));
  const outer = writer.index([...manifests, inner]);
  const documents = [...manifests, attached, inner, outer, writer.retired()];
  const storage = new MemoryStorage();
  const files = new ScopedStorage(storage, 'a/_layout');
  const put = (path: string, text: string): Promise<void> => files.put(path, new Blob([text]));
  for (const [digest, text] of writer.blobs) await put(blobPath(digest), text);
  for (const { text, descriptor } of documents) await put(blobPath(descriptor.digest), text);
  const tags = new Map(documents.map((document, i) => [`t${i}`, document]));
  const entries = Array.from(tags, ([tag, document]) => ({
    ...writer.entry(document).write,
    annotations: { [refName]: tag, odd: null },
  }));
  const index = { schemaVersion: 2, manifests: [writer.bad(), ...entries, writer.bad()], annotations: null };
  await put('index.json', written(index, writer.random));
  await put(
    'oci-layout',
    writer.random.pick(['{"imageLayoutVersion":"1.0.0"}', '{ "imageLayoutVersion": "1.0.0" }\n']),
  );
  return { storage, layout: new OciLayout(files), documents, tags };
}

/** A registry that serves the layout, and says of manifests what others say. */
function repositoryOf(storage: StorageAdapter, seed: number): ReadOnlyTarget {
  const random = new Random(seed);
  const server = createRegistryServer({ storage });
  const registry = new Registry({
    fetch: async (url, init) => {
      const response = await server(url, init as RequestInit);
      const type = response.headers.get('content-type');
      if (!url.includes('/manifests/') || type === null || response.status !== 200) return response;
      const headers = new Headers(response.headers);
      headers.set('content-type', random.pick([type, `${type}; charset=utf-8`, type.toUpperCase()]));
      return new Response(response.body, { status: response.status, headers });
    },
  });
  return registry.repository('registry.test/a');
}

function partsOf(found: FetchedManifest): Descriptor[] {
  return found.kind === 'index' ? found.index.manifests : [found.manifest.config, ...found.manifest.layers];
}

async function expectRead(source: ReadOnlyTarget, reference: string | Descriptor, document: Document): Promise<void> {
  const { digest, size, mediaType } = document.descriptor;
  const bytes = bytesOf(document.text);
  if (document.kind === 'retired') {
    const feature = `manifests of type ${mediaType}`;
    expect(await rejection(inspect(source, reference))).toMatchObject({ code: 'UNSUPPORTED', feature });
    expect(await fetchBytes(source, document.descriptor)).toEqual(bytes);
    return;
  }
  const found = await inspect(source, reference);
  expect(found.descriptor).toMatchObject({ digest, size });
  expect([found.kind, found.bytes]).toEqual([document.kind, bytes]);
  expect(partsOf(found)).toEqual(document.parts);
  const value = found.kind === 'index' ? found.index : found.manifest;
  expect([value.schemaVersion, value.annotations]).toEqual([2, document.annotations]);
  const unset = [value.mediaType, value.artifactType].filter(
    (field) => field !== undefined && typeof field !== 'string',
  );
  expect(unset).toEqual([]);
}

/** Copies content with everything it is made of. */
async function copy(
  from: ReadOnlyTarget,
  to: Target,
  descriptor: Descriptor,
  kinds: ReadonlyMap<string, Document>,
): Promise<void> {
  if (await to.exists(descriptor)) return;
  const document = kinds.get(descriptor.digest);
  const parts = document && document.kind !== 'retired' ? partsOf(await fetchManifest(from, descriptor)) : [];
  for (const part of parts) await copy(from, to, part, kinds);
  await to.push(descriptor, await new Response(await from.fetch(descriptor)).blob());
}

describe('dialects: what Go, Python and other programs write', () => {
  test.for(seeds)('layout %i: everything is read, listed and copied, byte for byte', async (seed) => {
    const { storage, layout, documents, tags } = await worldOf(seed);
    const kinds = new Map(documents.map((document) => [document.descriptor.digest, document]));
    const repository = repositoryOf(storage, seed);
    for (const source of [layout, repository]) {
      expect(await itemsOf(source.tags!())).toEqual([...tags.keys()]);
      const to = new OciLayout(new MemoryStorage());
      for (const [tag, document] of tags) {
        await expectRead(source, tag, document);
        await expectRead(source, document.descriptor.digest, document);
        const descriptor = await source.resolve(tag);
        expect(descriptor.digest).toBe(document.descriptor.digest);
        await copy(source, to, descriptor, kinds);
        await to.tag(descriptor, tag);
      }
      expect(await itemsOf(to.tags())).toEqual([...tags.keys()]);
      for (const [tag, document] of tags) await expectRead(to, tag, document);
    }
  });

  test('they are at least 200 manifests, indexes and layouts, of every kind, and no two alike', async () => {
    const documents = (await Promise.all(seeds.map(worldOf))).flatMap((world) => world.documents);
    expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(['manifest', 'index', 'retired']));
    expect(new Set(documents.map(({ text }) => text)).size + seeds.length).toBeGreaterThanOrEqual(200);
  });
});
