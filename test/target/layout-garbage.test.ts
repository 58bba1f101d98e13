import { afterEach, describe, expect, test, vi } from 'vitest';
import { buildManifest, packManifest } from '../../src/actions/push/pack.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { describe as described } from '../../src/oci/descriptor.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { serializeIndex } from '../../src/oci/serialize.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { pushBlob } from '../../src/target/content.ts';
import { blobPath } from '../../src/target/layout/blob-path.ts';
import type { CollectGarbageOptions } from '../../src/target/layout/garbage.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import type { Descriptor, Digest } from '../../src/types.ts';
import { itemsOf, rejection } from '../support/content.ts';

const all = { grace: 0 };
const empty = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

async function pathsOf(storage: MemoryStorage): Promise<string[]> {
  return (await itemsOf(storage.list())).map(({ path }) => path).sort();
}

async function layout(): Promise<{ storage: MemoryStorage; layout: OciLayout }> {
  const storage = new MemoryStorage();
  return { storage, layout: new OciLayout(storage) };
}

async function removedBy(target: OciLayout, options: CollectGarbageOptions = all): Promise<Digest[]> {
  return (await target.collectGarbage(options)).removed.map(({ digest }) => digest);
}

/** An artifact with one layer of its own. */
async function artifact(
  target: OciLayout,
  name: string,
  more: object = {},
): Promise<{ descriptor: Descriptor; layer: Descriptor }> {
  const layer = await pushBlob(target, `layer of ${name}`);
  const { descriptor } = await packManifest(target, { layers: [layer], annotations: { name }, ...more });
  return { descriptor, layer };
}

