import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Credential, RegistryOptions, Repository } from '../../src/index.ts';
import { bytesOf, descriptorOf, itemsOf, rejection } from '../support/content.ts';
import { fakeRegistry, json, refusal, type SentRequest, status } from '../support/fake-fetch.ts';

const user: Credential = { username: 'alice', password: 'hunter2' };
const basic = `Basic ${btoa('alice:hunter2')}`;
const hello = descriptorOf('hello');
const bearer = (scope = 'repository:org/hello:pull'): string =>
  `Bearer realm="https://reg.test/token",service="reg",scope="${scope}"`;

interface Setup extends RegistryOptions {
  challenge?: (request: SentRequest) => string | undefined;
  accepts?: (authorization: string, request: SentRequest) => boolean;
  token?: (number: number, request: SentRequest) => Response | Promise<Response>;
}

/** A registry that lets in some, and gives token1, token2, …; and what both of its sides were asked. */
function setUp(setup: Setup = {}) {
  const { accepts = (it) => it.startsWith('Bearer token'), challenge = () => bearer(), token, ...options } = setup;
  const registryLog: string[] = [];
  const tokenLog: string[] = [];
  let given = 0;
  const { registry, requests } = fakeRegistry((request) => {
    const authorization = request.headers.get('authorization') ?? '-';
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/token') {
      tokenLog.push(`${request.method} ${searchParams.getAll('scope').join(' ')} ${authorization}`);
      given += 1;
      return token?.(given, request) ?? json({ token: `token${given}` });
    }
    registryLog.push(`${request.method} ${authorization}`);
    if (!accepts(authorization, request)) {
      const header = challenge(request);
      return status(401, header === undefined ? {} : { 'www-authenticate': header });
    }
    if (request.method === 'POST') return status(202, { location: '/v2/org/hello/blobs/uploads/1' });
    if (request.method === 'PUT') return status(201);
    return pathname.endsWith('/tags/list') ? json({ tags: ['a'] }) : new Response(bytesOf('hello'));
  }, options);
  const repository = registry.repository('reg.test/org/hello');
  const counts = (): [number, number] => {
    const found: [number, number] = [registryLog.length, tokenLog.length];
    registryLog.length = 0;
    tokenLog.length = 0;
    return found;
  };
  return { registry, repository, requests, registryLog, tokenLog, counts };
}

const list = (repository: Repository): Promise<string[]> => itemsOf(repository.tags());

afterEach(() => {
  vi.useRealTimers();
});

