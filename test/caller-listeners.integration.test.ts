import {
  MemoryStorage,
  mediaTypes,
  OciLayout,
  packFiles,
  packManifest,
  pull,
  push,
  pushBlob,
  Registry,
  type TransferEvent,
  type TransferOptions,
} from 'oras-js';
import { describe, expect, test } from 'vitest';
import { Failing, knownHash, large, smallLayout, ways } from './support/caller-errors.ts';
import { descriptorOf, itemsOf, rejection, streamOfTexts } from './support/content.ts';
import { embeddedRegistry } from './support/registries.ts';
import { described, host, pathsBelow, uploadRegistry } from './support/upload-registry.ts';

const kib = 1024;
const reference = `${host}/org/files:v1`;
const small = [
  { name: 'a', content: 'first' },
  { name: 'b', content: 'second' },
];
const ahead = [{ name: 'large', content: new Blob([large]) }];
const chunks = { name: 'chunks', content: new Blob([large.subarray(0, 60 * kib)]) };

/** A call, and what it must leave when it fails. */
interface Situation {
  run(options: TransferOptions): Promise<unknown>;
  /** Checks what is there afterwards; `event` is the one that failed. */
  check(event: TransferEvent): Promise<void>;
}

/** The manifest is reported as transferred when it is there. */
function isStored(event: TransferEvent): boolean {
  const isReported = event.type === 'transfer' || event.type === 'done';
  return isReported && event.descriptor.mediaType === mediaTypes.manifest;
}

/** A push to a registry of its own: no session is left, and no tag unless the manifest was stored. */
function toRegistry(
  run: (it: ReturnType<typeof uploadRegistry>, options: TransferOptions) => Promise<unknown>,
  { keepsSession = false } = {},
): () => Situation {
  return () => {
    const it = uploadRegistry();
    return {
      run: (options) => run(it, options),
      check: async (event) => {
        if (!keepsSession) await expect.poll(() => it.leftovers()).toEqual([]);
        if (!isStored(event))
          expect(await rejection(it.healthy.inspect(reference))).toMatchObject({ code: 'NOT_FOUND' });
      },
    };
  };
}

