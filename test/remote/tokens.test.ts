import { afterEach, describe, expect, test, vi } from 'vitest';
import { isOrasError, type OrasErrorCode, UnauthorizedError } from '../../src/errors.ts';
import { parseChallenges } from '../../src/remote/challenge.ts';
import type { Credential } from '../../src/remote/credentials.ts';
import { fetchToken, type Token } from '../../src/remote/tokens.ts';
import { endlessStream, rejection } from '../support/content.ts';
import { fakeFetch, json, refusal, type SentRequest } from '../support/fake-fetch.ts';

const user: Credential = { username: 'alice', password: 'hunter2' };
const scopes = ['repository:a/b:pull', 'repository:c/d:pull,push'];

interface Asked {
  realm?: string;
  registry?: string;
  service?: string;
  credential?: Credential;
  signal?: AbortSignal;
}

/** Asks a token service that gives this answer. */
function ask(answer: () => Response, asked: Asked = {}): { token: Promise<Token>; requests: SentRequest[] } {
  const { realm = 'https://reg.test/token', registry = 'https://reg.test', service = 'reg', credential } = asked;
  const { fetch, requests } = fakeFetch(answer);
  const challenge = parseChallenges(`Bearer realm="${realm}",service="${service}"`)[0]!;
  const token = fetchToken(fetch, { registry, challenge, scopes, credential, signal: asked.signal });
  return { token, requests };
}

const good = (): Response => json({ token: 'SECRET' });

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

  test('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    expect(await rejection(ask(good, { signal: AbortSignal.abort(reason) }).token)).toBe(reason);
  });
});

describe('fetchToken: the realm', () => {
  test.for<[string, Asked]>([
    ['the host of the registry', { realm: 'https://reg.test/token', credential: user }],
    [
      'the host of the registry, http for http',
      { realm: 'http://reg.test/token', registry: 'http://reg.test', credential: user },
    ],
    [
      'loopback for loopback',
      { realm: 'http://127.0.0.1:9090/token', registry: 'http://127.0.0.1:5000', credential: user },
    ],
    [
      "Docker Hub's own",
      { realm: 'https://auth.docker.io/token', registry: 'https://registry-1.docker.io', credential: user },
    ],
    [
      "GitLab's own",
      { realm: 'https://gitlab.com/jwt/auth', registry: 'https://registry.gitlab.com', credential: user },
    ],
    ['another host, when nothing is at stake', { realm: 'https://auth.example/token' }],
  ])('asked: %s', async ([, asked]) => {
    const { token, requests } = ask(good, asked);
    await token;
    expect(requests).toHaveLength(1);
  });

  test.for<[string, Asked]>([
    ['plain http for an https registry', { realm: 'http://reg.test/token' }],
    ['plain http at an address of the cloud', { realm: 'http://169.254.169.254/latest/meta-data/' }],
    ['another host, with credentials', { realm: 'https://attacker.example/token', credential: user }],
    ['an address of the cloud, with credentials', { realm: 'https://[fd00:ec2::254]/', credential: user }],
    ['a loopback address, with credentials', { realm: 'https://0x7f.1/', credential: user }],
    ['a host that ends alike', { realm: 'https://evilreg.test/token', credential: user }],
    ['a host that begins alike', { realm: 'https://reg.test.evil.net/token', credential: user }],
    ["Docker Hub's, for another registry", { realm: 'https://auth.docker.io/token', credential: user }],
    ['a file', { realm: 'file:///etc/passwd' }],
    ['a script', { realm: 'javascript:alert(1)' }],
    ['data', { realm: 'data:application/json,{"token":"x"}' }],
    ['ftp', { realm: 'ftp://reg.test/token' }],
    ['nothing', { realm: '' }],
    ['a host without a scheme', { realm: '//evil' }],
    ['a path', { realm: '/token' }],
    ['no address', { realm: '://bad-url' }],
    ['no host', { realm: 'https://' }],
    ['credentials in it', { realm: 'https://user:pw@reg.test/token' }],
    ['a user in it', { realm: 'https://reg.test@attacker.example/token' }],
  ])('refused without a request: %s', async ([, asked]) => {
    const { token, requests } = ask(good, asked);
    const error = await rejection(token);
    expect(error).toBeInstanceOf(UnauthorizedError);
    expect((error as Error).message).toMatch(/^\S+ sends its users to a token service that is not trusted: /);
    expect(requests).toEqual([]);
  });

  test('refused: the message names the other host', async () => {
    const { token } = ask(good, { realm: 'https://attacker.example/token', credential: user });
    expect(((await rejection(token)) as Error).message).toContain('attacker.example');
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

  test('no answer is a network error', async () => {
    const failing = (): never => {
      throw new TypeError('fetch failed');
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
