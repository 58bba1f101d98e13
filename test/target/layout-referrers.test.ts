import { describe, expect, test } from 'vitest';
import { buildManifest, type PackedManifest, packManifest } from '../../src/actions/push/pack.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { referrersTag } from '../../src/oci/referrers.ts';
import { serializeIndex } from '../../src/oci/serialize.ts';
import type { AbortOptions } from '../../src/options.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { blobPath } from '../../src/target/layout/blob-path.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import { ReadOnlyOciLayout } from '../../src/target/layout/read-only-layout.ts';
import type { ReferrersSource } from '../../src/target/target.ts';
import type { Descriptor } from '../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../support/content.ts';

/** A storage that counts how often each file is read. */
class CountingStorage extends MemoryStorage {
  readonly reads = new Map<string, number>();

  override get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    this.reads.set(path, (this.reads.get(path) ?? 0) + 1);
    return super.get(path, options);
  }
}

const image = buildManifest({ annotations: { name: 'image' } });
const subject = image.descriptor;

function referrer(name: string, artifactType = 'application/vnd.example'): PackedManifest {
  return buildManifest({ subject, artifactType, annotations: { name } });
}

async function put(storage: MemoryStorage, { descriptor, bytes }: Omit<PackedManifest, 'manifest'>): Promise<void> {
  await storage.put(blobPath(descriptor.digest), blobOf(bytes));
}

