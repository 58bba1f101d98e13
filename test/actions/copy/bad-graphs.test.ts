import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/actions/copy/copy.ts';
import { blobOf } from '../../../src/bytes/streams.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { serializeIndex } from '../../../src/oci/serialize.ts';
import type { ReadOnlyTarget } from '../../../src/target/target.ts';
import type { Descriptor, Digest } from '../../../src/types.ts';
import { descriptorOf, rejection } from '../../support/content.ts';
import { core, pushImage, pushIndex, sevenNodes, WatchedLayout } from '../../support/graphs.ts';

/** An index in an index, this many levels above an image's layers. */
async function chain(levels: number): Promise<{ source: WatchedLayout; root: Descriptor }> {
  const source = new WatchedLayout();
  let { descriptor: root } = await pushImage(source, ['foo']);
  for (let level = 1; level < levels; level++) root = (await pushIndex(source, [core(root)])).descriptor;
  return { source, root };
}

describe('copy of a hostile graph', () => {
  test('32 levels of manifests are copied, and more are not', async () => {
    for (const concurrency of [1, 3]) {
      const { source, root } = await chain(32);
      const target = new WatchedLayout();
      expect(await copy(source, root.digest, target, 'v1', { concurrency })).toMatchObject({ copied: 34 });
      const deeper = await pushIndex(source, [core(root)]);
      const empty = new WatchedLayout();
      const error = await rejection(copy(source, deeper.descriptor.digest, empty, 'v1', { concurrency }));
      expect(error).toMatchObject({ code: 'COPY', side: 'source', cause: { code: 'TOO_LARGE', limit: 32 } });
      expect(empty.count('push') + empty.count('tag')).toBe(0);
    }
  });

  test('an index that lists itself is not what its digest says', async () => {
    const digest = digestOf(new Uint8Array(1));
    const self: Descriptor = { mediaType: mediaTypes.index, digest, size: 200 };
    const bytes = serializeIndex({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [self] });
    const source: ReadOnlyTarget = {
      resolve: async () => ({ ...self, size: bytes.byteLength }),
      fetch: async () => blobOf(bytes).stream(),
      exists: async () => true,
    };
    const target = new WatchedLayout();
    expect(await rejection(copy(source, 'v1', target))).toMatchObject({ code: 'COPY', cause: { code: 'MISMATCH' } });
    expect(target.count('push') + target.count('tag')).toBe(0);
  });

  test('a child that is listed thousands of times is copied once', async () => {
    const source = new WatchedLayout();
    const { descriptor } = await pushImage(source, ['foo']);
    const child = core(descriptor);
    const index = await pushIndex(source, new Array<Descriptor>(25_000).fill(child));
    source.calls.length = 0;
    const target = new WatchedLayout();
    expect(await copy(source, index.descriptor.digest, target, 'v1')).toMatchObject({ copied: 4, skipped: 0 });
    expect(source.count('fetch')).toBe(4);
  });

  test('an index of 100,000 children is larger than what is read', async () => {
    const source = new WatchedLayout();
    const children = Array.from({ length: 100_000 }, (_, i) => ({
      mediaType: mediaTypes.manifest,
      digest: `sha256:${i.toString(16).padStart(64, '0')}`,
      size: 2,
    }));
    const index = await pushIndex(source, children);
    const target = new WatchedLayout();
    const error = await rejection(copy(source, index.descriptor.digest, target, 'v1'));
    expect(error).toMatchObject({ code: 'COPY', side: 'source', cause: { code: 'TOO_LARGE' } });
    expect(target.count('push') + target.count('tag')).toBe(0);
  });

  test('tens of thousands of children that are missing end with the first', async () => {
    const source = new WatchedLayout();
    const children = Array.from({ length: 20_000 }, (_, i) => ({
      mediaType: mediaTypes.manifest,
      digest: `sha256:${i.toString(16).padStart(64, '0')}`,
      size: 2,
    }));
    const index = await pushIndex(source, children);
    source.calls.length = 0;
    const target = new WatchedLayout();
    const error = await rejection(copy(source, index.descriptor.digest, target, 'v1'));
    expect(error).toMatchObject({ code: 'COPY', side: 'source', cause: { code: 'NOT_FOUND' } });
    expect(source.count('fetch')).toBeLessThan(10);
    expect(target.count('push') + target.count('tag')).toBe(0);
  });

  test.each([
    ['a config without a size', '{"schemaVersion":2,"config":{"digest":"sha256:x"},"layers":[]}', 'INVALID_MANIFEST'],
    ['both kinds', '{"schemaVersion":2,"manifests":[],"layers":[]}', 'INVALID_MANIFEST'],
    ['no JSON', 'hello', 'INVALID_MANIFEST'],
  ])('%s is refused', async (_, text, code) => {
    const source = new WatchedLayout();
    const broken = descriptorOf(text, mediaTypes.manifest);
    await source.push(broken, new Blob([text]));
    const target = new WatchedLayout();
    const error = await rejection(copy(source, broken.digest, target, 'v1'));
    expect(error).toMatchObject({
      code: 'COPY',
      side: 'source',
      descriptor: { digest: broken.digest },
      cause: { code },
    });
    expect(target.count('push') + target.count('tag')).toBe(0);
  });

  test('the layers of a manifest of Docker’s schema 1 are unknown', async () => {
    const source = new WatchedLayout();
    for (const end of ['json', 'prettyjws']) {
      const type = `application/vnd.docker.distribution.manifest.v1+${end}`;
      const text = `{"schemaVersion":1,"fsLayers":[],"name":"${end}"}`;
      const old = descriptorOf(text, type);
      await source.push(old, new Blob([text]));
      const error = await rejection(copy(source, old.digest, new WatchedLayout(), 'v1'));
      expect(error).toMatchObject({ code: 'COPY', cause: { code: 'UNSUPPORTED' } });
    }
  });

  test('a retired artifact manifest is copied with its blobs', async () => {
    const source = new WatchedLayout();
    const foo = descriptorOf('foo');
    await source.push(foo, new Blob(['foo']));
    const mediaType = 'application/vnd.oci.artifact.manifest.v1+json';
    const text = JSON.stringify({ mediaType, blobs: [foo] });
    const artifact = descriptorOf(text, mediaType);
    await source.push(artifact, new Blob([text]));
    const target = new WatchedLayout();
    expect(await copy(source, artifact.digest, target, 'v1')).toMatchObject({ copied: 2 });
    expect(await target.exists(foo)).toBe(true);
  });

  test('optional fields of a blob that are not text are unset', async () => {
    const source = new WatchedLayout();
    const { digest, size } = descriptorOf('foo');
    await source.push(descriptorOf('foo'), new Blob(['foo']));
    const mediaType = 'application/vnd.oci.artifact.manifest.v1+json';
    for (const odd of [{}, { data: null }, { data: 5 }, { mediaType: null }, { mediaType: 5 }]) {
      const text = JSON.stringify({
        mediaType,
        blobs: [
          { mediaType: 'a/b', ...odd, digest, size },
          { digest, size },
        ],
      });
      const bare = JSON.stringify({ mediaType, blobs: [{ ...odd, digest, size }] });
      for (const manifest of [text, bare]) {
        const artifact = descriptorOf(manifest, mediaType);
        await source.push(artifact, new Blob([manifest]));
        expect(await copy(source, artifact.digest, new WatchedLayout(), 'v1')).toMatchObject({ copied: 2 });
      }
    }
  });
});

