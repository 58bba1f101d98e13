import { afterEach, describe, expect, test, vi } from 'vitest';
import { UnauthorizedError } from '../../../src/errors.ts';
import { withAuth } from '../../../src/remote/auth/auth.ts';
import type { Credential, CredentialSource } from '../../../src/remote/auth/credentials.ts';
import type { AuthOptions } from '../../../src/remote/auth/session.ts';
import { createApiClient } from '../../../src/remote/http/api-client.ts';
import { Backoff } from '../../../src/remote/http/backoff.ts';
import type { Fetch } from '../../../src/remote/http/fetch.ts';
import { withObserver } from '../../../src/remote/http/observe.ts';
import { settingsOf } from '../../../src/remote/http/settings.ts';
import { rejection } from '../../support/content.ts';
import { atOnce, broken, fakeFetch, json, refusal, type SentRequest, status } from '../../support/fake-fetch.ts';

const user: Credential = { username: 'alice', password: 'hunter2' };
const basic = `Basic ${btoa('alice:hunter2')}`;
const pull = { scopes: ['repository:org/hello:pull'] };
const url = 'https://reg.test/v2/org/hello/manifests/v1';

const bearerChallenge = (scope = 'repository:org/hello:pull'): string =>
  `Bearer realm="https://reg.test/token",service="reg",scope="${scope}"`;

/** The fetch that authenticates to `https://reg.test`. */
function authenticated(given: Fetch, options: Partial<AuthOptions> = {}): Fetch {
  const fetch = withObserver(given, {});
  const registry = { host: 'reg.test', origin: 'https://reg.test', realms: [], challenge: undefined };
  const send = createApiClient(fetch, settingsOf(atOnce), new Backoff());
  return withAuth(fetch, { ...registry, send, credentials: undefined, ...options });
}

/** A registry that lets in whoever has one of these headers, and a token service that gives token1, token2, … */
function registry(setup: {
  challenge: () => string | null;
  accepts: (authorization: string, request: SentRequest) => boolean;
  token?: (number: number) => Response;
  credentials?: CredentialSource;
}): { fetch: Fetch; log: string[] } {
  const log: string[] = [];
  let tokens = 0;
  const { token = (number) => json({ token: `token${number}` }) } = setup;
  const { fetch } = fakeFetch((request) => {
    const authorization = request.headers.get('authorization') ?? '-';
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/token') {
      log.push(`token ${searchParams.getAll('scope').join(' ')} ${authorization}`);
      return token(++tokens);
    }
    log.push(`${request.method} ${authorization}`);
    if (setup.accepts(authorization, request)) return status(200);
    const challenge = setup.challenge();
    return status(401, challenge === null ? {} : { 'www-authenticate': challenge });
  });
  return { fetch: authenticated(fetch, { credentials: setup.credentials }), log };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('withAuth: Basic', () => {
  test('two requests at first, and one from then on', async () => {
    const { fetch, log } = registry({
      challenge: () => 'Basic realm="x"',
      accepts: (it) => it === basic,
      credentials: user,
    });
    expect((await fetch(url, pull)).status).toBe(200);
    expect((await fetch(url, pull)).status).toBe(200);
    expect(log).toEqual(['GET -', `GET ${basic}`, `GET ${basic}`]);
  });

  test('a wrong password gives the 401, after two requests, and after one from then on', async () => {
    const { fetch, log } = registry({ challenge: () => 'Basic realm="x"', accepts: () => false, credentials: user });
    expect((await fetch(url, pull)).status).toBe(401);
    expect(log).toEqual(['GET -', `GET ${basic}`]);
    expect((await fetch(url, pull)).status).toBe(401);
    expect(log).toHaveLength(3);
  });

  test('without a credential it gives the 401 at once', async () => {
    const { fetch, log } = registry({ challenge: () => 'Basic realm="x"', accepts: () => false });
    expect((await fetch(url, pull)).status).toBe(401);
    expect(log).toEqual(['GET -']);
  });
});

