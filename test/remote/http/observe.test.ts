import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ObservedRequest, ObservedResponse } from '../../../src/remote/http/observe.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { type Answers, broken, fakeRepository, json, status } from '../../support/fake-fetch.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** What an observer is told while the tags are listed. */
async function observe(answers: Answers): Promise<{ requests: ObservedRequest[]; responses: ObservedResponse[] }> {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  const requests: ObservedRequest[] = [];
  const responses: ObservedResponse[] = [];
  const { repository } = fakeRepository(answers, {
    credentials: { username: 'alice', password: 'hunter2' },
    retry: { delay: () => 0, limit: 1 },
    onRequest: (request) => requests.push(request),
    onResponse: (response) => responses.push(response),
  });
  await itemsOf(repository.tags()).catch(() => {});
  return { requests, responses };
}

const list = { method: 'GET', url: 'https://reg.test/v2/org/hello/tags/list' };

describe('observer', () => {
  test('sees every request and answer, those for tokens and for pages too, and no secret', async () => {
    const token = { method: 'GET', url: 'https://reg.test/token' };
    const told = await observe(({ url, headers }) => {
      if (url.includes('/token')) return json({ token: 'SECRET' });
      if (headers.get('authorization') !== 'Bearer SECRET') {
        return status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token?key=SECRET"' });
      }
      vi.setSystemTime(Date.now() + 5);
      return url.includes('last=')
        ? json({ tags: [] })
        : json({ tags: [] }, { headers: { link: '<?last=a&_state=SECRET>; rel="next"' } });
    });
    expect(told.requests).toEqual([list, token, list, list]);
    expect(told.responses).toEqual([
      { ...list, status: 401, milliseconds: 0 },
      { ...token, status: 200, milliseconds: 0 },
      { ...list, status: 200, milliseconds: 5 },
      { ...list, status: 200, milliseconds: 5 },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/SECRET|hunter2|\?/);
  });

  test('sees retries, and requests that got no answer', async () => {
    expect((await observe(broken)).responses).toEqual([
      { ...list, status: undefined, milliseconds: 0 },
      { ...list, status: undefined, milliseconds: 0 },
    ]);
    expect((await observe(() => status(503))).responses.map((response) => response.status)).toEqual([503, 503]);
  });

  test.for([
    ['100;w=21600', '98;w=21600', { limit: 100, remaining: 98, window: 21_600 }],
    ['100', '0', { limit: 100, remaining: 0, window: undefined }],
    [' 100; w=60', '5', { limit: 100, remaining: 5, window: 60 }],
    ['100;w=21600', undefined, undefined],
    [undefined, '98', undefined],
    ['many', '98', undefined],
    ['-1', '98', undefined],
  ] as const)('a rate limit of %j with %j left is %j', async ([limit, remaining, rateLimit]) => {
    const { responses } = await observe(() => {
      const headers = {
        ...(limit && { 'ratelimit-limit': limit }),
        ...(remaining && { 'ratelimit-remaining': remaining }),
      };
      return json({ tags: [] }, { headers });
    });
    expect(responses[0]!.rateLimit).toEqual(rateLimit);
    expect('rateLimit' in responses[0]!).toBe(rateLimit !== undefined);
  });

  test.for([
    ['onRequest', 0],
    ['onResponse', 1],
    ['onWarning', 1],
  ] as const)('what %s throws is not taken for a failure of the network', async ([name, times]) => {
    for (const mistake of [new Error('mine'), new TypeError('mine'), new TypeError('fetch failed')]) {
      const { repository, requests } = fakeRepository(() => status(200, { warning: '299 - "old"' }), {
        [name]: () => {
          throw mistake;
        },
      });
      expect(await rejection(itemsOf(repository.tags()))).toBe(mistake);
      expect(requests).toHaveLength(times);
    }
  });

  test('is told once of an answer, also when it throws then', async () => {
    const told = vi.fn(() => {
      throw new Error('mine');
    });
    const { repository } = fakeRepository(() => status(200), { onResponse: told });
    await rejection(itemsOf(repository.tags()));
    expect(told).toHaveBeenCalledOnce();
  });
});
