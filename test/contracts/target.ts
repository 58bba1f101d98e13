import { expect, test } from 'vitest';
import { buildManifest, type PackedManifest } from '../../src/actions/pack.ts';
import { blobOf, readChunks } from '../../src/bytes/streams.ts';
import { isOrasError, MismatchError, NotFoundError } from '../../src/errors.ts';
import { emptyDescriptor, emptyJson } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { TransferEvent } from '../../src/options.ts';
import { fetchBytes, fetchManifest } from '../../src/target/content.ts';
import type { Target } from '../../src/target/target.ts';
import type { Descriptor } from '../../src/types.ts';
import { bytesOf, descriptorOf, itemsOf, rejection, streamOfTexts, textOf } from '../support/content.ts';

/** In what targets differ. */
export interface TargetTraits {
  /** Lists its tags in the order of their characters. */
  sortedTags: boolean;
}

const reason = new Error('no longer wanted');
const hello = descriptorOf('hello');
const missing = descriptorOf('nobody stored this');
const missingManifest = buildManifest({ annotations: { nobody: 'stored this' } }).descriptor;

/** A manifest that differs from others by its name, and whose blobs are there. */
async function pushManifest(target: Target, name: string, tag?: string): Promise<PackedManifest> {
  const packed = buildManifest({ annotations: { name } });
  await target.push(emptyDescriptor, blobOf(emptyJson));
  await target.push(packed.descriptor, blobOf(packed.bytes));
  if (tag !== undefined) await target.tag(packed.descriptor, tag);
  return packed;
}

/** What a reference leads to; a target may know more of it than this. */
async function resolved(target: Target, reference: string): Promise<Descriptor> {
  return core(await target.resolve(reference));
}

function core({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** One rule every target keeps, tried on an empty one. */
interface Rule {
  name: string;
  run(target: Target, traits: TargetTraits): Promise<void>;
}

const blobs: readonly Rule[] = [
  {
    name: 'push: a blob is there afterwards, and is fetched as it was',
    async run(target) {
      expect(await target.exists(hello)).toBe(false);
      await target.push(hello, new Blob(['hello']));
      expect(await target.exists(hello)).toBe(true);
      expect(await textOf(await target.fetch(hello))).toBe('hello');
    },
  },
  {
    name: 'push: a stream is as good as a Blob',
    async run(target) {
      await target.push(hello, streamOfTexts('he', 'l', 'lo'));
      expect(await textOf(await target.fetch(hello))).toBe('hello');
    },
  },
  {
    name: 'push: an empty blob is a blob',
    async run(target) {
      const empty = descriptorOf('');
      await target.push(empty, new Blob([]));
      expect(await target.exists(empty)).toBe(true);
      expect(await textOf(await target.fetch(empty))).toBe('');
    },
  },
  {
    name: 'push: what is there may be pushed again, also at the same time',
    async run(target) {
      await Promise.all([target.push(hello, new Blob(['hello'])), target.push(hello, new Blob(['hello']))]);
      await target.push(hello, new Blob(['hello']));
      expect(await textOf(await target.fetch(hello))).toBe('hello');
    },
  },
  {
    name: 'push: content with another digest is refused, and nothing is stored',
    async run(target) {
      for (const content of [new Blob(['hellO']), streamOfTexts('hel', 'lO')]) {
        // A registry is who finds out about a Blob.
        const error = await rejection(target.push(hello, content));
        expect(isOrasError(error, 'MISMATCH') || isOrasError(error, 'REGISTRY'), String(error)).toBe(true);
        expect(await target.exists(hello)).toBe(false);
        expect(await target.exists(descriptorOf('hellO'))).toBe(false);
      }
    },
  },
  {
    name: 'push: content of another size is refused, and nothing is stored',
    async run(target) {
      for (const text of ['hell', 'hello!', '']) {
        for (const content of [new Blob([text]), streamOfTexts(text)]) {
          expect(await rejection(target.push(hello, content))).toBeInstanceOf(MismatchError);
          expect(await target.exists(hello)).toBe(false);
        }
      }
    },
  },
  {
    name: 'push: a stream that fails makes it fail the same way, and nothing is stored',
    async run(target) {
      const failing = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (controller.desiredSize === 1) controller.enqueue(bytesOf('he'));
          controller.error(reason);
        },
      });
      expect(await rejection(target.push(hello, failing))).toBe(reason);
      expect(await target.exists(hello)).toBe(false);
    },
  },
  {
    name: 'push: progress begins, only grows, ends at the size, and is done',
    async run(target) {
      const content = new Blob(['0123456789abcdef'.repeat(65_536)]);
      const big = { ...descriptorOf(await content.text()) };
      const events: TransferEvent[] = [];
      await target.push(big, content, { onProgress: (event) => events.push(event) });
      expect(events.at(0)).toEqual({ type: 'start', descriptor: big });
      expect(events.at(-1)).toEqual({ type: 'done', descriptor: big });
      const amounts = events.slice(1, -1).map((event) => (event.type === 'transfer' ? event.transferred : -1));
      expect(amounts).toEqual([...new Set(amounts)].sort((a, b) => a - b));
      expect(amounts.at(-1)).toBe(content.size);
    },
  },
  {
    name: 'push: content under sha512 is found under it',
    async run(target) {
      const descriptor = { ...hello, digest: digestOf(bytesOf('hello'), 'sha512') };
      await target.push(descriptor, new Blob(['hello']));
      expect(await target.exists(descriptor)).toBe(true);
      expect(await textOf(await target.fetch(descriptor))).toBe('hello');
    },
  },
  {
    name: 'fetch: what is there under another size is a mismatch',
    async run(target) {
      await target.push(hello, new Blob(['hello']));
      for (const size of [4, 6]) {
        const read = async (): Promise<string> => textOf(await target.fetch({ ...hello, size }));
        await expect(read()).rejects.toThrow();
        const bytes = fetchBytes(target, { ...hello, size });
        expect(await rejection(bytes)).toBeInstanceOf(MismatchError);
      }
    },
  },
  {
    name: 'fetch, exists: what is not there is not found',
    async run(target) {
      await target.push(hello, new Blob(['hello']));
      expect(await rejection(target.fetch(missing))).toBeInstanceOf(NotFoundError);
      expect(await target.exists(missing)).toBe(false);
      expect(await rejection(target.fetch(missingManifest))).toBeInstanceOf(NotFoundError);
      expect(await target.exists(missingManifest)).toBe(false);
    },
  },
  {
    name: 'push, fetch, exists: a digest that is none is refused',
    async run(target) {
      for (const digest of ['sha256:../../x', `sha256:${'A'.repeat(64)}`, '', `md5:${'0'.repeat(32)}`]) {
        const bad = { ...hello, digest };
        for (const call of [target.push(bad, new Blob(['hello'])), target.fetch(bad), target.exists(bad)]) {
          const error = await rejection(call);
          const code = digest.startsWith('md5') ? 'UNSUPPORTED' : 'INVALID_REFERENCE';
          expect(isOrasError(error, code), String(error)).toBe(true);
        }
      }
    },
  },
];