describe('withAuth: Bearer', () => {
  const accepts = (authorization: string): boolean => authorization.startsWith('Bearer token');

  test('a token for the password, and from then on one request', async () => {
    const { fetch, log } = registry({ challenge: bearerChallenge, accepts, credentials: user });
    expect((await fetch(url, pull)).status).toBe(200);
    expect((await fetch(url, pull)).status).toBe(200);
    expect(log).toEqual([
      'GET -',
      `token repository:org/hello:pull ${basic}`,
      'GET Bearer token1',
      'GET Bearer token1',
    ]);
  });

  test('a token for nobody', async () => {
    const { fetch, log } = registry({ challenge: bearerChallenge, accepts });
    expect((await fetch(url, pull)).status).toBe(200);
    expect(log).toEqual(['GET -', 'token repository:org/hello:pull -', 'GET Bearer token1']);
  });

  test('a token of the caller is used as it is, without the token service', async () => {
    const { fetch, log } = registry({ challenge: bearerChallenge, accepts, credentials: { token: 'token-of-mine' } });
    expect((await fetch(url, pull)).status).toBe(200);
    expect(log).toEqual(['GET -', 'GET Bearer token-of-mine']);
  });

  test('is preferred to Basic', async () => {
    const challenge = (): string => `Basic realm="x", ${bearerChallenge()}`;
    const { fetch, log } = registry({ challenge, accepts, credentials: user });
    expect((await fetch(url, pull)).status).toBe(200);
    expect(log.at(-1)).toBe('GET Bearer token1');
  });

  test('a token the registry no longer takes is replaced, once', async () => {
    let good = 'Bearer token1';
    const { fetch, log } = registry({ challenge: bearerChallenge, accepts: (it) => it === good });
    await fetch(url, pull);
    good = 'Bearer token2';
    log.length = 0;
    expect((await fetch(url, pull)).status).toBe(200);
    expect(log).toEqual(['GET Bearer token1', 'token repository:org/hello:pull -', 'GET Bearer token2']);
    good = 'none';
    log.length = 0;
    expect((await fetch(url, pull)).status).toBe(401);
    expect(log).toEqual(['GET Bearer token2', 'token repository:org/hello:pull -', 'GET Bearer token3']);
  });

  test('a token whose time is over is replaced beforehand', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const { fetch, log } = registry({ challenge: bearerChallenge, accepts });
    await fetch(url, pull);
    vi.setSystemTime(53_999);
    await fetch(url, pull);
    log.length = 0;
    vi.setSystemTime(54_000);
    await fetch(url, pull);
    expect(log).toEqual(['token repository:org/hello:pull -', 'GET Bearer token2']);
  });

  test('scopes the registry asks for besides are remembered', async () => {
    const { fetch, log } = registry({
      challenge: () => bearerChallenge('repository:base/image:pull'),
      accepts: (it) => it === 'Bearer token1',
    });
    for (let i = 0; i < 3; i++) expect((await fetch(url, pull)).status).toBe(200);
    expect(log).toEqual([
      'GET -',
      'token repository:base/image:pull repository:org/hello:pull -',
      'GET Bearer token1',
      'GET Bearer token1',
      'GET Bearer token1',
    ]);
  });

  test('a refused password is an error of the token service, after one request there', async () => {
    const { fetch, log } = registry({
      challenge: bearerChallenge,
      accepts,
      credentials: user,
      token: () => refusal(401, 'UNAUTHORIZED', 'wrong password'),
    });
    expect(await rejection(fetch(url, pull))).toBeInstanceOf(UnauthorizedError);
    expect(log).toEqual(['GET -', `token repository:org/hello:pull ${basic}`]);
  });

  test('a service that failed is asked again', async () => {
    const { fetch } = registry({
      challenge: bearerChallenge,
      accepts,
      token: (number) => (number === 1 ? status(400) : json({ token: 'token' })),
    });
    await rejection(fetch(url, pull));
    expect((await fetch(url, pull)).status).toBe(200);
  });
});

describe('withAuth: challenges', () => {
  test('the scheme may change', async () => {
    let challenge = bearerChallenge();
    let good = 'Bearer token1';
    const { fetch, log } = registry({ challenge: () => challenge, accepts: (it) => it === good, credentials: user });
    await fetch(url, pull);
    [challenge, good] = ['Basic realm="x"', basic];
    log.length = 0;
    expect((await fetch(url, pull)).status).toBe(200);
    expect(log).toEqual(['GET Bearer token1', `GET ${basic}`]);
  });

  test.for(['', 'Negotiate', 'Digest realm="x"'])('nothing is sent in answer to %j', async (challenge) => {
    const { fetch, log } = registry({ challenge: () => challenge, accepts: () => false, credentials: user });
    expect((await fetch(url, pull)).status).toBe(401);
    expect(log).toEqual(['GET -']);
  });

  test('a body is sent again with the answer', async () => {
    const { fetch, requests } = fakeFetch((request) =>
      request.headers.has('authorization') ? status(201) : status(401, { 'www-authenticate': 'Basic realm="x"' }),
    );
    const authorized = authenticated(fetch, { credentials: user });
    const body = new Blob(['hello']);
    const response = await authorized(url, { method: 'PUT', body, headers: { 'content-type': 'text/plain' }, ...pull });
    expect(response.status).toBe(201);
    expect(requests.map((request) => request.body)).toEqual([body, body]);
    expect(requests[1]!.headers.get('content-type')).toBe('text/plain');
  });

  test('an authorization that the request brings is used as it is, and the answer to it too', async () => {
    const { fetch, log } = registry({ challenge: () => 'Basic realm="x"', accepts: () => false, credentials: user });
    const response = await fetch(url, { headers: { Authorization: 'Bearer mine' }, ...pull });
    expect(response.status).toBe(401);
    expect(log).toEqual(['GET Bearer mine']);
  });

  test('the source of credentials is asked with the host and the scopes', async () => {
    const asked: unknown[] = [];
    const { fetch } = registry({
      challenge: bearerChallenge,
      accepts: () => false,
      credentials: (host, scopes) => {
        asked.push([host, scopes]);
        return undefined;
      },
    });
    await fetch(url, pull);
    expect(asked[0]).toEqual(['reg.test', ['repository:org/hello:pull']]);
  });
});

