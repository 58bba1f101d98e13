import { expect } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import type { Target } from '../../src/target/target.ts';
import type { Descriptor } from '../../src/types.ts';
import { bytesOf, endlessStream, rejection, streamOfTexts, textOf } from '../support/content.ts';

/** A way to push a stream to a target that cannot begin without a descriptor. */
export interface SpooledPush {
  /** Pushes the stream as one file. */
  push(target: Target, content: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<Descriptor>;
  /** How many streams are in the spool at the moment. */
  count(): Promise<number>;
}

/** One thing that every such push must do. */
export interface SpooledPushCase {
  /** What it is. */
  name: string;
  /** Tries it. */
  run(way: SpooledPush): Promise<void>;
}

const reason = new Error('enough');

/** A target without `begin`, whose `push` is another one. */
function targetThat(push: Target['push'], layout = new OciLayout(new MemoryStorage())): Target {
  return {
    resolve: (reference) => layout.resolve(reference),
    fetch: (descriptor) => layout.fetch(descriptor),
    exists: async () => false,
    tag: (descriptor, tag) => layout.tag(descriptor, tag),
    push: (descriptor, content, options) =>
      // The manifest, which some of the ways push as well, was never in the spool.
      descriptor.mediaType.includes('manifest') || descriptor.mediaType.includes('empty')
        ? layout.push(descriptor, content, options)
        : push(descriptor, content, options),
  };
}

/** What every push of a stream does, wherever the spool keeps it. */
export const spooledPushCases: readonly SpooledPushCase[] = [
  {
    name: 'the target gets a stream with its descriptor, from the spool, which is empty afterwards',
    async run({ push, count }) {
      const before = await count();
      const layout = new OciLayout(new MemoryStorage());
      let [during, isStream] = [0, false];
      const target = targetThat(async (descriptor, content, options) => {
        during = await count();
        isStream = content instanceof ReadableStream;
        await layout.push(descriptor, content, options);
      }, layout);
      const descriptor = await push(target, streamOfTexts('he', '', 'llo'));
      expect(descriptor).toMatchObject({ digest: digestOf(bytesOf('hello')), size: 5 });
      expect(await textOf(await layout.fetch(descriptor))).toBe('hello');
      expect(isStream).toBe(true);
      expect(during).toBe(before + 1);
      expect(await count()).toBe(before);
    },
  },
  {
    name: 'the spool is empty when the target has the content already',
    async run({ push, count }) {
      const before = await count();
      const layout = new OciLayout(new MemoryStorage());
      await layout.push({ mediaType: 'a/b', digest: digestOf(bytesOf('hello')), size: 5 }, new Blob(['hello']));
      await push(layout, streamOfTexts('hello'));
      expect(await count()).toBe(before);
    },
  },
  {
    name: 'the spool is empty when the target fails, and its error is thrown on',
    async run({ push, count }) {
      const before = await count();
      let during = 0;
      const target = targetThat(async () => {
        during = await count();
        throw reason;
      });
      expect(await rejection(push(target, streamOfTexts('hello')))).toBe(reason);
      expect(during).toBe(before + 1);
      expect(await count()).toBe(before);
    },
  },
  {
    name: 'the spool is empty when the stream fails, and its error is thrown on',
    async run({ push, count }) {
      const before = await count();
      let pulls = 0;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulls++ < 3) controller.enqueue(bytesOf('half'));
          else controller.error(reason);
        },
      });
      const pushed: unknown[] = [];
      const target = targetThat(async (descriptor) => void pushed.push(descriptor));
      expect(await rejection(push(target, stream))).toBe(reason);
      expect(pushed).toEqual([]);
      expect(await count()).toBe(before);
    },
  },
  {
    name: 'the spool is empty when the push is aborted while the stream is read, and the stream is cancelled',
    async run({ push, count }) {
      const before = await count();
      const abort = new AbortController();
      const { stream, cancelled, given } = endlessStream(100_000);
      const reader = stream.getReader();
      const watched = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (given() > 1_000_000) abort.abort(reason);
          controller.enqueue((await reader.read()).value as Uint8Array);
        },
        cancel: (why) => reader.cancel(why),
      });
      const target = targetThat(async () => {});
      expect(await rejection(push(target, watched, abort.signal))).toBe(reason);
      expect(await cancelled).toBe(reason);
      expect(await count()).toBe(before);
    },
  },
  {
    name: 'the spool is empty when the push is aborted while the target stores',
    async run({ push, count }) {
      const before = await count();
      const abort = new AbortController();
      const target = targetThat(async (_, __, options) => {
        abort.abort(reason);
        options?.signal?.throwIfAborted();
      });
      expect(await rejection(push(target, streamOfTexts('hello'), abort.signal))).toBe(reason);
      expect(await count()).toBe(before);
    },
  },
];
