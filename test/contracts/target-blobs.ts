import { expect } from 'vitest';
import type { Content } from '../../src/bytes/streams.ts';
import { isOrasError, MismatchError, NotFoundError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { TransferEvent } from '../../src/options.ts';
import { fetchBytes } from '../../src/target/content.ts';
import type { Target } from '../../src/target/target.ts';
import { bytesOf, descriptorOf, rejection, streamOfTexts, textOf } from '../support/content.ts';
import { hello, missingManifest, type TargetRule } from './target-rule.ts';

const missing = descriptorOf('nobody stored this');
const reason = new Error('the source broke');

/** Rules about blobs. */
export const blobRules: readonly TargetRule[] = [
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
    name: 'push: bytes are as good as a Blob, also a part of a larger buffer',
    async run(target) {
      await target.push(hello, bytesOf('>>hello<<').subarray(2, 7));
      expect(await textOf(await target.fetch(hello))).toBe('hello');
      expect(await rejection(target.push(missing, bytesOf('hello')))).toBeInstanceOf(MismatchError);
    },
  },
  {
    name: 'push: what is no content is a TypeError that says what it is, and nothing is stored',
    async run(target) {
      const wrong = [undefined, 5, ['hello'], { pipe() {} }, Promise.resolve('hello')];
      for (const content of wrong as never[]) {
        const error = await rejection(target.push(hello, content));
        expect(error).toBeInstanceOf(TypeError);
        expect(String(error)).toMatch(/must be a Blob.*, not (undefined|a |an )/);
      }
      expect(await target.exists(hello)).toBe(false);
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
  {
    name: 'begin: content is stored by commit and not before, where there is such a way',
    async run(target) {
      for (const contentOf of ways(target)) {
        const descriptor = descriptorOf(`begun ${contentOf.name}`);
        const pending = await target.begin!(contentOf(`begun ${contentOf.name}`));
        await pending.sent;
        expect(await target.exists(descriptor)).toBe(false);
        await pending.commit(descriptor);
        expect(await textOf(await target.fetch(descriptor))).toBe(`begun ${contentOf.name}`);
        await pending.abort(reason);
        expect(await target.exists(descriptor)).toBe(true);
      }
    },
  },
  {
    name: 'begin: progress is told from commit on, as of a push',
    async run(target) {
      for (const contentOf of ways(target)) {
        const descriptor = descriptorOf(`begun ${contentOf.name}`);
        const events: TransferEvent[] = [];
        const onProgress = (event: TransferEvent): unknown => events.push(event);
        const pending = await target.begin!(contentOf(`begun ${contentOf.name}`), { onProgress });
        await pending.sent;
        expect(events).toEqual([]);
        await pending.commit(descriptor);
        expect(events).toEqual([
          { type: 'start', descriptor },
          { type: 'transfer', descriptor, transferred: descriptor.size },
          { type: 'done', descriptor },
        ]);
      }
    },
  },
  {
    name: 'begin: nothing is stored after an abort',
    async run(target) {
      for (const contentOf of ways(target)) {
        for (const why of [undefined, reason]) {
          const pending = await target.begin!(contentOf('hello'));
          await pending.abort(why);
          await pending.abort(why);
          expect(await target.exists(hello)).toBe(false);
        }
      }
    },
  },
  {
    name: 'begin: content of another size is a mismatch, of another digest refused, and nothing is stored',
    async run(target) {
      for (const contentOf of ways(target)) {
        const pending = await target.begin!(contentOf('hello!'));
        expect(await rejection(pending.commit(hello))).toBeInstanceOf(MismatchError);
        const other = await target.begin!(contentOf('hellO'));
        expect(isOrasError(await rejection(other.commit(hello)))).toBe(true);
        expect(await target.exists(hello)).toBe(false);
      }
    },
  },
  {
    name: 'begin: a stream that fails makes it fail the same way, and nothing is stored',
    async run(target) {
      if (!target.begin) return;
      const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(reason) });
      const pending = await target.begin(failing);
      expect(await rejection(pending.sent)).toBe(reason);
      expect(await rejection(pending.commit(hello))).toBe(reason);
      expect(await target.exists(hello)).toBe(false);
    },
  },
];

/** What a target that can begin may begin with. */
function ways(target: Target): ((text: string) => Content)[] {
  const blob = (text: string): Content => new Blob([text]);
  const stream = (text: string): Content => streamOfTexts(text.slice(0, 3), text.slice(3));
  return target.begin ? [blob, stream] : [];
}