describe('withAuth: a refusal without a challenge', () => {
  const base = 'https://reg.test/v2/';

  /** A registry that only says at its base endpoint how to authenticate, in its own way; and what was asked there. */
  function silent(answer: (number: number) => Response | Promise<Response>, options: Partial<AuthOptions> = {}) {
    let asked = 0;
    const { fetch, sent, requests } = fakeFetch(({ url: to, headers }) => {
      if (to.startsWith('https://reg.test/token')) return json({ token: 'token1' });
      if (to === base) return answer(++asked);
      return headers.has('authorization') ? status(200) : status(401);
    });
    return { fetch: authenticated(fetch, { credentials: user, ...options }), sent, requests, asked: () => asked };
  }
  const challenged = (): Response => status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token"' });

  test('is answered as the base endpoint asks, which is asked once', async () => {
    const { fetch, sent, requests } = silent(challenged);
    expect((await fetch(url, pull)).status).toBe(200);
    expect((await fetch(`${url}2`, pull)).status).toBe(200);
    expect(sent()).toEqual([
      'GET /v2/org/hello/manifests/v1',
      'GET /v2/',
      'GET /token?scope=repository%3Aorg%2Fhello%3Apull',
      'GET /v2/org/hello/manifests/v1',
      'GET /v2/org/hello/manifests/v12',
    ]);
    expect(requests[1]!.headers.has('authorization')).toBe(false);
    expect(requests[1]!.init).toMatchObject({ credentials: 'omit', redirect: 'error' });
  });

  test('many at once ask there once', async () => {
    const { fetch, asked } = silent(challenged);
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(url, pull)));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(asked()).toBe(1);
  });

  test.for([
    ['nothing to say', () => status(401)],
    ['open to all', () => status(200)],
    ['not there', () => status(404)],
  ] as const)('is final when the base endpoint is %s, and it is not asked again', async ([, answer]) => {
    const { fetch, asked } = silent(answer);
    for (let turn = 0; turn < 3; turn++) expect((await fetch(url, pull)).status).toBe(401);
    expect(asked()).toBe(1);
  });

  test.for([
    ['breaks', broken],
    ['is overloaded', () => status(503)],
    ['asks to wait', () => status(429)],
  ] as const)('is final when the base endpoint %s, which is asked again with the next', async ([, answer]) => {
    const { fetch, asked } = silent((number) => (number === 1 ? answer() : challenged()));
    expect((await fetch(url, pull)).status).toBe(401);
    expect((await fetch(url, pull)).status).toBe(200);
    expect((await fetch(url, pull)).status).toBe(200);
    expect(asked()).toBe(2);
  });

  test('a wrong password is refused after as many requests as elsewhere, and one', async () => {
    const { fetch, sent } = fakeFetch(({ url: to }) =>
      to === base ? status(401, { 'www-authenticate': 'Basic realm="x"' }) : status(401),
    );
    const registry = authenticated(fetch, { credentials: user });
    expect((await registry(url, pull)).status).toBe(401);
    expect(sent()).toHaveLength(3);
    expect((await registry(url, pull)).status).toBe(401);
    expect(sent()).toHaveLength(4);
  });

  test('with a challenge that is known, nothing is asked', async () => {
    const { fetch, asked } = silent(challenged, { challenge: 'Basic realm="known"' });
    expect((await fetch(url, pull)).status).toBe(200);
    expect(asked()).toBe(0);
  });

  test('an abort meanwhile ends the waiting with its reason, for this request only', async () => {
    let answer = (_: Response): void => {};
    const { fetch, asked } = silent(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const controller = new AbortController();
    const given = fetch(url, { ...pull, signal: controller.signal });
    const other = fetch(url, pull);
    await vi.waitFor(() => expect(asked()).toBe(1), { timeout: 60_000 });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await rejection(given)).toBe(reason);
    answer(challenged());
    expect((await other).status).toBe(200);
    expect(asked()).toBe(1);
  });

  test('of another origin is left alone', async () => {
    const { fetch, asked } = silent(challenged);
    expect((await fetch('https://cdn.test/x', pull)).status).toBe(401);
    expect(asked()).toBe(0);
  });
});

describe('withAuth: other origins', () => {
  test.for(['https://cdn.test/x', 'http://reg.test/x', 'https://reg.test:444/x', 'https://reg.test.evil.net/x'])(
    'nothing is sent to %s, whatever it asks for',
    async (foreign) => {
      const { fetch, requests } = fakeFetch(({ url: to }) =>
        to === url ? status(200, {}) : status(401, { 'www-authenticate': `Basic realm="x", ${bearerChallenge()}` }),
      );
      const asked: string[] = [];
      const credentials = (host: string): Credential => {
        asked.push(host);
        return user;
      };
      const authorized = authenticated(fetch, { credentials });
      await authorized(url, pull);
      expect((await authorized(foreign, pull)).status).toBe(401);
      expect(asked).toEqual([]);
      expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual([null, null]);
    },
  );
});
