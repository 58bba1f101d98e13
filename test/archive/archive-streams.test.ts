import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/archive/reading/read-archive.ts';
import { readAll, streamFrom } from '../../src/bytes/streams.ts';
import { itemsOf, rejection } from '../support/content.ts';
import { chunked, gzipped } from '../support/gzip-bytes.ts';
import { noise } from '../support/noise.ts';
import { tarOf, zeros } from '../support/tar-bytes.ts';
import { tree, treeEntries } from './entries.ts';

describe('archives: how they are read', () => {
  test('what is not read of a file is skipped', async () => {
    const seen: string[] = [];
    for await (const entry of readArchive(chunked(tarOf(tree), 100).stream)) {
      seen.push(entry.path);
      if (entry.path !== 'a/more') continue;
      const reader = entry.stream().getReader();
      expect((await reader.read()).value!.length).toBeGreaterThan(0);
    }
    expect(seen).toEqual(treeEntries.map(({ path }) => path));
  });

  test('a file can be read once, and not when the next entry is there', async () => {
    const entries = readArchive(chunked(tarOf(tree)).stream);
    await entries.next();
    await entries.next();
    const file = (await entries.next()).value!;
    const reading = file.stream();
    expect(() => file.stream()).toThrow(TypeError);
    await entries.next();
    expect(() => file.stream()).toThrow(TypeError);
    await expect(readAll(reading, 100)).rejects.toThrow(TypeError);
    await entries.return();
  });

  test('the next entry waits for a chunk that is being read', async () => {
    const tar = tarOf([{ path: 'a', content: 'a'.repeat(2000) }, { path: 'b' }]);
    const chunks = [tar.subarray(0, 512), tar.subarray(512, 700), tar.subarray(700)].values();
    let isAsked = (): void => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const next = async (): Promise<Uint8Array | undefined> => {
      const chunk = chunks.next().value;
      if (chunk?.length !== 188) return chunk;
      isAsked();
      await released;
      return chunk;
    };
    const entries = readArchive(streamFrom({ next, cancel: () => undefined }));
    const chunk = (await entries.next()).value!.stream().getReader().read();
    await asked;
    const following = entries.next();
    release();
    expect((await following).value!.path).toBe('b');
    expect((await chunk).value).toHaveLength(188);
    expect((await entries.next()).done).toBe(true);
  });

  test('what has no content has an empty stream', async () => {
    for await (const entry of readArchive(chunked(tarOf(tree)).stream)) {
      if (entry.type !== 'file') expect(await readAll(entry.stream(), 0)).toEqual(zeros(0));
    }
  });

  for (const kind of ['plain', 'compressed'] as const) {
    const archive = (): Uint8Array | Promise<Uint8Array> => {
      const tar = tarOf([
        { path: 'a', content: noise(300_000, 1) },
        { path: 'b', content: noise(300_000, 2) },
      ]);
      return kind === 'plain' ? tar : gzipped(tar);
    };

    test(`the stream of a ${kind} archive is cancelled when the loop is left`, async () => {
      const { stream, given, cancelled } = chunked(await archive(), 1000);
      for await (const entry of readArchive(stream)) {
        expect(entry.path).toBe('a');
        break;
      }
      expect(cancelled()).toBeDefined();
      expect(given()).toBeLessThan(200_000);
    });

    test(`the stream of a ${kind} archive is cancelled with the error that ends it`, async () => {
      const tar = tarOf([{ path: '../x' }, { path: 'b', content: noise(300_000, 2) }]);
      const { stream, cancelled } = chunked(kind === 'plain' ? tar : await gzipped(tar), 1000);
      const error = await rejection(itemsOf(readArchive(stream)));
      expect(cancelled()).toBe(error);
    });

    test(`a ${kind} archive fails with the reason of its signal, and its file with it`, async () => {
      const { stream, cancelled } = chunked(await archive(), 1000);
      const abort = new AbortController();
      const reason = new Error('stopped');
      const entries = readArchive(stream, { signal: abort.signal });
      const reader = (await entries.next()).value!.stream().getReader();
      await reader.read();
      abort.abort(reason);
      expect(await rejection(drained(reader))).toBe(reason);
      expect(await rejection(entries.next())).toBe(reason);
      expect(cancelled()).toBe(reason);
    });

    test(`a ${kind} archive fails with what its stream fails with`, async () => {
      const failure = new Error('the stream failed');
      const bytes = await archive();
      let given = 0;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (given > 100_000) return controller.error(failure);
          controller.enqueue(bytes.slice(given, given + 1000));
          given += 1000;
        },
      });
      expect(await rejection(itemsOf(readArchive(stream)))).toBe(failure);
    });
  }

  test('what is in memory already is not given after an abort', async () => {
    const abort = new AbortController();
    const entries = readArchive(chunked(tarOf(tree)).stream, { signal: abort.signal });
    await entries.next();
    const reason = new Error('stopped');
    abort.abort(reason);
    expect(await rejection(entries.next())).toBe(reason);
  });

  test('nothing is read when the signal is aborted before', async () => {
    const { stream, given } = chunked(tarOf(tree));
    const reason = new Error('stopped');
    expect(await rejection(itemsOf(readArchive(stream, { signal: AbortSignal.abort(reason) })))).toBe(reason);
    expect(given()).toBe(0);
  });

  test('what the listener of the bytes throws ends the reading', async () => {
    const failure = new Error('listener');
    const onTarBytes = (): never => {
      throw failure;
    };
    expect(await rejection(itemsOf(readArchive(chunked(tarOf(tree)).stream, { onTarBytes })))).toBe(failure);
  });
});

async function drained(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let isDone = false; !isDone; ) isDone = (await reader.read()).done;
}
