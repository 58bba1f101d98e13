import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NetworkError } from '../../../src/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { fetchBytes } from '../../../src/target/content.ts';
import { bytesOf, descriptorOf, rejection, streamOfTexts, textOf } from '../../support/content.ts';
import { fakeRepository, status, unanswered } from '../../support/fake-fetch.ts';
import { pass, stopClock } from '../../support/time.ts';

const hello = descriptorOf('hello world');
const url = `https://reg.test/v2/org/hello/blobs/${hello.digest}`;
const reason = new Error('enough');
const options = { retry: { limit: 0 }, timeouts: { answer: 3000, stall: 2000 } };

beforeEach(() => stopClock());
afterEach(() => {
  vi.useRealTimers();
});

describe('timeouts: the answer', () => {
  test('none in time is a network error, and the request is ended', async () => {
    const { repository, requests } = fakeRepository(unanswered, options);
    const failed = rejection(repository.fetch(hello));
    await pass(2999);
    expect(requests[0]!.init.signal!.aborted).toBe(false);
    await pass(1);
    const error = await failed;
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ message: `GET ${url}: no answer in 3 s`, url });
    expect(requests[0]!.init.signal!.aborted).toBe(true);
  });

  test('is waited for anew with every retry', async () => {
    const { repository, requests } = fakeRepository(
      (request, number) => (number < 2 ? unanswered(request) : new Response('hello world')),
      { ...options, retry: { limit: 2, delay: () => 0 } },
    );
    const fetched = repository.fetch(hello);
    for (const wait of [3000, 1, 3000, 1]) await pass(wait);
    expect(await textOf(await fetched)).toBe('hello world');
    expect(requests).toHaveLength(3);
  });

  test('no time is left running after it came', async () => {
    const { repository } = fakeRepository(() => status(200), options);
    await repository.exists(hello);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('may take a second longer for each 16 KiB of content that is uploaded', async () => {
    const { repository, requests } = fakeRepository(
      (request) => (request.method === 'POST' ? status(202, { location: '/u' }) : unanswered(request)),
      options,
    );
    const content = new Uint8Array(1024 * 1024 + 1);
    const big = { mediaType: 'text/plain', digest: digestOf(content), size: content.byteLength };
    const pushed = rejection(repository.push(big, new Blob([content])));
    await pass(66_999);
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'PUT']);
    expect(requests[1]!.init.signal!.aborted).toBe(false);
    await pass(1);
    expect(requests[1]!.init.signal!.aborted).toBe(true);
    await pass(10_000);
    expect(await pushed).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('no answer in 67 s') });
  });

  test('an abort while it is waited for rejects with its reason', async () => {
    const controller = new AbortController();
    const { repository } = fakeRepository(unanswered, options);
    const failed = rejection(repository.fetch(hello, { signal: controller.signal }));
    await pass(1000);
    controller.abort(reason);
    expect(await failed).toBe(reason);
  });
});

describe('timeouts: the body', () => {
  /** A body that gives one chunk every so many milliseconds, and ends or not. */
  function slow(chunks: string[], milliseconds: number, cancelled: (reason: unknown) => void = () => {}): Response {
    return new Response(
      new ReadableStream<Uint8Array>({
        pull: (controller) =>
          new Promise((resolve) => {
            setTimeout(() => {
              const chunk = chunks.shift();
              if (chunk !== undefined) resolve(controller.enqueue(bytesOf(chunk)));
            }, milliseconds);
          }),
        cancel: cancelled,
      }),
    );
  }

  test('nothing for too long is a network error, and the body is cancelled', async () => {
    const cancelled = vi.fn();
    const { repository } = fakeRepository(() => slow(['hello'], 1000, cancelled), options);
    const failed = rejection(fetchBytes(repository, hello));
    for (let second = 0; second < 4; second++) await pass(1000);
    expect(await failed).toMatchObject({ code: 'NETWORK', message: `GET ${url}: nothing came for 2 s`, url });
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test('a little at a time is fine, however long it takes', async () => {
    const chunks = [...'hello world'];
    const { repository } = fakeRepository(() => slow(chunks, 1999), options);
    const fetched = fetchBytes(repository, hello).catch((error: unknown) => error);
    for (let turn = 0; turn < 11; turn++) await pass(1999);
    expect(chunks).toEqual([]);
    // The body does not end, but all of the blob is there.
    await pass(2000);
    expect(await fetched).toEqual(bytesOf('hello world'));
  });

  test('a reader may take its time', async () => {
    const { repository } = fakeRepository(() => new Response(streamOfTexts('hello ', 'world')), options);
    const reader = (await repository.fetch(hello)).getReader();
    expect((await reader.read()).value).toEqual(bytesOf('hello '));
    await pass(1e6);
    expect((await reader.read()).value).toEqual(bytesOf('world'));
    expect((await reader.read()).done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an abort while the words of a refusal are waited for rejects with its reason, not with the refusal', async () => {
    const controller = new AbortController();
    const { repository } = fakeRepository(() => new Response(new ReadableStream(), { status: 403 }), options);
    const failed = rejection(repository.fetch(hello, { signal: controller.signal }));
    await pass(1000);
    controller.abort(reason);
    expect(await failed).toBe(reason);
  });

  test('a refusal whose words never come is a refusal', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(new Error('too late')));
    const { repository } = fakeRepository(() => new Response(new ReadableStream(), { status: 403 }), options);
    expect(await rejection(repository.fetch(hello))).toMatchObject({ code: 'DENIED', errors: [] });
    vi.restoreAllMocks();
  });
});
