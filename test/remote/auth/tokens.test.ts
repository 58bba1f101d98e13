import { afterEach, describe, expect, test, vi } from 'vitest';
import { isOrasError, NetworkError, type OrasErrorCode } from '../../../src/errors.ts';
import type { Credential } from '../../../src/remote/auth/credentials.ts';
import { endlessStream, rejection } from '../../support/content.ts';
import { json, refusal, type SentRequest, status } from '../../support/fake-fetch.ts';
import { ask, good, scopes } from '../../support/token-service.ts';

const user: Credential = { username: 'alice', password: 'hunter2' };

afterEach(() => {
  vi.useRealTimers();
});

describe('fetchToken: the request', () => {
  test('names the service and every scope, and who asks', async () => {
    const { token, requests } = ask(good, { credential: user });
    expect((await token).value).toBe('SECRET');
    const [{ method, url, headers, init }] = requests as [SentRequest];
    expect(method).toBe('GET');
    expect([...new URL(url).searchParams]).toEqual([
      ['service', 'reg'],
      ['scope', scopes[0]],
      ['scope', scopes[1]],
    ]);
    expect(headers.get('authorization')).toBe(`Basic ${btoa('alice:hunter2')}`);
    expect(init).toMatchObject({ credentials: 'omit', redirect: 'error' });
  });

  test('is anonymous without a credential', async () => {
    const { token, requests } = ask(good);
    await token;
    expect(requests[0]!.headers.has('authorization')).toBe(false);
  });

  test('keeps the query of the realm', async () => {
    const { token, requests } = ask(good, { realm: 'https://reg.test/token?account=x' });
    await token;
    expect(new URL(requests[0]!.url).searchParams.get('account')).toBe('x');
  });
});

describe('fetchToken: an identity token', () => {
  const identity: Credential = { identityToken: 'SECRET-IDENTITY' };

  test('is exchanged with a POST, as OAuth2 wants it', async () => {
    const { token, requests } = ask(() => json({ access_token: 'SECRET' }), { credential: identity });
    expect((await token).value).toBe('SECRET');
    const [{ method, url, headers, body, init }] = requests as [SentRequest];
    expect([method, url]).toEqual(['POST', 'https://reg.test/token']);
    expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded');
    expect(headers.has('authorization')).toBe(false);
    expect(init).toMatchObject({ credentials: 'omit', redirect: 'error' });
    expect(Object.fromEntries(new URLSearchParams(await body!.text()))).toEqual({
      grant_type: 'refresh_token',
      service: 'reg',
      client_id: 'oras-js',
      scope: scopes.join(' '),
      refresh_token: 'SECRET-IDENTITY',
    });
  });

  test.for([405, 404, 401, 400])('is taken to a GET where POST gives %i', async (code) => {
    const answer = ({ method }: SentRequest): Response => (method === 'POST' ? status(code) : good());
    const { token, requests } = ask(answer, { credential: { identityToken: 'SECRET-IDENTITY', username: 'alice' } });
    expect((await token).value).toBe('SECRET');
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(requests[1]!.headers.get('authorization')).toBe(`Basic ${btoa('alice:SECRET-IDENTITY')}`);
    expect(requests[1]!.url).toContain('scope=');
    expect(requests[1]!.url).not.toContain('SECRET');
  });

  test.for([403, 422])('is not tried twice after %i', async (code) => {
    const { token, requests } = ask(() => status(code), { credential: identity });
    expect(isOrasError(await rejection(token))).toBe(true);
    expect(requests).toHaveLength(1);
  });
});

describe('fetchToken: what is not set', () => {
  test.for<[string, object]>([
    ['access_token', { token: 'SECRET', access_token: null }],
    ['token', { token: null, access_token: 'SECRET' }],
    ['everything else', { token: 'SECRET', expires_in: null, issued_at: null, refresh_token: null, scope: null }],
    ['access_token, empty', { token: 'SECRET', access_token: '' }],
    ['access_token, of another type', { token: 'SECRET', access_token: {} }],
  ])('null is nothing: %s', async ([, answer]) => {
    const { token } = ask(() => json(answer));
    expect((await token).value).toBe('SECRET');
  });

  test.for([null, { token: null, access_token: null }, { token: 1 }, []])('%j has no token', async (answer) => {
    expect(await rejection(ask(() => json(answer)).token)).toMatchObject({ code: 'REGISTRY' });
  });
});

