import { describe, expect, test } from 'vitest';
import type { TransferEvent } from '../../../src/options.ts';
import { descriptorOf, rejection } from '../../support/content.ts';
import { broken, fakeRepository, type SentRequest, status } from '../../support/fake-fetch.ts';

const hello = descriptorOf('hello world');
const content = new Blob(['hello world']);
const names = (requests: SentRequest[]): string[] =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname.replace('/v2/org/hello/blobs/uploads/', '')}`);

/** A registry with sessions 1, 2, …, whose closing requests get these answers. */
function sessions(
  close: (number: number, request: SentRequest) => Response,
  limit = 4,
): ReturnType<typeof fakeRepository> {
  let started = 0;
  let closed = 0;
  return fakeRepository(
    (request) => {
      if (request.method === 'POST') return status(202, { location: `/v2/org/hello/blobs/uploads/${++started}` });
      return request.method === 'DELETE' ? status(204) : close(++closed, request);
    },
    { retry: { limit, delay: () => 0 } },
  );
}

describe('uploads: tried again', () => {
  test.for<[string, () => Response]>([
    ['a connection that breaks', broken],
    ['408', () => status(408)],
    ['429', () => status(429)],
    ['500', () => status(500)],
    ['503', () => status(503)],
  ])('in a new session after %s, with all of the content', async ([, fail]) => {
    const { repository, requests } = sessions((number) => (number === 1 ? fail() : status(201)));
    const events: TransferEvent[] = [];
    await repository.push(hello, content, { onProgress: (event) => events.push(event) });
    expect(names(requests)).toEqual(['POST ', 'PUT 1', 'DELETE 1', 'POST ', 'PUT 2']);
    for (const { method, body } of requests) if (method === 'PUT') expect(await body!.text()).toBe('hello world');
    expect(events.map(({ type }) => type)).toEqual(['start', 'transfer', 'done']);
  });

  test.for([0, 1, 4])('never more often than the limit of %i', async (limit) => {
    for (const fail of [broken, () => status(503)]) {
      const { repository, requests } = sessions(fail, limit);
      await rejection(repository.push(hello, content));
      expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(limit + 1);
      expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(limit + 1);
    }
  });

  test.for<[string, () => Response]>([
    ['a connection that breaks', broken],
    ['503', () => status(503)],
  ])('a session that cannot be started is not asked for more often than that: %s', async ([, fail]) => {
    const { repository, requests } = fakeRepository(fail);
    await rejection(repository.push(hello, content));
    expect(names(requests)).toEqual(['POST ', 'POST ', 'POST ', 'POST ', 'POST ']);
  });

  test.for([400, 401, 403, 404, 413, 416])('not after %i', async (code) => {
    const { repository, requests } = sessions(() => status(code));
    await rejection(repository.push(hello, content));
    // A refusal that does not say how to authenticate has it looked up.
    const asked = code === 401 ? ['GET /v2/'] : [];
    expect(names(requests)).toEqual(['POST ', 'PUT 1', ...asked, 'DELETE 1']);
  });

  test('not where the registry wants a longer wait than the caller', async () => {
    const { repository, requests } = sessions(() => status(429, { 'retry-after': '3600' }));
    expect(await rejection(repository.push(hello, content))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter: 3_600_000,
    });
    expect(names(requests)).toEqual(['POST ', 'PUT 1', 'DELETE 1']);
  });

  test('not after an abort', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { repository, requests } = sessions(() => {
      controller.abort(reason);
      return status(503);
    });
    expect(await rejection(repository.push(hello, content, { signal: controller.signal }))).toBe(reason);
    expect(names(requests)).toEqual(['POST ', 'PUT 1', 'DELETE 1']);
  });
});
