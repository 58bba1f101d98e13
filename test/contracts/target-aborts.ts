import { expect } from 'vitest';
import { buildManifest } from '../../src/actions/push/pack.ts';
import { blobOf, readChunks } from '../../src/bytes/streams.ts';
import { emptyDescriptor } from '../../src/oci/descriptor.ts';
import { fetchManifest } from '../../src/target/content.ts';
import { bytesOf, descriptorOf, itemsOf, rejection, streamOfTexts } from '../support/content.ts';
import { hello, pushManifest, type TargetRule } from './target-rule.ts';

const reason = new Error('no longer wanted');

/** Rules about what is given up. */
export const abortRules: readonly TargetRule[] = [
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
  {
    name: 'abort: what was begun fails with the reason, and nothing is stored',
    async run(target) {
      if (!target.begin) return;
      for (const content of [new Blob(['hello']), streamOfTexts('hello')]) {
        const controller = new AbortController();
        const pending = await target.begin(content, { signal: controller.signal });
        controller.abort(reason);
        expect(await rejection(pending.commit(hello))).toBe(reason);
        expect(await target.exists(hello)).toBe(false);
      }
    },
  },
];
