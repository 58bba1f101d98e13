import { describe, expect, test } from 'vitest';
import { NetworkError, NotFoundError } from '../../src/errors.ts';
import { createSend, toNetworkError, withoutQuery } from '../../src/remote/transport.ts';
import { endlessStream, rejection, textOf } from '../support/content.ts';
import { fakeFetch, json, status } from '../support/fake-fetch.ts';

const url = 'https://reg.test/v2/org/hello/tags/list?_state=SECRET';
const isPage = 'document' in globalThis;
const reason = new Error('enough');
/** What makes every retry an immediate one. */
const now = { 'retry-after': '0' };

describe('createSend: the request', () => {
  test('has the method, the headers, the body and the scopes it was given, and no cookies', async () => {
    const { fetch, requests } = fakeFetch(() => status(201));
    const body = new Blob(['hello']);
    const headers = { 'content-type': 'text/plain', 'x-a': 'b' };
    await createSend(fetch)('PUT', url, { headers, body, scopes: ['s'] });
    const [sent] = requests;
    expect([sent!.method, sent!.url, sent!.body]).toEqual(['PUT', url, body]);
    expect(Object.fromEntries(sent!.headers)).toMatchObject(headers);
    expect(sent!.init).toMatchObject({ credentials: 'omit', redirect: 'error', scopes: ['s'] });
  });

  test('may be redirected when it has no body', async () => {
    const { fetch, requests } = fakeFetch(() => status(200));
    await createSend(fetch)('GET', url);
    expect(requests[0]!.init.redirect).toBeUndefined();
  });

  test('keeps the query as it is', async () => {
    const { fetch, requests } = fakeFetch(() => status(202));
    const exact = 'https://reg.test/u?_state=a%20b~&c=+&digest=sha256%3Aab';
    await createSend(fetch)('PUT', exact, { body: new Blob([]) });
    expect(requests[0]!.url).toBe(exact);
  });
});

describe('createSend: the answer', () => {
  test.for([200, 202, 301, 400, 401, 404, 416])('is given whatever its status: %i', async (code) => {
    const { fetch } = fakeFetch(() => status(code, { 'x-a': 'b' }));
    const response = await createSend(fetch)('GET', url);
    expect([response.status, response.headers.get('x-a')]).toEqual([code, 'b']);
  });

  test.for([
    ['JSON', () => json({ errors: [{ code: 'X' }] }, { status: 503, headers: now }), '{"errors":[{"code":"X"}]}'],
    ['text', () => new Response('oops', { status: 503, headers: now }), 'oops'],
    [
      'broken JSON',
      () => new Response('{', { status: 503, headers: { ...now, 'content-type': 'application/json' } }),
      '',
    ],
    ['nothing', () => status(503, now), ''],
    ['an endless body', () => new Response(endlessStream(1024 * 1024).stream, { status: 503, headers: now }), ''],
  ] as const)('is given with its body when the retries are over: %s', async ([, answer, text]) => {
    const { fetch, requests } = fakeFetch(answer);
    const response = await createSend(fetch)('GET', url);
    expect([response.status, await response.text()]).toEqual([503, text]);
    expect(requests).toHaveLength(4);
  });

  test('comes as a stream', async () => {
    const { stream, given, cancelled } = endlessStream();
    const { fetch } = fakeFetch(() => new Response(stream));
    const response = await createSend(fetch)('GET', url);
    expect(given()).toBeLessThan(1_000_000);
    await response.body?.cancel(reason);
    expect(await cancelled).toBe(reason);
  });
});