const manifests: readonly Rule[] = [
  {
    name: 'resolve: finds a manifest by its digest and by its tag',
    async run(target) {
      const { descriptor } = await pushManifest(target, 'a', 'v1');
      expect(await resolved(target, 'v1')).toEqual(core(descriptor));
      expect(await resolved(target, descriptor.digest)).toEqual(core(descriptor));
      expect(await target.exists(descriptor)).toBe(true);
    },
  },
  {
    name: 'fetch: gives a manifest byte for byte, with its descriptor and by its tag',
    async run(target) {
      const { descriptor, bytes, manifest } = await pushManifest(target, '<b>', 'v1');
      expect(await fetchBytes(target, descriptor)).toEqual(bytes);
      for (const reference of ['v1', descriptor.digest, descriptor]) {
        const found = await fetchManifest(target, reference);
        expect({ ...found, descriptor: core(found.descriptor) }).toEqual({
          descriptor: core(descriptor),
          bytes,
          kind: 'manifest',
          manifest,
        });
      }
    },
  },
  {
    name: 'resolve: what is not there is not found',
    async run(target) {
      await pushManifest(target, 'a', 'v1');
      for (const reference of ['v2', 'V1', missing.digest]) {
        expect(await rejection(target.resolve(reference))).toBeInstanceOf(NotFoundError);
        expect(await rejection(fetchManifest(target, reference))).toBeInstanceOf(NotFoundError);
      }
    },
  },
  {
    name: 'push: a manifest with other bytes is refused, and nothing is stored',
    async run(target) {
      const { descriptor } = await pushManifest(target, 'a');
      const other = buildManifest({ annotations: { name: 'b' } });
      expect(other.descriptor.size).toBe(descriptor.size);
      const error = await rejection(target.push(missingManifest, blobOf(other.bytes)));
      expect(error).toBeInstanceOf(MismatchError);
      expect(await rejection(target.push({ ...other.descriptor, size: 5 }, blobOf(other.bytes)))).toBeInstanceOf(
        MismatchError,
      );
      expect(await target.exists(missingManifest)).toBe(false);
      expect(await target.exists(other.descriptor)).toBe(false);
    },
  },
  {
    name: 'tag: a tag moves, and what it stood for stays under its digest',
    async run(target) {
      const first = await pushManifest(target, 'a', 'v1');
      const second = await pushManifest(target, 'b', 'v1');
      expect(await resolved(target, 'v1')).toEqual(core(second.descriptor));
      expect(await resolved(target, first.descriptor.digest)).toEqual(core(first.descriptor));
      expect(await itemsOf(target.tags!())).toEqual(['v1']);
    },
  },
  {
    name: 'tag: a manifest has many tags',
    async run(target, { sortedTags }) {
      const { descriptor } = await pushManifest(target, 'a', 'c');
      for (const tag of ['a', '10', 'b', '9', 'a']) await target.tag(descriptor, tag);
      const tags = await itemsOf(target.tags!());
      expect(sortedTags ? tags : tags.sort()).toEqual(['10', '9', 'a', 'b', 'c']);
      for (const tag of tags) expect(await resolved(target, tag)).toEqual(core(descriptor));
    },
  },
  {
    name: 'tag: what is not there cannot be tagged',
    async run(target) {
      await pushManifest(target, 'a', 'v1');
      expect(await rejection(target.tag(missingManifest, 'v2'))).toBeInstanceOf(NotFoundError);
      expect(await itemsOf(target.tags!())).toEqual(['v1']);
    },
  },
  {
    name: 'pushReference: stores and tags, where there is such a way',
    async run(target) {
      await pushManifest(target, 'a', 'v1');
      const { descriptor, bytes } = buildManifest({ annotations: { name: 'b' } });
      if (!target.pushReference) return;
      await target.pushReference(descriptor, blobOf(bytes), 'v1');
      expect(await resolved(target, 'v1')).toEqual(core(descriptor));
      expect(await resolved(target, descriptor.digest)).toEqual(core(descriptor));
    },
  },
];