describe('requests to the registry and for tokens', () => {
  test('Basic: two, then one', async () => {
    const { repository, registryLog, counts } = setUp({
      credentials: user,
      challenge: () => 'Basic realm="Test Registry"',
      accepts: (it) => it === basic,
    });
    await list(repository);
    expect(registryLog).toEqual(['GET -', `GET ${basic}`]);
    expect(counts()).toEqual([2, 0]);
    await list(repository);
    expect(counts()).toEqual([1, 0]);
  });

  test('a token of the caller: two, none for a token', async () => {
    const { repository, registryLog, counts } = setUp({ credentials: { token: 'token-of-mine' } });
    await list(repository);
    expect(registryLog.at(-1)).toBe('GET Bearer token-of-mine');
    expect(counts()).toEqual([2, 0]);
    await list(repository);
    expect(counts()).toEqual([1, 0]);
  });

  test.for([
    ['a password', user, `GET repository:org/hello:pull ${basic}`],
    ['nobody', undefined, 'GET repository:org/hello:pull -'],
    ['an identity token', { identityToken: 'SECRET' }, 'POST  -'],
  ] as const)('a token for %s: two and one, then one', async ([, credentials, asked]) => {
    const { repository, tokenLog, counts } = setUp({ credentials });
    await list(repository);
    expect(tokenLog).toEqual([asked]);
    expect(counts()).toEqual([2, 1]);
    await list(repository);
    expect(counts()).toEqual([1, 0]);
  });

  test('a token the registry no longer takes: two and one', async () => {
    let good = 'Bearer token1';
    const { repository, counts } = setUp({ accepts: (it) => it === good });
    await list(repository);
    counts();
    good = 'Bearer token2';
    await list(repository);
    expect(counts()).toEqual([2, 1]);
    good = 'none';
    expect(await rejection(list(repository))).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(counts()).toEqual([2, 1]);
  });

  test('a token whose time is over: one and one', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const { repository, counts } = setUp();
    await list(repository);
    counts();
    vi.setSystemTime(60_000);
    await list(repository);
    expect(counts()).toEqual([1, 1]);
  });

  test('other scopes than were hinted: two and one, then one', async () => {
    const { repository, tokenLog, counts } = setUp({ challenge: () => bearer('repository:org/hello:pull,push') });
    await list(repository);
    expect(tokenLog).toEqual(['GET repository:org/hello:pull,push -']);
    expect(counts()).toEqual([2, 1]);
    await list(repository);
    expect(counts()).toEqual([1, 0]);
  });

  test('a challenge only at the base endpoint: three and one, then one', async () => {
    const { repository, requests, counts } = setUp({
      challenge: ({ url }) => (url.endsWith('/v2/') ? bearer() : undefined),
    });
    await list(repository);
    expect(requests.map(({ url }) => new URL(url).pathname)).toEqual([
      '/v2/org/hello/tags/list',
      '/v2/',
      '/token',
      '/v2/org/hello/tags/list',
    ]);
    expect(counts()).toEqual([3, 1]);
    await list(repository);
    expect(counts()).toEqual([1, 0]);
  });

  test('a challenge nowhere: two, then one, and the refusal each time', async () => {
    const { repository, counts } = setUp({ challenge: () => undefined });
    for (const expected of [
      [2, 0],
      [1, 0],
    ]) {
      expect(await rejection(list(repository))).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
      expect(counts()).toEqual(expected);
    }
  });

  test('a scope that turns out too small: three and two, then one', async () => {
    const more = 'repository:base/image:pull';
    const { repository, tokenLog, counts } = setUp({
      challenge: ({ headers }) =>
        headers.has('authorization') ? `${bearer(more)},error="insufficient_scope"` : bearer(),
      accepts: (it) => it === 'Bearer token2',
    });
    await list(repository);
    expect(tokenLog).toEqual(['GET repository:org/hello:pull -', `GET ${more} repository:org/hello:pull -`]);
    expect(counts()).toEqual([3, 2]);
    await list(repository);
    expect(counts()).toEqual([1, 0]);
  });

  test('a scope that is never enough: three and two, then the refusal', async () => {
    let more = 0;
    const { repository, counts } = setUp({
      challenge: () => `${bearer(`repository:more/${++more}:pull`)},error="insufficient_scope"`,
      accepts: () => false,
    });
    expect(await rejection(list(repository))).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(counts()).toEqual([3, 2]);
  });

  test('a scheme that changes from Bearer to Basic, and back: two, and one for the token that was refused', async () => {
    let scheme = bearer();
    const { repository, counts } = setUp({
      credentials: user,
      challenge: () => scheme,
      accepts: (it) => (scheme.startsWith('Basic') ? it === basic : it.startsWith('Bearer')),
    });
    await list(repository);
    counts();
    scheme = 'Basic realm="x"';
    await list(repository);
    expect(counts()).toEqual([2, 0]);
    scheme = bearer();
    await list(repository);
    expect(counts()).toEqual([2, 1]);
  });

  test.for([
    ['a wrong password', user, [2, 0], [1, 0]],
    ['no password', undefined, [1, 0], [1, 0]],
    ['an identity token, which is none', { identityToken: 'SECRET' }, [1, 0], [1, 0]],
  ] as const)('Basic and %s: an error', async ([, credentials, first, second]) => {
    const { repository, counts } = setUp({ credentials, challenge: () => 'Basic realm="x"', accepts: () => false });
    for (const expected of [first, second]) {
      expect(await rejection(list(repository))).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
      expect(counts()).toEqual(expected);
    }
  });

  test('Bearer and a wrong password: an error of the token service, one and one', async () => {
    const { repository, counts } = setUp({
      credentials: user,
      token: () => refusal(401, 'UNAUTHORIZED', 'wrong password'),
    });
    expect(await rejection(list(repository))).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'Cannot get a token from reg.test: wrong password (401)',
      url: 'https://reg.test/token',
    });
    expect(counts()).toEqual([1, 1]);
  });

  test('no usable token: an error, one and one', async () => {
    const { repository, counts } = setUp({ token: () => json({}) });
    expect(await rejection(list(repository))).toMatchObject({ code: 'REGISTRY' });
    expect(counts()).toEqual([1, 1]);
  });

  test('100 at once: one for a token', async () => {
    const { repository, registryLog, counts } = setUp();
    const lists = await Promise.all(Array.from({ length: 100 }, () => list(repository)));
    expect(lists.flat()).toHaveLength(100);
    expect(registryLog.filter((line) => line === 'GET Bearer token1')).toHaveLength(100);
    expect(counts()).toEqual([200, 1]);
  });

  test('100 at once with a token that is refused: one for another', async () => {
    let good = 'Bearer token1';
    const { repository, counts } = setUp({ accepts: (it) => it === good });
    await list(repository);
    counts();
    good = 'Bearer token2';
    await Promise.all(Array.from({ length: 100 }, () => list(repository)));
    expect(counts()).toEqual([200, 1]);
  });

  test('100 at once that fail: one for a token, all are told; and one more when they try again', async () => {
    const { repository, counts } = setUp({
      token: (number) => (number === 1 ? refusal(400, 'UNKNOWN') : json({ token: 'token' })),
    });
    const failures = await Promise.all(Array.from({ length: 100 }, () => rejection(list(repository))));
    expect(new Set(failures).size).toBe(1);
    expect(counts()).toEqual([100, 1]);
    expect(await Promise.all(Array.from({ length: 100 }, () => list(repository)))).toHaveLength(100);
    // What was asked for and gave no token is not asked for beforehand.
    expect(counts()).toEqual([200, 1]);
  });

  test('a push: the token for its first request is used for all', async () => {
    const { repository, registryLog, tokenLog } = setUp({ credentials: user });
    await repository.exists(hello, { intent: 'push' });
    await repository.push(hello, new Blob(['hello']));
    expect(tokenLog).toEqual([`GET repository:org/hello:pull,push ${basic}`]);
    expect(registryLog).toEqual(['HEAD -', 'HEAD Bearer token1', 'POST Bearer token1', 'PUT Bearer token1']);
  });

  test('a token for one repository is not used for another', async () => {
    const { registry, requests, counts } = setUp({
      challenge: ({ url }) => bearer(`repository:${/v2\/(.+)\/tags/.exec(url)?.[1]}:pull`),
    });
    await itemsOf(registry.tags('reg.test/org/a'));
    await itemsOf(registry.tags('reg.test/org/b'));
    // That Bearer is wanted is known; the second repository needs no refusal to get a token of its own.
    expect(counts()).toEqual([3, 2]);
    expect(requests.map(({ url, headers }) => [url.slice(16), headers.get('authorization')])).toEqual([
      ['/v2/org/a/tags/list', null],
      ['/token?service=reg&scope=repository%3Aorg%2Fa%3Apull', null],
      ['/v2/org/a/tags/list', 'Bearer token1'],
      ['/token?service=reg&scope=repository%3Aorg%2Fb%3Apull', null],
      ['/v2/org/b/tags/list', 'Bearer token2'],
    ]);
  });
});
