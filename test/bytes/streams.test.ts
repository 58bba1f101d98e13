import { describe, expect, test } from 'vitest';
import { abortable, blobOf, readAll, readChunks, streamFrom, streamOf } from '../../src/bytes/streams.ts';
import { counted, type StreamObserver, tap } from '../../src/bytes/tap.ts';
import { TooLargeError } from '../../src/errors.ts';
import { bytesOf, endlessStream, rejection, streamOfTexts, textOf } from '../support/content.ts';

const reason = new Error('enough');

describe('streams: sources', () => {
  test('blobOf and streamOf: a Blob can be read again', async () => {
    const blob = blobOf(bytesOf('hello'));
    expect(await textOf(streamOf(blob))).toBe('hello');
    expect(await textOf(streamOf(blob))).toBe('hello');
  });

  test('streamOf: a stream is itself', () => {
    const stream = streamOfTexts('x');
    expect(streamOf(stream)).toBe(stream);
  });
});

describe('streams: readChunks', () => {
  test('waits for each chunk to be taken before it reads the next', async () => {
    const seen: string[] = [];
    await readChunks(streamOfTexts('a', 'b', 'c'), async (chunk) => {
      const text = new TextDecoder().decode(chunk);
      seen.push(`${text} begins`);
      await Promise.resolve();
      seen.push(`${text} ends`);
    });
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  test('fails as its taker fails, and cancels the stream with that reason', async () => {
    const { stream, cancelled } = endlessStream();
    const fail = (): never => {
      throw reason;
    };
    expect(await rejection(readChunks(stream, fail))).toBe(reason);
    expect(await cancelled).toBe(reason);
  });

  test('fails as the stream fails', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(reason);
      },
    });
    expect(await rejection(readChunks(stream, () => {}))).toBe(reason);
  });

  test('rejects with the reason of the signal and cancels the stream, when aborted before', async () => {
    const { stream, cancelled } = endlessStream();
    const take = (): never => {
      throw new Error('nothing should have been read');
    };
    expect(await rejection(readChunks(stream, take, AbortSignal.abort(reason)))).toBe(reason);
    expect(await cancelled).toBe(reason);
  });

  test('rejects with the reason of the signal, when aborted between two chunks', async () => {
    const { stream, cancelled } = endlessStream();
    const controller = new AbortController();
    const promise = readChunks(stream, () => controller.abort(reason), controller.signal);
    expect(await rejection(promise)).toBe(reason);
    expect(await cancelled).toBe(reason);
  });

  test('rejects with the reason of the signal, when aborted while the stream has nothing to give', async () => {
    const controller = new AbortController();
    let cancelled: unknown;
    const stream = new ReadableStream<Uint8Array>({
      pull: () => {
        controller.abort(reason);
        return new Promise(() => {});
      },
      cancel: (why) => {
        cancelled = why;
      },
    });
    expect(await rejection(readChunks(stream, () => {}, controller.signal))).toBe(reason);
    expect(cancelled).toBe(reason);
  });
});

describe('streams: readAll', () => {
  test('joins the chunks', async () => {
    expect(await readAll(streamOfTexts('he', '', 'llo'), 5)).toEqual(bytesOf('hello'));
    expect(await readAll(streamOfTexts(), 0)).toEqual(new Uint8Array());
  });

  test('stops as soon as there is more than the limit, and cancels the stream', async () => {
    const { stream, given, cancelled } = endlessStream(1000);
    const error = await rejection(readAll(stream, 2500));
    expect(error).toBeInstanceOf(TooLargeError);
    expect(error).toMatchObject({ limit: 2500, actual: 3000 });
    expect(await cancelled).toBe(error);
    expect(given()).toBeLessThanOrEqual(5000);
  });

  test('rejects with the reason of the signal', async () => {
    expect(await rejection(readAll(endlessStream().stream, 1e6, AbortSignal.abort(reason)))).toBe(reason);
  });
});

describe('streams: counted', () => {
  test('gives what it got, and tells how much it was', async () => {
    const seen: number[] = [];
    expect(await textOf(counted(streamOfTexts('he', 'l', 'lo'), (bytes) => seen.push(bytes)))).toBe('hello');
    expect(seen).toEqual([2, 3, 5]);
  });

  test('passes a cancellation on', async () => {
    const { stream, cancelled } = endlessStream();
    await counted(stream, () => {}).cancel(reason);
    expect(await cancelled).toBe(reason);
  });
});