const aborts: readonly Rule[] = [
  {
    name: 'abort: every call rejects with the reason of a signal that is aborted already, and nothing is stored',
    async run(target) {
      const { descriptor, bytes } = await pushManifest(target, 'a', 'v1');
      const other = buildManifest({ annotations: { name: 'b' } });
      const signal = AbortSignal.abort(reason);
      const calls = [
        target.resolve('v1', { signal }),
        target.exists(descriptor, { signal }),
        target.exists(hello, { signal }),
        target.fetch(descriptor, { signal }),
        target.fetch(emptyDescriptor, { signal }),
        target.push(hello, new Blob(['hello']), { signal }),
        target.push(hello, streamOfTexts('hello'), { signal }),
        target.push(other.descriptor, blobOf(other.bytes), { signal }),
        target.tag(descriptor, 'v2', { signal }),
        fetchManifest(target, 'v1', { signal }),
        target.pushReference?.(descriptor, blobOf(bytes), 'v2', { signal }) ?? Promise.reject(reason),
        target.tags!({ signal })[Symbol.asyncIterator]().next(),
      ];
      expect(await Promise.all(calls.map(rejection))).toEqual(calls.map(() => reason));
      expect(await target.exists(hello)).toBe(false);
      expect(await target.exists(other.descriptor)).toBe(false);
      expect(await itemsOf(target.tags!())).toEqual(['v1']);
    },
  },
  {
    name: 'abort: a push rejects with the reason while it waits for its content, and nothing is stored',
    async run(target) {
      const controller = new AbortController();
      const content = new ReadableStream<Uint8Array>(
        {
          start: (stream) => stream.enqueue(bytesOf('he')),
          pull: () => {
            controller.abort(reason);
            return new Promise(() => {});
          },
        },
        { highWaterMark: 1 },
      );
      expect(await rejection(target.push(hello, content, { signal: controller.signal }))).toBe(reason);
      expect(await target.exists(hello)).toBe(false);
    },
  },
  {
    name: 'abort: a stream that is read fails with the reason',
    async run(target) {
      const content = new Blob(['0123456789abcdef'.repeat(262_144)]);
      const big = descriptorOf(await content.text());
      await target.push(big, content);
      const controller = new AbortController();
      const stream = await target.fetch(big, { signal: controller.signal });
      expect(await rejection(readChunks(stream, () => controller.abort(reason)))).toBe(reason);
    },
  },
];

/** Tries every rule of a target on one of its own, which must be empty. */
export function testTarget(traits: TargetTraits, emptyTarget: () => Target | Promise<Target>): void {
  for (const { name, run } of [...blobs, ...manifests, ...aborts]) {
    test(name, async () => {
      await run(await emptyTarget(), traits);
    });
  }
}