const situations: Record<string, () => Situation | Promise<Situation>> = {
  'push of small files': toRegistry((it, options) => it.registry.push(reference, small, options)),
  'push of a large file': toRegistry((it, options) =>
    push(it.repository, 'v1', ahead, { ...options, hash: knownHash }),
  ),
  'push of a large file that is there': toRegistry(async (it, options) => {
    await it.healthy.push(`${host}/org/files:other`, ahead);
    await push(it.repository, 'v1', ahead, { ...options, hash: knownHash });
  }),
  'push of a stream': toRegistry((it, options) => {
    const files = [{ name: 'stream', content: streamOfTexts('a'.repeat(200 * kib), 'b'.repeat(200 * kib)) }];
    return it.registry.push(reference, files, { ...options, chunkSize: 64 * kib });
  }),
  'push in chunks': toRegistry((it, options) =>
    it.registry.push(reference, [chunks], { ...options, chunkSize: 20 * kib }),
  ),
  'push that is resumed': toRegistry(
    async (it, options) => {
      const resume = new MemoryStorage();
      const settings = { chunkSize: 20 * kib, resume };
      const paused = new AbortController();
      const onProgress = (event: TransferEvent): void => {
        if (event.type === 'transfer' && event.transferred > 0) paused.abort();
      };
      await rejection(it.registry.push(reference, [chunks], { ...settings, signal: paused.signal, onProgress }));
      return it.registry.push(reference, [chunks], { ...options, ...settings });
    },
    { keepsSession: true },
  ),
  'push that mounts': toRegistry(async (it, options) => {
    await it.healthy.push(`${host}/org/source:v1`, small);
    await it.registry.push(reference, small, { ...options, mountFrom: ['org/source'] });
  }),
  'push of a digest': toRegistry(async (it, options) => {
    const { descriptor } = await packFiles(small);
    await push(it.repository, 'v1', small, { ...options, digest: descriptor.digest });
  }),
  'push of files one by one': toRegistry(async (it, options) => {
    const layers = [];
    for (const file of small) layers.push(await it.registry.pushFile(it.repository, file, options));
    await packManifest(it.repository, { ...options, layers, tags: ['v1'] });
  }),
  'push of a blob': toRegistry(async (it, options) => {
    await pushBlob(it.repository, 'text', options);
    await it.repository.push(described(large), new Blob([large]), options);
    const pending = await it.repository.begin(chunks.content, options);
    await pending.commit(described(large.subarray(0, 60 * kib)));
    const text = 'x'.repeat(100 * kib);
    const stream = await it.repository.begin(streamOfTexts(text), options);
    await stream.commit(descriptorOf(text));
  }),
  'pull to a storage': async () => {
    const layout = await smallLayout();
    const to = new MemoryStorage();
    await to.put('a', new Blob(['first']));
    return {
      run: (options) => pull(layout, 'v1', { ...options, to }),
      check: async () => {
        for (const { path } of await itemsOf(to.list())) {
          expect(await (await to.get(path))?.text()).toBe({ a: 'first', b: 'second' }[path]);
        }
      },
    };
  },
  'pull of what is no file': async () => {
    const layout = new OciLayout(new MemoryStorage());
    await packManifest(layout, { layers: [await pushBlob(layout, 'x')], tags: ['v1'] });
    return { run: (options) => pull(layout, 'v1', options), check: async () => {} };
  },
  'push to a layout': () => {
    const storage = new MemoryStorage();
    const layout = new OciLayout(storage);
    return {
      run: (options) => push(layout, 'v1', [...small, ...ahead], { ...options, hash: knownHash }),
      check: async (event) => {
        if (!isStored(event)) expect(await itemsOf(layout.tags())).toEqual([]);
        for (const path of await pathsBelow(storage, 'blobs/')) {
          const bytes = new Uint8Array(await (await storage.get(path))!.arrayBuffer());
          expect(`blobs/${described(bytes).digest.replace(':', '/')}`).toBe(path);
        }
      },
    };
  },
  'artifact in memory': () => ({
    run: (options) => packFiles(small, options),
    check: async () => {},
  }),
};

const cases = Object.keys(situations).flatMap((name) => ways.map((way) => [name, way] as const));

describe('onProgress: what fails with any event is what the call fails with', () => {
  test.for(cases)('%s, it %s', async ([name, way]) => {
    let events = 0;
    for (let at = 1; at <= events + 1; at++) {
      const { run, check } = await situations[name]!();
      const listener = new Failing(at, way);
      const onProgress = listener.call as (event: TransferEvent) => void;
      const running = run({ onProgress, concurrency: 1 });
      if (listener.calls < at) await running.catch(() => {});
      if (!listener.failed) {
        // There is no such event: this one went well.
        await running;
        expect(at).toBeGreaterThan(1);
        return;
      }
      events = at;
      expect(await rejection(running)).toBe(listener.error);
      // A promise that rejects is seen a moment later, when the next event may be out already.
      if (way === 'throws') expect(listener.calls).toBe(at);
      await check(listener.failed as TransferEvent);
    }
  });
});

describe('onProgress: over HTTP', () => {
  test.for(ways)('many files at a time, it %s', async (way) => {
    const registry = new Registry();
    const own = `${embeddedRegistry().host}/listeners/${'document' in globalThis ? 'page' : 'node'}`;
    const files = [...small, ...ahead, chunks];
    for (const at of [1, 2, 5, 10, 20]) {
      const listener = new Failing(at, way);
      const onProgress = listener.call as (event: TransferEvent) => void;
      const pushed = registry.push(`${own}-${way}-${at}:v1`, files, { onProgress });
      expect(await rejection(pushed)).toBe(listener.error);
      expect(await rejection(registry.inspect(`${own}-${way}-${at}:v1`))).toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});