describe('streams: tap', () => {
  test('is the very stream when nobody observes it', () => {
    const stream = streamOfTexts('x');
    expect(tap(stream)).toBe(stream);
  });

  test('shows every chunk, and the end before it comes, to each observer in their order', async () => {
    const log: string[] = [];
    const observer = (name: string): StreamObserver => ({
      chunk: ({ byteLength }) => log.push(`${name} ${byteLength}`),
      end: () => log.push(`${name} end`),
    });
    const reader = tap(streamOfTexts('he', 'llo'), observer('a'), {}, observer('b')).getReader();
    while (!(await reader.read()).done) log.push('given');
    expect(log).toEqual(['a 2', 'b 2', 'given', 'a 3', 'b 3', 'given', 'a end', 'b end']);
  });

  test.for(['chunk', 'end'] as const)('fails with what an observer throws at a(n) %s, and cancels', async (when) => {
    const seen: string[] = [];
    const fail = (): never => {
      throw reason;
    };
    const later = { [when]: () => seen.push(when) };
    const { stream, cancelled } = endlessStream();
    const source = when === 'chunk' ? stream : streamOfTexts('x');
    expect(await rejection(readAll(tap(source, { [when]: fail }, later), 1e6))).toBe(reason);
    if (when === 'chunk') expect(await cancelled).toBe(reason);
    expect(seen).toEqual([]);
  });

  test('reads nothing ahead, and passes a failure and a cancellation on', async () => {
    const { stream, given, cancelled } = endlessStream(10);
    const tapped = tap(stream, {});
    await new Promise((resolve) => setTimeout(resolve));
    // The one chunk that the source keeps ready by itself.
    expect(given()).toBe(10);
    await tapped.cancel(reason);
    expect(await cancelled).toBe(reason);
    const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(reason) });
    expect(await rejection(readAll(tap(failing, {}), 10))).toBe(reason);
  });
});

describe('streams: streamFrom', () => {
  test('asks for a chunk when one is read, and ends with the source', async () => {
    let asked = 0;
    const chunks = ['a', 'b'].map(bytesOf);
    const next = async (): Promise<Uint8Array | undefined> => chunks[asked++];
    const stream = streamFrom({ next, cancel: () => undefined });
    await Promise.resolve();
    expect(asked).toBe(0);
    expect(await readAll(stream, 2)).toEqual(bytesOf('ab'));
    expect(asked).toBe(3);
  });

  test('fails as the source fails, and then cancels nothing', async () => {
    const cancelled: unknown[] = [];
    const source = {
      next: () => Promise.reject(reason),
      cancel: (why: unknown) => void cancelled.push(why),
    };
    const abort = new AbortController();
    expect(await rejection(readAll(streamFrom(source, abort.signal), 2))).toBe(reason);
    abort.abort();
    expect(cancelled).toEqual([]);
  });

  test('an abort fails it while the source gives nothing, and cancels the source; before it begins, too', async () => {
    const cancelled: unknown[] = [];
    const source = {
      next: () => new Promise<undefined>(() => {}),
      cancel: (why: unknown) => void cancelled.push(why),
    };
    const abort = new AbortController();
    const reading = rejection(streamFrom(source, abort.signal).getReader().read());
    abort.abort(reason);
    expect(await reading).toBe(reason);
    expect(await rejection(streamFrom(source, abort.signal).getReader().read())).toBe(reason);
    expect(cancelled).toEqual([reason, reason]);
  });
});

describe('streams: abortable', () => {
  test('gives what it got', async () => {
    expect(await textOf(abortable(streamOfTexts('he', 'llo'), new AbortController().signal))).toBe('hello');
    expect(await textOf(abortable(streamOfTexts('hello')))).toBe('hello');
  });

  test('fails with the reason of the signal and cancels the stream, when aborted while it is read', async () => {
    const { stream, cancelled } = endlessStream();
    const controller = new AbortController();
    const reader = abortable(stream, controller.signal).getReader();
    await reader.read();
    controller.abort(reason);
    expect(await rejection(reader.closed)).toBe(reason);
    expect(await cancelled).toBe(reason);
  });
});
