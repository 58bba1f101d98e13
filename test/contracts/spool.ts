import { expect } from 'vitest';
import type { Spool } from '../../src/storage/spool.ts';
import { bytesOf, endlessStream, rejection, streamOfTexts } from '../support/content.ts';

/** One thing every spool must do. */
export interface SpoolCase {
  /** What it is. */
  name: string;
  /** Tries it. `count` tells how many files the spool has at the moment. */
  run(spool: Spool, count: () => Promise<number>): Promise<void>;
}

/** What every spool must do, whether it keeps bytes in files or not. */
export const spoolCases: readonly SpoolCase[] = [
  {
    name: 'what it takes can be read again and in parts, until it is given up',
    async run(spool, count) {
      const before = await count();
      const { content, dispose } = await spool(streamOfTexts('he', '', 'llo'));
      expect(content.size).toBe(5);
      expect(await content.text()).toBe('hello');
      expect(await content.text()).toBe('hello');
      expect(await content.slice(1, 3).text()).toBe('el');
      await dispose();
      await dispose();
      expect(await count()).toBe(before);
    },
  },
  {
    name: 'several are apart, and one without a byte is one too',
    async run(spool) {
      const all = await Promise.all(['one', '', 'three'].map((text) => spool(streamOfTexts(text))));
      expect(await Promise.all(all.map(({ content }) => content.text()))).toEqual(['one', '', 'three']);
      await all[0]!.dispose();
      expect(await all[2]!.content.text()).toBe('three');
      for (const { dispose } of all) await dispose();
    },
  },
  {
    name: 'many megabytes are taken',
    async run(spool) {
      const chunk = new Uint8Array(1_000_003).map((_, index) => index & 0xff);
      let left = 20;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left-- > 0) controller.enqueue(chunk.slice());
          else controller.close();
        },
      });
      const { content, dispose } = await spool(stream);
      expect(content.size).toBe(20 * chunk.byteLength);
      const part = new Uint8Array(await content.slice(7 * chunk.byteLength, 8 * chunk.byteLength).arrayBuffer());
      expect(part.every((byte, index) => byte === chunk[index])).toBe(true);
      await dispose();
    },
  },
  {
    name: 'a stream that fails leaves nothing, and its failure is thrown on',
    async run(spool, count) {
      const before = await count();
      const reason = new Error('the source broke');
      let pulls = 0;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulls++ < 3) controller.enqueue(bytesOf('half'));
          else controller.error(reason);
        },
      });
      expect(await rejection(spool(stream))).toBe(reason);
      expect(await count()).toBe(before);
    },
  },
  {
    name: 'an abort is thrown with its reason, cancels the stream and leaves nothing; before it begins, too',
    async run(spool, count) {
      const before = await count();
      const reason = new Error('enough');
      const abort = new AbortController();
      let [pulls, ended] = [0, undefined as unknown];
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulls++ === 3) abort.abort(reason);
          controller.enqueue(bytesOf('half'));
        },
        cancel(why) {
          ended = why;
        },
      });
      expect(await rejection(spool(stream, { signal: abort.signal }))).toBe(reason);
      expect(ended).toBe(reason);
      const late = endlessStream(100_000);
      expect(await rejection(spool(late.stream, { signal: abort.signal }))).toBe(reason);
      expect(await late.cancelled).toBe(reason);
      expect(await count()).toBe(before);
    },
  },
];
