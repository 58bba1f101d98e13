import { describe, expect, test } from 'vitest';
import { abortable, blobOf, counted, readAll, readChunks, streamOf } from '../../src/bytes/streams.ts';
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
