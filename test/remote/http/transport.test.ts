import { describe, expect, test } from 'vitest';
import { NetworkError, NotFoundError } from '../../../src/errors.ts';
import { observed } from '../../../src/remote/http/observe.ts';
import { settingsOf } from '../../../src/remote/http/settings.ts';
import { createSend, type Fetch, type Send } from '../../../src/remote/http/transport.ts';
import { endlessStream, rejection, textOf } from '../../support/content.ts';
import { atOnce, fakeFetch, json, status } from '../../support/fake-fetch.ts';

const url = 'https://reg.test/v2/org/hello/tags/list?_state=SECRET';
const isPage = 'document' in globalThis;
const reason = new Error('enough');

/** Sends again at once, twice at most. */
function sender(fetch: Fetch): Send {
  return createSend(observed(fetch, {}), settingsOf({ ...atOnce, limit: 2 }));
}

describe('createSend: the request', () => {
  test('has the method, the headers, the body and the scopes it was given, and no cookies', async () => {
    const { fetch, requests } = fakeFetch(() => status(201));
    const body = new Blob(['hello']);
    const headers = { 'content-type': 'text/plain', 'x-a': 'b' };
    await sender(fetch)('PUT', url, { headers, body, scopes: ['s'] });
    const [sent] = requests;
    expect([sent!.method, sent!.url, sent!.body]).toEqual(['PUT', url, body]);
    expect(Object.fromEntries(sent!.headers)).toMatchObject(headers);
    expect(sent!.init).toMatchObject({ credentials: 'omit', redirect: 'error', scopes: ['s'] });
  });

  test('may be redirected when it has no body', async () => {
    const { fetch, requests } = fakeFetch(() => status(200));
    await sender(fetch)('GET', url);
    expect(requests[0]!.init.redirect).toBe('follow');
  });

  test('keeps the query as it is', async () => {
    const { fetch, requests } = fakeFetch(() => status(202));
    const exact = 'https://reg.test/u?_state=a%20b~&c=+&digest=sha256%3Aab';
    await sender(fetch)('PUT', exact, { body: new Blob([]) });
    expect(requests[0]!.url).toBe(exact);
  });
});

describe('createSend: the answer', () => {
  test.for([200, 202, 301, 400, 401, 404, 416])('is given whatever its status: %i', async (code) => {
    const { fetch } = fakeFetch(() => status(code, { 'x-a': 'b' }));
    const response = await sender(fetch)('GET', url);
    expect([response.status, response.headers.get('x-a')]).toEqual([code, 'b']);
  });

  test.for([
    ['JSON', () => json({ errors: [{ code: 'X' }] }, { status: 503 }), '{"errors":[{"code":"X"}]}'],
    ['text', () => new Response('oops', { status: 503 }), 'oops'],
    ['broken JSON', () => new Response('{', { status: 503, headers: { 'content-type': 'application/json' } }), '{'],
    ['nothing', () => status(503), ''],
  ] as const)('is given with its body when the retries are over: %s', async ([, answer, text]) => {
    const { fetch, requests } = fakeFetch(answer);
    const response = await sender(fetch)('GET', url);
    expect([response.status, await response.text()]).toEqual([503, text]);
    expect(requests).toHaveLength(3);
  });

  test.for([200, 503])('comes as a stream: %i', async (code) => {
    const { stream, given, cancelled } = endlessStream();
    const answers = [status(503), status(503), new Response(stream, { status: code })];
    const { fetch } = fakeFetch(answers);
    const response = await sender(fetch)('GET', url);
    expect(given()).toBeLessThan(1_000_000);
    await response.body?.cancel(reason);
    expect(await cancelled).toBe(reason);
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
    const error = await rejection(sender(fetch)('PUT', url, { body: new Blob([]) }));
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as Error).message).toMatch(
      /^PUT https:\/\/reg\.test\/v2\/org\/hello\/tags\/list failed: connect ECONNREFUSED/,
    );
    expect(error).toMatchObject({ url: 'https://reg.test/v2/org/hello/tags/list', maybeCors: isPage, cause });
  });

  test.for([
    new RangeError('my own'),
    new NotFoundError('no token', 'x'),
    new NetworkError('no token', 'https://auth.test/token', false, { cause: new TypeError('fetch failed') }),
  ])('a failure that is none of this request passes through, and is not repeated: %s', async (error) => {
    const { fetch, requests } = fakeFetch(failing(error));
    expect(await rejection(sender(fetch)('PUT', url, { body: new Blob([]), repeatable: true }))).toBe(error);
    expect(requests).toHaveLength(1);
  });

  test.for(['before', 'meanwhile'])('an abort %s rejects with the reason of the signal', async (when) => {
    const controller = new AbortController();
    if (when === 'before') controller.abort(reason);
    const { fetch } = fakeFetch(({ init }) => {
      controller.abort(reason);
      return Promise.reject(init.signal?.reason);
    });
    expect(await rejection(sender(fetch)('GET', url, { signal: controller.signal }))).toBe(reason);
  });
});

test('createSend: a body is sent as it is and can be read again', async () => {
  const { fetch, requests } = fakeFetch(() => status(201));
  await sender(fetch)('PUT', url, { body: new Blob(['hello']) });
  expect(await textOf(requests[0]!.body!.stream())).toBe('hello');
});