function indexOf(manifests: Descriptor[]): Omit<PackedManifest, 'manifest'> {
  const bytes = serializeIndex({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  return { descriptor: { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

/** Writes a layout as another program does, with these entries. */
async function layoutOf(
  entries: Descriptor[],
  contents: Omit<PackedManifest, 'manifest'>[],
): Promise<{ storage: CountingStorage; layout: OciLayout }> {
  const storage = new CountingStorage();
  for (const content of contents) await put(storage, content);
  await storage.put('oci-layout', new Blob(['{"imageLayoutVersion":"1.0.0"}']));
  await storage.put('index.json', blobOf(serializeIndex({ schemaVersion: 2, manifests: entries })));
  return { storage, layout: new OciLayout(storage) };
}

function tagged(descriptor: Descriptor, tag: string): Descriptor {
  return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': tag } };
}

describe('OciLayout: referrers', () => {
  test('referrers: what was pushed with a subject is listed with artifact type and annotations, or filtered', async () => {
    const layout = new OciLayout(new MemoryStorage());
    await packManifest(layout, { annotations: { name: 'image' }, tags: ['v1'] });
    expect(await itemsOf(layout.referrers(subject))).toEqual([]);
    const one = await packManifest(layout, { subject, artifactType: 'a/one', annotations: { n: '1' } });
    const two = await packManifest(layout, { subject, artifactType: 'a/two', tags: ['two'] });
    const sources: ReferrersSource[] = [];
    const list = layout.referrers(subject, { onSource: (source) => sources.push(source) });
    expect(await itemsOf(list)).toEqual([one.descriptor, two.descriptor]);
    expect(sources).toEqual(['layout']);
    expect(await itemsOf(layout.referrers(subject, { artifactType: 'a/two' }))).toEqual([two.descriptor]);
    expect(await itemsOf(layout.referrers(subject, { artifactType: 'a/none' }))).toEqual([]);
    expect(await itemsOf(layout.referrers(descriptorOf('another')))).toEqual([]);
  });

  test('referrers: a read-only layout lists them, and an empty one none', async () => {
    const { storage } = await layoutOf([tagged(subject, 'v1'), referrer('a').descriptor], [image, referrer('a')]);
    expect(await itemsOf(new ReadOnlyOciLayout(storage).referrers(subject))).toEqual([referrer('a').descriptor]);
    expect(await itemsOf(new ReadOnlyOciLayout(new MemoryStorage()).referrers(subject))).toEqual([]);
  });

  test('referrers: those that only a referrers tag lists are found, as regctl writes them', async () => {
    const [a, b] = [referrer('a'), referrer('b')];
    const list = indexOf([a.descriptor, b.descriptor]);
    const entries = [tagged(subject, 'v1'), tagged(list.descriptor, referrersTag(subject.digest))];
    const { layout } = await layoutOf(entries, [image, a, b, list]);
    expect(await itemsOf(layout.referrers(subject))).toEqual([a.descriptor, b.descriptor]);
  });

  test('referrers: a list with entries that are none, or that are missing, does no harm (F18, F27)', async () => {
    const other = buildManifest({ annotations: { name: 'other' } });
    const [a, missing] = [referrer('a'), referrer('missing')];
    const list = indexOf([other.descriptor, missing.descriptor, a.descriptor, a.descriptor, descriptorOf('x')]);
    const entries = [tagged(list.descriptor, referrersTag(subject.digest)), tagged(subject, 'v1')];
    const { storage, layout } = await layoutOf(entries, [image, other, a, list]);
    expect(await itemsOf(layout.referrers(subject))).toEqual([a.descriptor]);
    await put(storage, missing);
    expect(await itemsOf(layout.referrers(subject))).toEqual([missing.descriptor, a.descriptor]);
  });

  test('referrers: those of an index that names no media types are found, too', async () => {
    const sbom = referrer('sbom');
    const { digest, size } = sbom.descriptor;
    const index = indexOf([{ digest, size } as Descriptor]);
    const { layout } = await layoutOf([index.descriptor, subject], [image, sbom, index]);
    expect((await itemsOf(layout.referrers(subject))).map((found) => found.digest)).toEqual([digest]);
  });

  test('referrers: indexes that list themselves or each other end (F28)', async () => {
    const a = referrer('a');
    const inner = indexOf([a.descriptor, subject]);
    const outer = indexOf([inner.descriptor, inner.descriptor]);
    const { layout } = await layoutOf([outer.descriptor, inner.descriptor], [image, a, inner, outer]);
    expect(await itemsOf(layout.referrers(subject))).toEqual([a.descriptor]);
  });

  test('referrers: what was deleted is no longer listed', async () => {
    const [a, b] = [referrer('a'), referrer('b')];
    const { layout } = await layoutOf([tagged(subject, 'v1'), a.descriptor, b.descriptor], [image, a, b]);
    expect(await itemsOf(layout.referrers(subject))).toHaveLength(2);
    await layout.delete(a.descriptor);
    expect(await itemsOf(layout.referrers(subject))).toEqual([b.descriptor]);
  });

  test('referrers: manifests are read once, however often and of whatever referrers are asked', async () => {
    const all = Array.from({ length: 20 }, (_, i) => referrer(`${i}`));
    const { storage, layout } = await layoutOf([subject, ...all.map(({ descriptor }) => descriptor)], [image, ...all]);
    for (let i = 0; i < 5; i++) {
      expect(await itemsOf(layout.referrers(subject))).toHaveLength(20);
      expect(await itemsOf(layout.referrers(all[i]!.descriptor))).toEqual([]);
    }
    // Twice to read it: its size is looked at first. Then its existence is checked, five times.
    expect(storage.reads.get(blobPath(all[7]!.descriptor.digest))).toBe(2 + 5);
    expect(storage.reads.get(blobPath(subject.digest))).toBe(2);
    const added = await packManifest(layout, { subject, artifactType: 'a/new' });
    expect((await itemsOf(layout.referrers(subject))).at(-1)).toEqual(added.descriptor);
    expect(storage.reads.get(blobPath(subject.digest))).toBe(2);
  });

  test('referrers: a digest that is none is refused, and an aborted call ends with the reason', async () => {
    const { layout } = await layoutOf([subject], [image]);
    expect(() => layout.referrers({ digest: 'v1' })).toThrow(expect.objectContaining({ code: 'INVALID_REFERENCE' }));
    const reason = new Error('enough');
    const list = layout.referrers(subject, { signal: AbortSignal.abort(reason) });
    expect(await rejection(itemsOf(list))).toBe(reason);
  });
});