describe('copy at a time (K12)', () => {
  /** Counts the operations that run, and lets others begin between them. */
  function watchFlights(layout: WatchedLayout, flights: { now: number; most: number }): void {
    const { exists, push, fetch } = layout;
    const flying = async <T>(work: () => Promise<T>): Promise<T> => {
      flights.now++;
      flights.most = Math.max(flights.most, flights.now);
      await new Promise((resolve) => setTimeout(resolve));
      return work().finally(() => flights.now--);
    };
    layout.exists = (...args) => flying(() => exists.apply(layout, args));
    layout.push = (...args) => flying(() => push.apply(layout, args));
    layout.fetch = (...args) => fetch.apply(layout, args);
  }

  test.each([1, 2, 4])('never more than %i', async (concurrency) => {
    const { layout } = await sevenNodes();
    const target = new WatchedLayout();
    const flights = { now: 0, most: 0 };
    watchFlights(target, flights);
    await copy(layout, 'v1', target, undefined, { concurrency });
    expect(flights.most).toBe(concurrency);
  });

  test('a wide graph has few manifests in memory', async () => {
    const source = new WatchedLayout();
    const images: Descriptor[] = [];
    for (let i = 0; i < 60; i++) {
      images.push(
        core(
          (
            await pushImage(
              source,
              [1, 2, 3].map((layer) => `${i} ${layer}`),
            )
          ).descriptor,
        ),
      );
    }
    const { descriptor: root } = await pushIndex(source, images);
    const target = new WatchedLayout();
    const manifests = new Set<Digest>(images.map(({ digest }) => digest));
    let open = 0;
    let most = 0;
    const { fetch } = source;
    source.fetch = (descriptor, options) => {
      if (manifests.has(descriptor.digest)) most = Math.max(most, ++open);
      return fetch.call(source, descriptor, options);
    };
    await copy(source, root.digest, target, 'v1', {
      concurrency: 3,
      afterCopy: ({ digest }) => {
        if (manifests.has(digest)) open--;
      },
    });
    expect(open).toBe(0);
    expect(most).toBeLessThanOrEqual(6);
  });
});
