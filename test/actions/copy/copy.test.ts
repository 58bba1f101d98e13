import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/actions/copy/copy.ts';
import { blobOf } from '../../../src/bytes/streams.ts';
import { isOrasError, NetworkError, NotFoundError, RegistryError } from '../../../src/errors.ts';
import type { TransferEvent } from '../../../src/options.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Target } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { contentOf, core, pushImage, sevenNodes, WatchedLayout } from '../../support/graphs.ts';

const digestsOf = (descriptors: readonly Descriptor[]): string[] => descriptors.map(({ digest }) => digest).sort();

describe('copy', () => {
  test('everything is there, and the tag leads to the root (K1)', async () => {
    const { layout, nodes, root } = await sevenNodes();
    const target = new OciLayout(new MemoryStorage());
    const result = await copy(layout, 'v1', target, 'v2');
    expect(result).toEqual({ descriptor: core(root), copied: 7, skipped: 0, mounted: 0, foreign: [] });
    expect(await contentOf(target, nodes)).toEqual(await contentOf(layout, nodes));
    expect(core(await target.resolve('v2'))).toEqual(core(root));
    expect(await itemsOf(target.tags())).toEqual(['v2']);
  });

  test('the tag is that of the source when there is none for the target (K2)', async () => {
    const { layout, root } = await sevenNodes();
    for (const none of [undefined, '']) {
      const target = new OciLayout(new MemoryStorage());
      await copy(layout, 'v1', target, none);
      expect((await target.resolve('v1')).digest).toBe(root.digest);
    }
  });

  test('a digest sets no tag, unless one is given', async () => {
    const { layout, root } = await sevenNodes();
    const target = new OciLayout(new MemoryStorage());
    await copy(layout, root.digest, target);
    expect(await itemsOf(target.tags())).toEqual([]);
    await copy(layout, 'v1', target, root.digest);
    expect(await itemsOf(target.tags())).toEqual([]);
    await copy(layout, root.digest, target, 'v3');
    expect(await itemsOf(target.tags())).toEqual(['v3']);
  });

  test('the digest of something else is refused before anything is sent', async () => {
    const { layout, a } = await sevenNodes();
    const target = new WatchedLayout();
    expect(await rejection(copy(layout, 'v1', target, a.digest))).toMatchObject({ code: 'MISMATCH' });
    expect(target.calls).toEqual([]);
  });

  test('a tag that a registry cannot have is refused before anything is sent', async () => {
    const { layout } = await sevenNodes();
    const target = new WatchedLayout();
    const repository: Target = Object.assign(target, { reference: { host: 'reg.test', repository: 'hello' } });
    const error = await rejection(copy(layout, 'v1', repository, 'hello:v1'));
    expect(error).toMatchObject({ code: 'INVALID_REFERENCE' });
    expect(target.calls).toEqual([]);
  });

  test('a name with a colon is a tag of a layout, unless it is a digest', async () => {
    const { layout, root } = await sevenNodes();
    const target = new WatchedLayout();
    await copy(layout, 'v1', target, 'hello:v1');
    expect((await target.resolve('hello:v1')).digest).toBe(root.digest);
    const other = new WatchedLayout();
    await copy(target, 'hello:v1', other);
    expect((await other.resolve('hello:v1')).digest).toBe(root.digest);
  });

  test('a root that is there is tagged only (K3)', async () => {
    const { layout } = await sevenNodes();
    const target = new WatchedLayout();
    await copy(layout, 'v1', target);
    const before = target.count('push');
    const skipped: string[] = [];
    const result = await copy(layout, 'v1', target, 'v2', { onSkipped: ({ digest }) => skipped.push(digest) });
    expect(target.count('push')).toBe(before);
    expect(skipped).toHaveLength(1);
    expect(result).toMatchObject({ copied: 0, skipped: 1 });
    expect(await itemsOf(target.tags())).toEqual(['v1', 'v2']);
  });

  test('what is there is not pushed again: a manifest is skipped once, and not its layers (K4)', async () => {
    const { layout, a, b, root, nodes } = await sevenNodes();
    const target = new WatchedLayout();
    await copy(layout, a.digest, target);
    target.calls.length = 0;
    const skipped: Descriptor[] = [];
    await copy(layout, 'v1', target, undefined, { onSkipped: (it) => skipped.push(it), concurrency: 1 });
    const hello = nodes.find(({ digest }) => digest === descriptorOf('hello').digest)!;
    expect(target.digests('push')).toEqual([hello.digest, b.digest, root.digest]);
    // The config is also that of the other manifest, which is not there.
    expect(skipped.map(({ digest }) => digest)).toContain(a.digest);
    expect(skipped.map(({ digest }) => digest)).not.toContain(descriptorOf('foo').digest);
  });

  test('as many calls before as after, for each node once (K5)', async () => {
    const { layout, nodes } = await sevenNodes();
    const before: Descriptor[] = [];
    const after: Descriptor[] = [];
    await copy(layout, 'v1', new OciLayout(new MemoryStorage()), undefined, {
      beforeCopy: (it) => void before.push(it),
      afterCopy: (it) => void after.push(it),
    });
    expect(digestsOf(before)).toEqual(digestsOf(nodes));
    expect(digestsOf(after)).toEqual(digestsOf(nodes));
  });

  test('a blob that a hook leaves out is not pushed, nor told about as copied (K6)', async () => {
    const { layout } = await sevenNodes();
    const target = new WatchedLayout();
    const foo = descriptorOf('foo');
    const after: string[] = [];
    const events: TransferEvent[] = [];
    const result = await copy(layout, 'v1', target, undefined, {
      beforeCopy: ({ digest }) => (digest === foo.digest ? 'skip' : undefined),
      afterCopy: ({ digest }) => after.push(digest),
      onProgress: (event) => events.push(event),
    });
    expect(target.count('push')).toBe(6);
    expect(after).not.toContain(foo.digest);
    expect(result).toMatchObject({ copied: 6 });
    expect(events).toContainEqual({
      type: 'skip',
      descriptor: expect.objectContaining(core({ ...foo, mediaType: 'application/vnd.oci.image.layer.v1.tar' })),
      reason: 'filtered',
    });
  });

  test('a hook that leaves out a manifest leaves out what only it refers to', async () => {
    const { layout, a } = await sevenNodes();
    const target = new WatchedLayout();
    await copy(layout, 'v1', target, undefined, {
      beforeCopy: async ({ digest }) => (digest === a.digest ? 'skip' : undefined),
    });
    expect(target.count('push')).toBe(4);
    expect(await target.exists(descriptorOf('foo'))).toBe(false);
  });

  test('a root that is left out is not tagged', async () => {
    const { layout } = await sevenNodes();
    const target = new WatchedLayout();
    await copy(layout, 'v1', target, undefined, { beforeCopy: () => 'skip' });
    expect(target.calls.filter((call) => !call.startsWith('exists'))).toEqual([]);
  });

  test('an error of a hook ends the copy, and is not changed (K9)', async () => {
    for (const hook of ['beforeCopy', 'afterCopy', 'mapRoot', 'onProgress'] as const) {
      for (const thrown of [new Error('mine'), new NotFoundError('mine', 'x')]) {
        const { layout } = await sevenNodes();
        const target = new WatchedLayout();
        const options = {
          [hook]: () => {
            throw thrown;
          },
        };
        expect(await rejection(copy(layout, 'v1', target, undefined, options))).toBe(thrown);
        expect(target.count('tag')).toBe(0);
      }
    }
  });

  test('layers that must not be distributed are left out, and listed (K10)', async () => {
    const source = new OciLayout(new MemoryStorage());
    const foreign = [
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    ].map((mediaType, i) => ({ ...descriptorOf(`foreign ${i}`, mediaType), urls: ['https://example.com/layer'] }));
    const config = descriptorOf('{}');
    await source.push(config, new Blob(['{}']));
    const image = await pushImage(source, [], { config, layers: [...foreign] });
    await source.tag(image.descriptor, 'v1');
    const target = new OciLayout(new MemoryStorage());
    const result = await copy(source, 'v1', target);
    expect(result.foreign).toEqual(foreign);
    expect(result.copied).toBe(2);
    expect((await target.resolve('v1')).digest).toBe(image.descriptor.digest);
  });

  test('the same content under two titles is stored once (K13)', async () => {
    const source = new OciLayout(new MemoryStorage());
    const foo = descriptorOf('foo');
    const layers = ['a.txt', 'b.txt'].map((title) => ({
      ...foo,
      annotations: { 'org.opencontainers.image.title': title },
    }));
    await source.push(foo, new Blob(['foo']));
    const image = await pushImage(source, [], { layers });
    const target = new WatchedLayout();
    await copy(source, image.descriptor.digest, target);
    expect(target.digests('push').filter((digest) => digest === foo.digest)).toHaveLength(1);
  });

  test('a root is stored and tagged at once where the target can (K14)', async () => {
    const { layout, root } = await sevenNodes();
    const target = new WatchedLayout();
    const both: string[] = [];
    const at: Target = Object.assign(target, {
      pushReference: async (descriptor: Descriptor, content: Blob, tag: string): Promise<void> => {
        both.push(`${descriptor.digest} ${tag}`);
        await OciLayout.prototype.push.call(target, descriptor, content);
      },
    });
    await copy(layout, 'v1', at, 'v2');
    expect(both).toEqual([`${root.digest} v2`]);
    expect(target.digests('push')).not.toContain(root.digest);
    expect(target.count('tag')).toBe(0);
  });

  test('a manifest above 4 MiB is not read (K15)', async () => {
    const source = new OciLayout(new MemoryStorage());
    const text = `{"schemaVersion":2,"manifests":[]${' '.repeat(4 * 1024 * 1024)}}`;
    const index = descriptorOf(text, 'application/vnd.oci.image.index.v1+json');
    await source.push(index, new Blob([text]));
    const target = new WatchedLayout();
    const error = await rejection(copy(source, index.digest, target, 'v1'));
    expect(error).toMatchObject({ code: 'COPY', side: 'source', operation: 'fetch', cause: { code: 'TOO_LARGE' } });
    expect(target.count('push') + target.count('tag')).toBe(0);
  });

  test('what is no target is refused (K16)', async () => {
    const { layout } = await sevenNodes();
    await expect(copy(undefined as never, 'v1', layout)).rejects.toThrow(TypeError);
    await expect(copy(layout, 'v1', undefined as never)).rejects.toThrow(TypeError);
    await expect(copy(layout, 1 as never, layout)).rejects.toThrow(TypeError);
    await expect(copy(layout, 'v1', layout, 1 as never)).rejects.toThrow(TypeError);
    await expect(copy(layout, 'v1', layout, 'v2', { concurrency: 0 })).rejects.toThrow(RangeError);
    for (const wrong of [{ index: 'new' }, { platforms: 'linux/amd64' }, { recursive: 1 }, { mapRoot: 'v2' }]) {
      await expect(copy(layout, 'v1', layout, 'v2', wrong as never)).rejects.toThrow(TypeError);
    }
  });

  test('an error names its side, its operation and the descriptor (K16)', async () => {
    const { layout, nodes } = await sevenNodes();
    const missing = await rejection(copy(layout, 'v9', new WatchedLayout()));
    expect(missing).toMatchObject({ code: 'COPY', side: 'source', operation: 'resolve', cause: { code: 'NOT_FOUND' } });
    expect(isOrasError(missing, 'COPY')).toBe(true);
    const refusal = new RegistryError('no', { status: 400, method: 'PUT', url: 'https://reg.test', errors: [] });
    for (const operation of ['exists', 'push', 'tag'] as const) {
      const target = new WatchedLayout();
      target[operation] = async () => {
        throw refusal;
      };
      const error = await rejection(copy(layout, 'v1', target));
      expect(error).toMatchObject({ code: 'COPY', side: 'target', operation, cause: refusal });
      const { descriptor } = error as { descriptor: Descriptor };
      expect(nodes.map(({ digest }) => digest)).toContain(descriptor.digest);
    }
  });

  test('an error of a stream of the source is one of the source', async () => {
    const { layout } = await sevenNodes();
    const broken = new NetworkError('gone', 'https://reg.test', false);
    const foo = descriptorOf('foo');
    const { fetch } = layout;
    layout.fetch = async (descriptor, options) =>
      descriptor.digest === foo.digest
        ? new ReadableStream({ pull: (controller) => controller.error(broken) })
        : fetch.call(layout, descriptor, options);
    const error = await rejection(copy(layout, 'v1', new WatchedLayout()));
    expect(error).toMatchObject({ code: 'COPY', side: 'source', operation: 'fetch', cause: broken });
    expect(error).toMatchObject({ descriptor: { digest: foo.digest } });
  });

  test('without a child no parent is pushed (K17)', async () => {
    const { layout, storage, a } = await sevenNodes();
    const foo = descriptorOf('foo');
    await storage.delete(`blobs/${foo.digest.replace(':', '/')}`);
    const target = new WatchedLayout();
    const error = await rejection(copy(layout, 'v1', target));
    expect(error).toMatchObject({ side: 'source', operation: 'fetch', descriptor: { digest: foo.digest } });
    expect(error).toMatchObject({ cause: { code: 'NOT_FOUND' } });
    expect(await target.exists(a)).toBe(false);
    expect(await itemsOf(target.tags())).toEqual([]);
  });

  test('content that a registry lost is pushed again when it refuses the manifest (K18)', async () => {
    const { layout, root, nodes } = await sevenNodes();
    const target = new WatchedLayout();
    const foo = descriptorOf('foo');
    let isLost = true;
    const { push, exists } = target;
    target.exists = async (descriptor, options) =>
      descriptor.digest === foo.digest || exists.call(target, descriptor, options);
    target.push = async (descriptor, content, options) => {
      if (descriptor.digest === foo.digest) isLost = false;
      const isManifest = descriptor.mediaType.includes('manifest');
      if (isManifest && isLost) {
        const errors = [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown' }];
        throw new RegistryError('no', { status: 400, method: 'PUT', url: 'https://reg.test', errors });
      }
      await push.call(target, descriptor, content, options);
    };
    await copy(layout, 'v1', target, undefined, { concurrency: 1 });
    expect((await target.resolve('v1')).digest).toBe(root.digest);
    expect(await contentOf(target, nodes)).toEqual(await contentOf(layout, nodes));
  });

  test('content that is missing below a manifest is copied, unless it is trusted', async () => {
    const { layout, nodes } = await sevenNodes();
    const foo = descriptorOf('foo');
    const target = new WatchedLayout();
    await copy(layout, 'v1', target);
    await target.storage.delete(`blobs/${foo.digest.replace(':', '/')}`);
    target.calls.length = 0;
    await copy(layout, 'v1', target, undefined, { checkExisting: false });
    expect(target.digests('exists')).toHaveLength(1 + 1);
    expect(await target.exists(foo)).toBe(false);
    expect(await copy(layout, 'v1', target)).toMatchObject({ copied: 1, skipped: 1 });
    expect(await contentOf(target, nodes)).toEqual(await contentOf(layout, nodes));
  });

  test('a copy that stopped goes on where it was', async () => {
    const { layout, nodes } = await sevenNodes();
    const target = new WatchedLayout();
    const stop = new AbortController();
    const reason = new Error('enough');
    const copying = copy(layout, 'v1', target, undefined, {
      concurrency: 1,
      signal: stop.signal,
      afterCopy: () => {
        if (target.count('push') === 3) stop.abort(reason);
      },
    });
    expect(await rejection(copying)).toBe(reason);
    expect(target.count('push')).toBe(3);
    expect(target.count('tag')).toBe(0);
    await copy(layout, 'v1', target);
    expect(target.count('push')).toBe(nodes.length);
    expect(await contentOf(target, nodes)).toEqual(await contentOf(layout, nodes));
  });

  test('an abort is what it ends with, also when something fails at that moment', async () => {
    const { layout } = await sevenNodes();
    const target = new WatchedLayout();
    const stop = new AbortController();
    const reason = new Error('enough');
    target.push = async () => {
      stop.abort(reason);
      throw new NetworkError('gone', 'https://reg.test', false);
    };
    expect(await rejection(copy(layout, 'v1', target, undefined, stop))).toBe(reason);
    expect(target.count('tag')).toBe(0);
  });

  test('each descriptor has one start and one done, or one skip', async () => {
    const { layout, nodes } = await sevenNodes();
    const target = new OciLayout(new MemoryStorage());
    await target.push(descriptorOf('hello'), blobOf(new TextEncoder().encode('hello')));
    const events: TransferEvent[] = [];
    await copy(layout, 'v1', target, undefined, { onProgress: (event) => events.push(event) });
    const told = events.flatMap((event) =>
      event.type === 'start' || event.type === 'done' || event.type === 'skip'
        ? [`${event.type} ${event.descriptor.digest}`]
        : [],
    );
    const expected = nodes.flatMap(({ digest }) =>
      digest === descriptorOf('hello').digest ? [`skip ${digest}`] : [`start ${digest}`, `done ${digest}`],
    );
    expect(told.sort()).toEqual(expected.sort());
  });
});
