import { describe, expect, test } from 'vitest';
import { packFiles, push } from '../../../src/actions/push/push.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { Registry } from '../../../src/registry.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { memorySpool, type Spool, type Spooled } from '../../../src/storage/spool.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { PendingPush, Target } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { spooledPushCases } from '../../contracts/spooled-push.ts';
import { bytesOf, rejection, streamOfTexts, textOf } from '../../support/content.ts';

/** A spool in memory that counts what it holds. */
function countedSpool(): { spool: Spool; held: () => number; most: () => number; bytes: () => number } {
  let [held, most, bytes] = [0, 0, 0];
  const spool: Spool = async (stream, options) => {
    const { content }: Spooled = await memorySpool(stream, options);
    bytes += content.size;
    most = Math.max(most, ++held);
    return {
      content,
      async dispose() {
        held--;
      },
    };
  };
  return { spool, held: () => held, most: () => most, bytes: () => bytes };
}

function emptyLayout(): OciLayout {
  return new OciLayout(new MemoryStorage());
}

describe('push of a stream to a target without begin', () => {
  test.for(spooledPushCases)('$name', ({ run }) => {
    const { spool, held } = countedSpool();
    return run({
      async push(target, content, signal) {
        const files = [{ name: 'a', content }];
        const { manifest } = await push(target, undefined, files, { spool, signal });
        return manifest.layers[0] as Descriptor;
      },
      count: async () => held(),
    });
  });

  test('what is read is written to the spool at once: nothing is held besides', async () => {
    const size = 50_000_000;
    let [given, taken, ahead] = [0, 0, 0];
    const content = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          ahead = Math.max(ahead, given - taken);
          const chunk = new Uint8Array(Math.min(1_000_000, size - given));
          given += chunk.byteLength;
          if (chunk.byteLength > 0) controller.enqueue(chunk);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const spool: Spool = async (stream) => {
      const reader = stream.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        taken += value.byteLength;
      }
      return { content: new Blob([new Uint8Array(size)]), dispose: async () => {} };
    };
    const layout = emptyLayout();
    const { manifest } = await push(layout, 'v1', [{ name: 'a', content }], { spool });
    expect(manifest.layers[0]).toMatchObject({ size, digest: digestOf(new Uint8Array(size)) });
    expect(taken).toBe(size);
    expect(ahead).toBeLessThanOrEqual(1_000_000);
  });

  test('one at a time is in the spool when one is pushed at a time, and equal ones are stored once', async () => {
    const { spool, held, most } = countedSpool();
    const layout = emptyLayout();
    const pushed: Descriptor[] = [];
    const counting: Target = Object.assign(Object.create(layout) as Target, {
      exists: async () => false,
      resolve: (reference: string) => layout.resolve(reference),
      fetch: (descriptor: Descriptor) => layout.fetch(descriptor),
      tag: (descriptor: Descriptor, tag: string) => layout.tag(descriptor, tag),
      push: async (...args: Parameters<Target['push']>) => {
        pushed.push(args[0]);
        await layout.push(...args);
      },
    });
    const files = ['one', 'two', 'one'].map((text, i) => ({ name: `${i}`, content: streamOfTexts(text) }));
    const { manifest } = await push(counting, 'v1', files, { spool, concurrency: 1 });
    const texts = manifest.layers.map(async (layer) => textOf(await layout.fetch(layer)));
    expect(await Promise.all(texts)).toEqual(['one', 'two', 'one']);
    expect(pushed.filter(({ size }) => size === 3)).toHaveLength(2);
    expect([most(), held()]).toEqual([1, 0]);
  });

  test('only streams are spooled', async () => {
    const { spool, bytes } = countedSpool();
    await push(emptyLayout(), 'v1', [{ name: 'a', content: 'text' }], { spool });
    expect(bytes()).toBe(0);
  });
});

describe('push of streams whose artifact must have a digest', () => {
  const files = (): { name: string; content: ReadableStream<Uint8Array> }[] =>
    ['one', 'two'].map((text) => ({ name: text, content: streamOfTexts(text) }));

  test('all are in the spool before the first is stored, and none afterwards', async () => {
    const { spool, held, most } = countedSpool();
    const layout = emptyLayout();
    const { digest } = (await packFiles(files())).descriptor;
    const { manifest } = await push(layout, 'v1', files(), { digest, spool });
    expect(await textOf(await layout.fetch(manifest.layers[1] as Descriptor))).toBe('two');
    expect([most(), held()]).toEqual([2, 0]);
  });

  test('none is in the spool after it was another one', async () => {
    const { spool, held, most } = countedSpool();
    const digest = digestOf(bytesOf('other'));
    expect(await rejection(push(emptyLayout(), 'v1', files(), { digest, spool }))).toMatchObject({ code: 'MISMATCH' });
    expect([most(), held()]).toEqual([2, 0]);
  });

  test('a target with begin gets the Blob of the spool, to send it more than once', async () => {
    const { spool, held } = countedSpool();
    const layout = emptyLayout();
    const contents: unknown[] = [];
    const target: Target = {
      resolve: (reference) => layout.resolve(reference),
      fetch: (descriptor) => layout.fetch(descriptor),
      exists: async () => false,
      tag: (descriptor, tag) => layout.tag(descriptor, tag),
      begin: (): Promise<PendingPush> => Promise.reject(new Error('all descriptors are known')),
      push: async (descriptor, content, options) => {
        if (descriptor.size === 3) contents.push(content);
        await layout.push(descriptor, content, options);
      },
    };
    const { digest } = (await packFiles(files())).descriptor;
    await push(target, 'v1', files(), { digest, spool });
    expect(contents.map((content) => content instanceof Blob)).toEqual([true, true]);
    expect(held()).toBe(0);
  });
});

test('packFiles: the content of a stream can be read from its layer, also with a spool of the caller', async () => {
  const { spool, held } = countedSpool();
  for (const options of [{}, { spool }]) {
    const { layers } = await packFiles([{ name: 'a', content: streamOfTexts('he', 'llo') }], options);
    expect(await layers[0]?.content.text()).toBe('hello');
    expect(layers[0]?.descriptor).toMatchObject({ size: 5, digest: digestOf(bytesOf('hello')) });
  }
  expect(held()).toBe(1);
});

test('Registry: its hook `spool` gets the streams that are pushed to a target without begin', async () => {
  const { spool, held, bytes } = countedSpool();
  class Spooling extends Registry {
    protected override spool(...args: Parameters<Spool>): Promise<Spooled> {
      return spool(...args);
    }
  }
  const layout = emptyLayout();
  const descriptor = await new Spooling().pushFile(layout, { name: 'a', content: streamOfTexts('hello') });
  expect(await textOf(await layout.fetch(descriptor))).toBe('hello');
  expect([bytes(), held()]).toEqual([5, 0]);
});