describe('fetchToken: a password', () => {
  test.for([404, 405])('is taken to a POST where GET gives %i', async (code) => {
    const answer = ({ method }: SentRequest): Response => (method === 'GET' ? status(code) : good());
    const { token, requests } = ask(answer, { credential: user });
    expect((await token).value).toBe('SECRET');
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    const form = new URLSearchParams(await requests[1]!.body!.text());
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'password',
      service: 'reg',
      client_id: 'oras-js',
      scope: scopes.join(' '),
      username: 'alice',
      password: 'hunter2',
    });
  });

  test.for([400, 401, 403])('is not tried twice after %i', async (code) => {
    const { token, requests } = ask(() => status(code), { credential: user });
    await rejection(token);
    expect(requests).toHaveLength(1);
  });

  test('nobody without one asks with a POST', async () => {
    const { token, requests } = ask(() => status(405));
    await rejection(token);
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('fetchToken: the answer', () => {
  test.for([
    ['token', { token: 'a' }, 'a'],
    ['access_token', { access_token: 'b' }, 'b'],
    ['both', { token: 'a', access_token: 'b' }, 'b'],
    ['an empty access_token', { token: 'a', access_token: '' }, 'a'],
  ] as const)('a token as %s', async ([, answer, value]) => {
    expect((await ask(() => json(answer)).token).value).toBe(value);
  });

  test.for<[string, () => Response, OrasErrorCode]>([
    ['no token', () => json({}), 'REGISTRY'],
    ['null', () => json(null), 'REGISTRY'],
    ['a token that is no text', () => json({ token: 1 }), 'REGISTRY'],
    ['a token with a line end', () => json({ token: 'a\r\nX: y' }), 'REGISTRY'],
    ['a token with a space', () => json({ token: 'a b' }), 'REGISTRY'],
    ['HTML', () => new Response('<html>'), 'REGISTRY'],
    ['nothing', () => new Response(null), 'REGISTRY'],
    ['more than 128 KiB', () => json({ token: 'a'.repeat(128 * 1024) }), 'TOO_LARGE'],
    ['an endless body', () => new Response(endlessStream().stream), 'TOO_LARGE'],
    ['401', () => refusal(401, 'UNAUTHORIZED'), 'UNAUTHORIZED'],
    ['403', () => refusal(403, 'DENIED'), 'DENIED'],
    ['404', () => new Response(null, { status: 404 }), 'REGISTRY'],
    ['500', () => new Response('oops', { status: 500 }), 'REGISTRY'],
  ])('refused: %s', async ([, answer, code]) => {
    const error = await rejection(ask(answer, { credential: user }).token);
    expect(isOrasError(error, code), String(error)).toBe(true);
  });

  test('a body that breaks or stalls is a network error of the token service', async () => {
    const cut = new ReadableStream({ pull: (body) => body.error(new TypeError('terminated')) });
    expect(await rejection(ask(() => new Response(cut)).token)).toMatchObject({
      code: 'NETWORK',
      url: 'https://reg.test/token',
    });
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(new DOMException('late', 'TimeoutError')));
    const stalled = rejection(ask(() => new Response(new ReadableStream())).token);
    expect(await stalled).toMatchObject({ code: 'NETWORK', url: 'https://reg.test/token' });
    vi.restoreAllMocks();
  });

  test('no answer is a network error', async () => {
    const failing = (): never => {
      throw new NetworkError('no answer', 'https://reg.test/token', false);
    };
    expect(isOrasError(await rejection(ask(failing).token), 'NETWORK')).toBe(true);
  });

  test.for([
    [undefined, 54],
    [300, 270],
    [-1, 54],
    [0, 54],
    ['60', 54],
    [null, 54],
    [1e300, 3240],
    [300_000_000_000, 3240],
  ] as const)('with expires_in %j it is used for %i seconds', async ([expiresIn, seconds]) => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
    const { expires } = await ask(() => json({ token: 'a', expires_in: expiresIn })).token;
    expect(expires).toBe(1_000_000 + seconds * 1000);
  });
});
