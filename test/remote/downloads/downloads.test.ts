import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readChunks } from '../../../src/bytes/streams.ts';
import { isOrasError, type OrasErrorCode } from '../../../src/errors.ts';
import { rejection } from '../../support/content.ts';
import { answering, body, hello, part, read } from '../../support/fake-downloads.ts';
import { refusal, status } from '../../support/fake-fetch.ts';
import { pass, stopClock } from '../../support/time.ts';

const path = `/v2/org/hello/blobs/${hello.digest}`;
const reason = new Error('enough');

describe('downloads: a connection that breaks', () => {
  test('the registry is asked for what is missing, as often as it takes', async () => {
    const { repository, ranges, requests, sent } = answering([
      new Response(body(['he', 'l'])),
      part(body(['lo', ' wo']), '3-10/11'),
      part('rld', '8-10/11'),
    ]);
    expect(await read(repository)).toBe('hello world');
    expect(ranges()).toEqual([null, 'bytes=3-10', 'bytes=8-10']);
    expect(sent()).toEqual(Array(3).fill(`GET ${path}`));
    const names = new Set(requests.flatMap(({ headers }) => [...headers.keys()]));
    // Pages need a preflight for others.
    expect([...names].filter((name) => !['accept', 'accept-encoding', 'range'].includes(name))).toEqual([]);
  });

  test('before the first byte: all of it is asked for again', async () => {
    const { repository, ranges } = answering([new Response(body([])), new Response('hello world')]);
    expect(await read(repository)).toBe('hello world');
    expect(ranges()).toEqual([null, null]);
  });

  test('after the last byte: nothing is missing', async () => {
    const { repository, requests } = answering([new Response(body(['hello', ' world']))]);
    expect(await read(repository)).toBe('hello world');
    expect(requests).toHaveLength(1);
  });

  test('a body that ends too early without a failure goes on, too', async () => {
    const { repository, ranges } = answering([new Response('hello'), part(' wo', '5-10/11'), part('rld', '8-10/11')]);
    expect(await read(repository)).toBe('hello world');
    expect(ranges()).toEqual([null, 'bytes=5-10', 'bytes=8-10']);
  });

  test('an answer may have less than was asked for', async () => {
    const { repository, ranges } = answering([
      new Response(body(['h'])),
      part('ello', '1-4/11'),
      part(' world', '5-10/*'),
    ]);
    expect(await read(repository)).toBe('hello world');
    expect(ranges()).toEqual([null, 'bytes=1-10', 'bytes=5-10']);
  });

  test('a registry that gives no ranges is read from the beginning, and what came before is left out', async () => {
    const { repository, ranges } = answering([
      new Response(body(['hello'])),
      new Response(body(['hel', 'lo w'])),
      new Response(body(['hello wor', 'ld'], 'ends')),
    ]);
    expect(await read(repository)).toBe('hello world');
    expect(ranges()).toEqual([null, 'bytes=5-10', 'bytes=7-10']);
  });

  test.for([0, 2])('%i tries may bring nothing, then it is a network error', async (limit) => {
    const answers = [
      new Response(body(['hello'])),
      ...Array.from({ length: limit }, () => new Response(body(['hel']))),
    ];
    const { repository, requests } = answering(answers, { retry: { limit, delay: () => 0 } });
    expect(await rejection(read(repository))).toMatchObject({ code: 'NETWORK', url: `https://reg.test${path}` });
    expect(requests).toHaveLength(limit + 1);
  });

  test('tries that bring something do not count', async () => {
    const answers = [...'hello world'].map((letter, i) =>
      i === 0 ? new Response(body([letter])) : part(body([letter]), `${i}-10/11`),
    );
    const { repository, requests } = answering(answers, { retry: { limit: 1, delay: () => 0 } });
    expect(await read(repository)).toBe('hello world');
    expect(requests).toHaveLength(11);
  });

  test('a passing refusal of the rest is tried again', async () => {
    const { repository } = answering([new Response(body(['hello'])), status(503), part(' world', '5-10/11')]);
    expect(await read(repository)).toBe('hello world');
  });

  test.for<[number, OrasErrorCode]>([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'NOT_FOUND'],
    [400, 'REGISTRY'],
    [204, 'REGISTRY'],
  ])('%i for the rest is %s', async ([code, expected]) => {
    const refused = code === 204 ? status(204) : refusal(code, 'UNKNOWN');
    const { repository } = answering([new Response(body(['hello'])), refused, status(404)]);
    const error = await rejection(read(repository));
    expect(isOrasError(error, expected), String(error)).toBe(true);
  });
});

describe('downloads: waits', () => {
  const options = { retry: { delay: (n: number) => n * 1000 }, timeouts: { stall: 5000 } };

  beforeEach(() => {
    stopClock();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('grow with each try that brings nothing, and begin anew when something came', async () => {
    const { repository, requests } = answering(
      [
        new Response(body(['he'])),
        part(body([]), '2-10/11'),
        part(body(['llo']), '2-10/11'),
        part(' world', '5-10/11'),
      ],
      options,
    );
    const text = read(repository);
    for (const [index, wait] of [500, 1000, 500].entries()) {
      await pass(wait - 1);
      expect(requests).toHaveLength(index + 1);
      await pass(1);
      expect(requests).toHaveLength(index + 2);
    }
    expect(await text).toBe('hello world');
  });

  test('a body that brings nothing for too long is given up, and the rest asked for', async () => {
    const { repository, ranges } = answering(
      [new Response(body(['hello'], 'hangs')), part(' world', '5-10/11')],
      options,
    );
    const text = read(repository);
    await pass(5000);
    await pass(500);
    expect(await text).toBe('hello world');
    expect(ranges()).toEqual([null, 'bytes=5-10']);
  });

  test('an abort during a wait fails the stream at once, and nothing is asked for any more', async () => {
    const controller = new AbortController();
    const { repository, requests } = answering([new Response(body(['hello']))], options);
    const stream = await repository.fetch(hello, { signal: controller.signal });
    const failed = rejection(readChunks(stream, () => {}));
    await pass(400);
    controller.abort(reason);
    expect(await failed).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(requests).toHaveLength(1);
  });

  test('cancelling the stream during a wait is the end of it', async () => {
    const { repository, requests } = answering([new Response(body(['hello']))], options);
    const reader = (await repository.fetch(hello)).getReader();
    await reader.read();
    const next = reader.read();
    await pass(400);
    await reader.cancel(reason);
    expect((await next).done).toBe(true);
    await pass(10_000);
    expect(requests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