describe('createSend: retries', () => {
  test.for(['GET', 'HEAD'])('%s is sent again after a passing refusal', async (method) => {
    const { fetch, sent } = fakeFetch([status(429, now), status(503, now), status(200)]);
    expect((await createSend(fetch)(method, url)).status).toBe(200);
    expect(sent()).toHaveLength(3);
  });

  test.for(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is sent once', async (method) => {
    for (const body of [undefined, new Blob(['x'])]) {
      const { fetch, sent } = fakeFetch(() => status(503, now));
      expect((await createSend(fetch)(method, url, { body })).status).toBe(503);
      expect(sent()).toHaveLength(1);
    }
  });

  test.for([400, 401, 403, 404, 416, 501])('%i is final', async (code) => {
    const { fetch, sent } = fakeFetch(() => status(code, now));
    await createSend(fetch)('GET', url);
    expect(sent()).toHaveLength(1);
  });

  test('an abort ends the waiting for a retry', async () => {
    const controller = new AbortController();
    const { fetch, sent } = fakeFetch(() => {
      queueMicrotask(() => controller.abort(reason));
      return status(429, { 'retry-after': '3600' });
    });
    expect(await rejection(createSend(fetch)('GET', url, { signal: controller.signal }))).toBe(reason);
    expect(sent()).toHaveLength(1);
  });
});

describe('createSend: failures', () => {
  const failing =
    (error: unknown): (() => never) =>
    () => {
      throw error;
    };

  test('no answer is a NetworkError that says why, and not what was asked', async () => {
    const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const { fetch } = fakeFetch(failing(cause));
    const error = await rejection(createSend(fetch)('PUT', url, { body: new Blob([]) }));
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as Error).message).toMatch(
      /^PUT https:\/\/reg\.test\/v2\/org\/hello\/tags\/list failed: connect ECONNREFUSED/,
    );
    expect(error).toMatchObject({ url: 'https://reg.test/v2/org/hello/tags/list', maybeCors: isPage, cause });
  });

  test.for([
    new RangeError('my own'),
    new NotFoundError('no token', 'x'),
    new NetworkError('no token', 'x', false, { cause: new TypeError('fetch failed') }),
  ])('a failure that is none of this request passes through: %s', async (error) => {
    const { fetch } = fakeFetch(failing(error));
    expect(await rejection(createSend(fetch)('PUT', url, { body: new Blob([]) }))).toBe(error);
  });

  test.for(['before', 'meanwhile'])('an abort %s rejects with the reason of the signal', async (when) => {
    const controller = new AbortController();
    if (when === 'before') controller.abort(reason);
    const { fetch } = fakeFetch(({ init }) => {
      controller.abort(reason);
      return Promise.reject(init.signal?.reason);
    });
    expect(await rejection(createSend(fetch)('GET', url, { signal: controller.signal }))).toBe(reason);
  });
});

describe('toNetworkError', () => {
  test('never shows a URL, nor what an engine says of one', () => {
    const failure = new TypeError(
      'Request cannot be constructed from a URL that includes credentials: https://u:hunter2@reg.test/?token=SECRET',
    );
    const error = toNetworkError(failure, 'GET', 'https://u:hunter2@reg.test/a?token=SECRET#SECRET');
    expect(error.message + error.url + JSON.stringify(error)).not.toMatch(/hunter2|SECRET/);
    expect(error.url).toBe('https://reg.test/a');
  });

  test.for([undefined, null, 'text', 42])('takes %j for an error', (failure) => {
    expect(toNetworkError(failure, 'GET', url).message).toMatch(/failed: no answer/);
  });

  test('in a page it speaks of CORS for another origin, and elsewhere it does not', () => {
    const error = toNetworkError(new TypeError('Failed to fetch'), 'GET', url);
    expect(error.maybeCors).toBe(isPage);
    expect(error.message.includes('Access-Control-Allow-Origin')).toBe(isPage);
    if (isPage) expect(toNetworkError(new TypeError('x'), 'GET', `${location.origin}/x`).maybeCors).toBe(false);
  });
});

test('withoutQuery: leaves origin and path', () => {
  expect(withoutQuery('https://user:pw@reg.test:5000/a/b?x=y#z')).toBe('https://reg.test:5000/a/b');
});

test('createSend: a body is sent as it is and can be read again', async () => {
  const { fetch, requests } = fakeFetch(() => status(201));
  await createSend(fetch)('PUT', url, { body: new Blob(['hello']) });
  expect(await textOf(requests[0]!.body!.stream())).toBe('hello');
});
