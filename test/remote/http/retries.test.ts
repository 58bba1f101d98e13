import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RegistryOptions } from '../../../src/index.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { bytesOf, itemsOf, rejection } from '../../support/content.ts';
import {
  type Answers,
  broken,
  fakeRegistry,
  fakeRepository,
  fakeSender,
  json,
  status,
} from '../../support/fake-fetch.ts';
import { pass, stopClock } from '../../support/time.ts';

const url = 'https://reg.test/v2/org/hello/tags/list';
const reason = new Error('enough');
const tags = (): Response => json({ tags: ['a'] });

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('retries: how often', () => {
  test.for([408, 429, 500, 502, 503, 504])('%i once: two requests', async (code) => {
    const { repository, sent } = fakeRepository([status(code), tags()]);
    expect(await itemsOf(repository.tags())).toEqual(['a']);
    expect(sent()).toHaveLength(2);
  });

  test.for([0, 1, 4, 7])('503 forever with a limit of %i: one request more, and the last refusal', async (limit) => {
    const { repository, sent } = fakeRepository(
      (_, number) => json({ errors: [{ code: 'X', message: `${number}` }] }, { status: 503 }),
      {
        retry: { limit, delay: () => 0 },
      },
    );
    expect(await rejection(itemsOf(repository.tags()))).toMatchObject({
      code: 'REGISTRY',
      status: 503,
      errors: [{ code: 'X', message: `${limit}` }],
    });
    expect(sent()).toHaveLength(limit + 1);
  });

  test.for([400, 401, 403, 404, 405, 413, 416, 501])('%i is final', async (code) => {
    const headers = { 'retry-after': '0', 'www-authenticate': 'Basic realm="x"' };
    const { send, sent } = fakeSender(() => status(code, headers));
    expect((await send('GET', url)).status).toBe(code);
    expect(sent()).toHaveLength(1);
  });

  test.for(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'])('%s without a body is sent again', async (method) => {
    const { send, sent } = fakeSender([status(429), status(503), status(200)]);
    expect((await send(method, url)).status).toBe(200);
    expect(sent()).toHaveLength(3);
  });

  test.for(['POST', 'PUT', 'PATCH'])(
    '%s with a body is sent once, unless it is said to be repeatable',
    async (method) => {
      const body = new Blob(['hello']);
      const once = fakeSender(() => status(503));
      expect((await once.send(method, url, { body })).status).toBe(503);
      expect(once.sent()).toHaveLength(1);
      const again = fakeSender([status(503), status(500), status(201)]);
      expect((await again.send(method, url, { body, repeatable: true })).status).toBe(201);
      expect(again.requests.map((request) => request.body)).toEqual([body, body, body]);
    },
  );

  test('a connection that breaks is tried again, up to the limit', async () => {
    const healed = fakeRepository((_, number) => (number < 4 ? broken() : tags()));
    expect(await itemsOf(healed.repository.tags())).toEqual(['a']);
    expect(healed.sent()).toHaveLength(5);
    const dead = fakeRepository(broken);
    expect(await rejection(itemsOf(dead.repository.tags()))).toMatchObject({ code: 'NETWORK' });
    expect(dead.sent()).toHaveLength(5);
  });

  test('too many redirects are not', async () => {
    const { send, sent } = fakeSender(() => {
      throw new TypeError('fetch failed', { cause: new Error('redirect count exceeded') });
    });
    expect(await rejection(send('GET', url))).toMatchObject({ code: 'NETWORK' });
    expect(sent()).toHaveLength(1);
  });

  test.for<[string, Answers, number]>([
    ['breaks', ({ url: to }) => (to.includes('/token') ? broken() : challenged()), 5],
    ['refuses', ({ url: to }) => (to.includes('/token') ? status(503) : challenged()), 5],
    ['gives nonsense', ({ url: to }) => (to.includes('/token') ? json({}) : challenged()), 1],
  ])('a token service that %s is asked as often, and the registry once', async ([, answers, times]) => {
    const { repository, sent } = fakeRepository(answers);
    await rejection(itemsOf(repository.tags()));
    expect(sent().filter((name) => name.includes('/token'))).toHaveLength(times);
    expect(sent()).toHaveLength(times + 1);
  });

  test('a manifest is pushed again, with the same bytes', async () => {
    const bytes = bytesOf('{}');
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const descriptor = { mediaType, digest: digestOf(bytes), size: 2 };
    const { repository, requests } = fakeRepository((_, number) =>
      number === 0 ? broken() : status(number < 3 ? 503 : 201),
    );
    await repository.push(descriptor, new Blob([bytes]));
    expect(requests.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT', 'PUT']);
    for (const { body, headers } of requests) {
      expect(await body!.text()).toBe('{}');
      expect(headers.get('content-type')).toBe(mediaType);
    }
  });
});