async function pushIndex(target: OciLayout, manifests: Descriptor[], tag?: string): Promise<Descriptor> {
  const bytes = serializeIndex({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  const descriptor = described(mediaTypes.index, bytes);
  await target.push(descriptor, blobOf(bytes));
  if (tag !== undefined) await target.tag(descriptor, tag);
  return descriptor;
}

function sorted(...descriptors: Descriptor[]): Digest[] {
  return descriptors.map(({ digest }) => digest).sort();
}

afterEach(() => vi.useRealTimers());

describe('OciLayout: garbage collection', () => {
  test('collectGarbage: what no tag leads to is removed, with its entries; the rest stays (S7)', async () => {
    const { storage, layout: target } = await layout();
    const kept = await artifact(target, 'kept', { tags: ['v1'] });
    const old = await artifact(target, 'old', { tags: ['v2'] });
    const blob = await pushBlob(target, 'nobody refers to this');
    await target.untag('v2');
    const dry = await target.collectGarbage({ ...all, dryRun: true });
    expect(dry.removed.map(({ digest }) => digest)).toEqual(sorted(old.descriptor, old.layer, blob));
    expect(dry.size).toBe(old.descriptor.size + old.layer.size + blob.size);
    expect(dry.recent).toEqual([]);
    expect(await target.exists(blob)).toBe(true);
    expect(await target.collectGarbage(all)).toEqual(dry);
    expect(await pathsOf(storage)).toEqual(
      [...[kept.descriptor.digest, kept.layer.digest, empty].map(blobPath), 'index.json', 'oci-layout'].sort(),
    );
    expect(JSON.parse(await (await storage.get('index.json'))!.text()).manifests).toMatchObject([
      { digest: kept.descriptor.digest },
    ]);
    expect(await removedBy(target)).toEqual([]);
  });

  test('collectGarbage: the manifests of a tagged index stay, and of a deleted one go', async () => {
    const { layout: target } = await layout();
    const [a, b, c] = [await artifact(target, 'a'), await artifact(target, 'b'), await artifact(target, 'c')];
    const inner = await pushIndex(target, [b.descriptor]);
    await pushIndex(target, [a.descriptor, inner], 'v1');
    const other = await pushIndex(target, [b.descriptor, c.descriptor], 'v2');
    await target.delete(other);
    expect(await removedBy(target)).toEqual(sorted(c.descriptor, c.layer));
    for (const { descriptor } of [a, b]) expect(await target.exists(descriptor)).toBe(true);
  });

  test('collectGarbage: referrers of what stays stay, and referrers of these, and go with their subject (S6)', async () => {
    const { layout: target } = await layout();
    const image = await artifact(target, 'image', { tags: ['v1'] });
    const sbom = await artifact(target, 'sbom', { subject: image.descriptor });
    const signature = await artifact(target, 'signature', { subject: sbom.descriptor });
    const other = await artifact(target, 'other', { tags: ['v2'] });
    const alone = await artifact(target, 'alone', { subject: { ...image.descriptor, digest: empty } });
    expect(await removedBy(target)).toEqual(sorted(alone.descriptor, alone.layer));
    await target.delete(image.descriptor);
    expect(await removedBy(target)).toEqual(
      sorted(image.layer, sbom.descriptor, sbom.layer, signature.descriptor, signature.layer),
    );
    expect(await target.exists(other.layer)).toBe(true);
  });

  test('collectGarbage: a referrer stays whose subject is not in the index, but itself refers to what stays', async () => {
    const { storage, layout: target } = await layout();
    const image = await artifact(target, 'image', { tags: ['v1'] });
    const hidden = buildManifest({ subject: image.descriptor });
    await storage.put(blobPath(hidden.descriptor.digest), blobOf(hidden.bytes));
    const signature = await artifact(target, 'signature', { subject: hidden.descriptor });
    expect(await removedBy(target)).toEqual([]);
    expect(await target.exists(signature.descriptor)).toBe(true);
  });

  test('collectGarbage: a referrer stays that only an index without a tag lists', async () => {
    const { storage, layout: target } = await layout();
    const image = await artifact(target, 'image', { tags: ['v1'] });
    const hidden = buildManifest({ subject: image.descriptor });
    await storage.put(blobPath(hidden.descriptor.digest), blobOf(hidden.bytes));
    const index = await pushIndex(target, [hidden.descriptor]);
    expect(await removedBy(target)).toEqual([]);
    expect(await itemsOf(target.referrers(image.descriptor))).toMatchObject([{ digest: hidden.descriptor.digest }]);
    await target.delete(image.descriptor);
    expect(await removedBy(target)).toEqual(sorted(image.layer, hidden.descriptor, index, { ...index, digest: empty }));
  });

  test('collectGarbage: the subject of what stays stays', async () => {
    const { layout: target } = await layout();
    const image = await artifact(target, 'image');
    await artifact(target, 'signature', { subject: image.descriptor, tags: ['signature'] });
    expect(await removedBy(target)).toEqual([]);
    expect(await target.exists(image.layer)).toBe(true);
  });

  test('collectGarbage: manifests without a tag stay when that is asked for', async () => {
    const { layout: target } = await layout();
    const image = await artifact(target, 'image');
    const blob = await pushBlob(target, 'garbage');
    expect(await removedBy(target, { ...all, keepUntagged: true })).toEqual(sorted(blob));
    expect(await target.exists(image.layer)).toBe(true);
    expect(await removedBy(target)).toEqual([empty, ...sorted(image.descriptor, image.layer)].sort());
  });

  test('collectGarbage: what was stored in the last hour stays, and what a push looked for (grace)', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { layout: target } = await layout();
    const [old, wanted] = [await pushBlob(target, 'old'), await pushBlob(target, 'old, but wanted')];
    vi.setSystemTime(Date.now() + 61 * 60 * 1000);
    const recent = await artifact(target, 'no tag yet');
    await pushBlob(target, 'old, but wanted');
    const found = await target.collectGarbage();
    expect(found.removed).toEqual([{ digest: old.digest, size: old.size }]);
    expect(found.recent).toEqual([{ digest: wanted.digest, size: wanted.size }]);
    for (const kept of [recent.descriptor, recent.layer]) expect(await target.exists(kept)).toBe(true);
    vi.setSystemTime(Date.now() + 61 * 60 * 1000);
    expect(await removedBy(target, {})).toEqual([empty, ...sorted(wanted, recent.descriptor, recent.layer)].sort());
  });

  test('collectGarbage: what a push looked for stays for a grace of some hours', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { layout: target } = await layout();
    const hour = 60 * 60 * 1000;
    const wanted = await pushBlob(target, 'old, but wanted');
    vi.setSystemTime(Date.now() + 10 * hour);
    await pushBlob(target, 'old, but wanted');
    vi.setSystemTime(Date.now() + 2 * hour);
    await pushBlob(target, 'another');
    expect((await target.collectGarbage({ grace: 3 * hour })).removed).toEqual([]);
    expect(await target.exists(wanted)).toBe(true);
  });

  test('collectGarbage: files of other kinds are not touched', async () => {
    const { storage, layout: target } = await layout();
    await artifact(target, 'a', { tags: ['v1'] });
    const others = [
      'manifest.json',
      'blobs/README',
      'blobs/sha256/x',
      `blobs/md5/${'0'.repeat(32)}`,
      `blobs/sha256/a/${'0'.repeat(64)}`,
      'blobs/sha256/.oras-js-1.tmp',
      `ingest/${'0'.repeat(64)}`,
    ];
    for (const path of others) await storage.put(path, new Blob(['x']));
    expect(await removedBy(target)).toEqual([]);
    for (const path of others) expect(await storage.get(path)).toBeDefined();
  });

  test('collectGarbage: nothing is removed when a manifest that stays is damaged', async () => {
    const { storage, layout: target } = await layout();
    const kept = await artifact(target, 'kept', { tags: ['v1'] });
    const blob = await pushBlob(target, 'garbage');
    await storage.put(blobPath(kept.descriptor.digest), new Blob(['{"layers":[]}']));
    expect(await rejection(target.collectGarbage(all))).toMatchObject({ code: 'MISMATCH' });
    for (const { digest } of [blob, kept.layer]) expect(await storage.get(blobPath(digest))).toBeDefined();
  });

  test('collectGarbage: missing content, and a child that is listed 10,000 times, are no obstacle', async () => {
    const { layout: target } = await layout();
    const missing = buildManifest({ annotations: { missing: 'yes' } }).descriptor;
    const child = await artifact(target, 'child');
    const list = Array.from({ length: 10_000 }, () => child.descriptor);
    await pushIndex(target, [missing, ...list], 'v1');
    expect(await removedBy(target)).toEqual([]);
  });

  test('collectGarbage: sha512 content is found and removed', async () => {
    const { layout: target } = await layout();
    const bytes = new TextEncoder().encode('sha512');
    const descriptor = described('text/plain', bytes, 'sha512');
    await target.push(descriptor, blobOf(bytes));
    expect(await removedBy(target)).toEqual([descriptor.digest]);
  });

  test('collectGarbage: tags that are set meanwhile wait, and lose nothing', async () => {
    const { storage, layout: target } = await layout();
    const a = await artifact(target, 'a', { tags: ['v1'] });
    const b = await artifact(target, 'b');
    let tagging: Promise<unknown>[] = [];
    const list = storage.list.bind(storage);
    // Called while garbage is looked for.
    storage.list = (...args) => {
      tagging = [target.tag(a.descriptor, 'v2'), target.tag(b.descriptor, 'v3')];
      return list(...args);
    };
    expect(await removedBy(target)).toEqual(sorted(b.descriptor, b.layer));
    expect(await Promise.allSettled(tagging)).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'NOT_FOUND' } },
    ]);
    expect(await itemsOf(target.tags())).toEqual(['v1', 'v2']);
  });

  test('collectGarbage: an empty place stays empty, and wrong options are refused', async () => {
    const { storage, layout: target } = await layout();
    expect(await target.collectGarbage()).toEqual({ removed: [], size: 0, recent: [] });
    expect(await pathsOf(storage)).toEqual([]);
    expect(await rejection(target.collectGarbage({ grace: -1 }))).toBeInstanceOf(RangeError);
    expect(await rejection(target.collectGarbage({ dryRun: 1 as never }))).toBeInstanceOf(TypeError);
  });
});
