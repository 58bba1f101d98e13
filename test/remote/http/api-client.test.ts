import { describe, expect, test } from 'vitest';
import { NetworkError, NotFoundError } from '../../../src/errors.ts';
import { createApiClient } from '../../../src/remote/http/api-client.ts';
import { Backoff } from '../../../src/remote/http/backoff.ts';
import type { Fetch, Send } from '../../../src/remote/http/fetch.ts';
import { withObserver } from '../../../src/remote/http/observe.ts';
import { settingsOf } from '../../../src/remote/http/settings.ts';
import { endlessStream, rejection, textOf } from '../../support/content.ts';
import { atOnce, fakeFetch, json, refusal, status } from '../../support/fake-fetch.ts';

const url = 'https://reg.test/v2/org/hello/tags/list?_state=SECRET';
const isPage = 'document' in globalThis;
const reason = new Error('enough');

/** Sends again at once, twice at most. */
function sender(fetch: Fetch): Send {
  return createApiClient(withObserver(fetch, {}), settingsOf({ ...atOnce, limit: 2 }), new Backoff());
}

describe('createApiClient: the request', () => {
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

describe('createApiClient: the answer', () => {
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

describe('createApiClient: failures', () => {
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

describe('createApiClient: what the caller wants', () => {
  const what = 'Cannot list it';

  test('an answer of another status than 200 is the error it stands for, with the words of the registry', async () => {
    const { fetch } = fakeFetch(() => refusal(404, 'NAME_UNKNOWN', 'no such name'));
    const error = await rejection(sender(fetch)('GET', url, { what, missing: 'org/hello' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ message: 'Cannot list it: no such name (404)', reference: 'org/hello', status: 404 });
    const other = fakeFetch(() => json({}, { status: 206 }));
    expect(await rejection(sender(other.fetch)('GET', url, { what }))).toMatchObject({ code: 'REGISTRY', status: 206 });
  });

  test('the statuses it expects are none', async () => {
    const { fetch } = fakeFetch((_, number) => status(number === 0 ? 404 : 202));
    const send = sender(fetch);
    for (const code of [404, 202]) {
      expect((await send('GET', url, { what, expected: [404, 202] })).status).toBe(code);
    }
  });

  test('a refusal that outlasts the retries is told with the words of the last one', async () => {
    const { fetch, requests } = fakeFetch((_, number) => refusal(503, 'BUSY', `try ${number}`));
    const error = await rejection(sender(fetch)('GET', url, { what }));
    expect(error).toMatchObject({ code: 'REGISTRY', status: 503, message: 'Cannot list it: try 2 (503)' });
    expect(requests).toHaveLength(3);
  });

  test('content of a blob, which is sent once, fails in the same words', async () => {
    const { fetch, requests } = fakeFetch(() => refusal(500, 'X', 'no'));
    const error = await rejection(sender(fetch)('PUT', url, { what, body: new Blob(['hello']) }));
    expect(error).toMatchObject({ code: 'REGISTRY', status: 500, message: 'Cannot list it: no (500)' });
    expect(requests).toHaveLength(1);
  });

  test('no more than its beginning is read of an endless refusal', async () => {
    const { stream, given, cancelled } = endlessStream();
    const { fetch } = fakeFetch(() => new Response(stream, { status: 400 }));
    expect(await rejection(sender(fetch)('GET', url, { what }))).toMatchObject({ status: 400, errors: [] });
    await cancelled;
    expect(given()).toBeLessThan(1_000_000);
  });

  test('an abort while the words are read is its reason', async () => {
    const controller = new AbortController();
    const pull = (): void => controller.abort(reason);
    const { fetch } = fakeFetch(() => new Response(new ReadableStream({ pull }), { status: 503 }));
    const { signal } = controller;
    expect(await rejection(sender(fetch)('GET', url, { what, signal, repeatable: false }))).toBe(reason);
  });
});

describe('createApiClient: what a function of the caller throws comes out as it is', () => {
  // Some of these are errors of ky, or look like one.
  const looksLikeHttp = Object.assign(new Error('mine'), { name: 'HTTPError', response: status(503) });
  const thrown = [new TypeError('fetch failed'), new TypeError('Failed to fetch'), looksLikeHttp, 'text', undefined, 0];

  test.for(thrown)('as an observer: %s', async (error) => {
    const { fetch, requests } = fakeFetch(() => status(200));
    const onRequest = (): never => {
      throw error;
    };
    const send = createApiClient(
      withObserver(fetch, { onRequest }),
      settingsOf({ ...atOnce, limit: 2 }),
      new Backoff(),
    );
    expect(await rejection(send('GET', url, { what: 'x' }))).toBe(error);
    expect(requests).toHaveLength(0);
  });

  test.for(thrown)('as the delay of a retry: %s', async (error) => {
    const { fetch, requests } = fakeFetch(() => status(503));
    const delay = (): never => {
      throw error;
    };
    const send = createApiClient(withObserver(fetch, {}), settingsOf({ delay }), new Backoff());
    expect(await rejection(send('GET', url, { what: 'x' }))).toBe(error);
    expect(requests).toHaveLength(1);
  });

  test.for(thrown.slice(0, 4))('as the reason of an abort while it waits: %s', async (error) => {
    const controller = new AbortController();
    const { fetch } = fakeFetch(() => status(503));
    const delay = (): number => {
      setTimeout(() => controller.abort(error), 5);
      return 1e9;
    };
    const send = createApiClient(withObserver(fetch, {}), settingsOf({ delay }), new Backoff());
    expect(await rejection(send('GET', url, { what: 'x', signal: controller.signal }))).toBe(error);
  });
});

test('createApiClient: a body is sent as it is and can be read again', async () => {
  const { fetch, requests } = fakeFetch(() => status(201));
  await sender(fetch)('PUT', url, { body: new Blob(['hello']) });
  expect(await textOf(requests[0]!.body!.stream())).toBe('hello');
});