function challenged(): Response {
  return status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token"' });
}

describe('retries: when', () => {
  /** The tags of a repository, and when its requests were sent: nothing is waited that is left to chance. */
  function listing(answers: Answers, options: RegistryOptions = {}) {
    stopClock(30_000);
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const times: number[] = [];
    const { registry, sent } = fakeRegistry((request, number) => {
      times.push(Date.now() - 30_000);
      return (answers as (request: unknown, number: number) => Response)(request, number);
    }, options);
    const list = (name = 'reg.test/org/hello', signal?: AbortSignal): Promise<string[]> =>
      itemsOf(registry.tags(name, { signal }));
    return { list, times, sent };
  }

  test.for([
    ['1', 1000],
    ['Thu, 01 Jan 1970 00:00:42 GMT', 12_000],
    ['60', 60_000],
  ] as const)('429 with Retry-After %j: after that', async ([header, wait]) => {
    const { list, times } = listing((_, number) => (number === 0 ? status(429, { 'retry-after': header }) : tags()));
    const listed = list();
    await pass(wait - 1);
    expect(times).toEqual([0]);
    await pass(1);
    expect(await listed).toEqual(['a']);
    expect(times).toEqual([0, wait]);
  });

  test.for([408, 500, 502, 503, 504])('%i with Retry-After: after that', async (code) => {
    const { list, times } = listing((_, number) => (number === 0 ? status(code, { 'retry-after': '2' }) : tags()));
    const listed = list();
    await pass(2000);
    await listed;
    expect(times).toEqual([0, 2000]);
  });

  test.for(['120', 'Thu, 01 Jan 1970 00:02:30 GMT'])(
    'Retry-After %j is more than the caller wants to wait: an error that says so, at once',
    async (header) => {
      const { list, times } = listing(() => status(429, { 'retry-after': header }));
      expect(await rejection(list())).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 120_000, status: 429 });
      expect(times).toEqual([0]);
      const patient = listing((_, number) => (number === 0 ? status(429, { 'retry-after': header }) : tags()), {
        retry: { maxRetryAfter: 120_000, delay: () => 0 },
      });
      const listed = patient.list();
      await pass(120_000);
      expect(await listed).toEqual(['a']);
      expect(patient.times).toEqual([0, 120_000]);
    },
  );

  test.for(['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset', 'x-ratelimit-retry-after'])(
    'only Retry-After says when, not %s',
    async (header) => {
      const { list, times } = listing((_, number) => (number === 0 ? status(429, { [header]: '86400' }) : tags()));
      const listed = list();
      await pass(1);
      expect(await listed).toEqual(['a']);
      expect(times).toHaveLength(2);
    },
  );

  test('waits grow, and a random part of them is waited', async () => {
    const { list, times } = listing(() => status(503), { retry: {} });
    vi.mocked(Math.random).mockReturnValue(0.5);
    const failed = rejection(list());
    await pass(4000);
    await failed;
    expect(times).toEqual([0, 250, 750, 1750, 3750]);
  });

  test('an abort ends the waiting at once with its reason', async () => {
    for (const wait of ['60', undefined]) {
      const controller = new AbortController();
      const { list, times } = listing(() => status(503, wait ? { 'retry-after': wait } : {}), {
        retry: { delay: () => 1e6 },
      });
      vi.mocked(Math.random).mockReturnValue(0.5);
      const failed = rejection(list('reg.test/org/hello', controller.signal));
      await pass(10);
      controller.abort(reason);
      expect(await failed).toBe(reason);
      expect(times).toEqual([0]);
    }
  });

  test('all requests to a host wait, those to other hosts do not', async () => {
    const { list, sent } = listing((_, number) => (number === 0 ? status(429, { 'retry-after': '10' }) : tags()));
    const first = list('reg.test/a');
    await pass(1);
    const others = [list('reg.test/b'), list('reg.test/c'), list('other.test/d')];
    await pass(1);
    expect(await others[2]).toEqual(['a']);
    expect(sent()).toEqual(['GET /v2/a/tags/list', 'GET https://other.test/v2/d/tags/list']);
    await pass(10_000);
    expect(await Promise.all([first, ...others])).toHaveLength(4);
    expect(sent()).toHaveLength(5);
  });

  test.for([429, 503])('the wait before a retry is one for all requests to the host after %i', async (code) => {
    const { list, times, sent } = listing((_, number) => (number === 0 ? status(code) : tags()), {
      retry: { delay: () => 1000 },
    });
    vi.mocked(Math.random).mockReturnValueOnce(0.5);
    const first = list('reg.test/a');
    await pass(1);
    const others = [list('reg.test/b'), list('other.test/c')];
    await pass(498);
    expect(sent()).toEqual(['GET /v2/a/tags/list', 'GET https://other.test/v2/c/tags/list']);
    await pass(1);
    expect(await Promise.all([first, ...others])).toHaveLength(3);
    expect(times).toEqual([0, 1, 500, 500]);
  });

  test('the wait before a retry is none for others where only one request fails', async () => {
    const { list, times } = listing((_, number) => (number === 0 ? status(500) : tags()), {
      retry: { delay: () => 1000 },
    });
    vi.mocked(Math.random).mockReturnValueOnce(0.5);
    const all = [list('reg.test/a')];
    await pass(1);
    all.push(list('reg.test/b'));
    await pass(500);
    await Promise.all(all);
    expect(times).toEqual([0, 1, 500]);
  });

  test('requests for tokens wait with the others', async () => {
    let refuse = (_: Response): void => {};
    const { list, sent } = listing(((_, number) => {
      if (number === 0) return new Promise((resolve) => (refuse = resolve));
      return number === 1 ? status(429, { 'retry-after': '10' }) : json({ token: 'good', tags: ['a'] });
    }) as Answers);
    const first = list('reg.test/a');
    await pass(1);
    const other = list('reg.test/b');
    await pass(1);
    refuse(challenged());
    await pass(9998);
    expect(sent()).toEqual(['GET /v2/a/tags/list', 'GET /v2/b/tags/list']);
    await pass(1);
    expect(await Promise.all([first, other])).toHaveLength(2);
    expect(sent()).toContain('GET /token?scope=repository%3Aa%3Apull');
  });

  test('a wait that is too long is for the request only that got it', async () => {
    const { list, times } = listing((_, number) => (number === 0 ? status(429, { 'retry-after': '3600' }) : tags()));
    expect(await rejection(list('reg.test/a'))).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 3_600_000 });
    expect(await list('reg.test/b')).toEqual(['a']);
    expect(times).toEqual([0, 0]);
  });

  test('those that waited for a host do not all come at the same moment', async () => {
    const { list, times } = listing((_, number) => (number === 0 ? status(429, { 'retry-after': '10' }) : tags()));
    const first = list('reg.test/a');
    await pass(0);
    for (const part of [0.25, 0.5]) vi.mocked(Math.random).mockReturnValueOnce(part);
    const others = [list('reg.test/b'), list('reg.test/c')];
    await pass(10_000);
    expect(times).toEqual([0, 10_000]);
    await pass(1000);
    expect(await Promise.all([first, ...others])).toHaveLength(3);
    expect(times).toEqual([0, 10_000, 10_250, 10_500]);
  });

  test('an abort ends the waiting for others too', async () => {
    const controller = new AbortController();
    const { list, sent } = listing(() => status(429, { 'retry-after': '10' }));
    const first = rejection(list('reg.test/a'));
    await pass(1);
    const second = rejection(list('reg.test/b', controller.signal));
    await pass(1);
    controller.abort(reason);
    expect(await second).toBe(reason);
    expect(sent()).toHaveLength(1);
    await pass(60_000);
    expect(await first).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 10_000 });
  });
});
