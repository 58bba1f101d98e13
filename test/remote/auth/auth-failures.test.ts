import { describe, expect, test, vi } from 'vitest';
import { CredentialsError } from '../../../src/errors.ts';
import type { Credential } from '../../../src/remote/auth/credentials.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import {
  type Answers,
  fakeRegistry,
  json,
  refusal,
  type SentRequest,
  status,
  unanswered,
} from '../../support/fake-fetch.ts';

const user: Credential = { username: 'alice', password: 'hunter2' };
const reason = new Error('enough');

/** The repository of a registry or of a token service, as the addresses here name it. */
const repositoryOf = ({ url }: SentRequest): string => /\b[ab]\b/.exec(new URL(url).pathname)?.[0] ?? '';

/** A registry that has a token service for each of its repositories, which has no tokens for another. */
const perRepository: Answers = (request) => {
  const name = repositoryOf(request);
  if (request.url.includes('/token')) {
    return request.url.includes(`repository%3A${name}%3A`) ? json({ token: `for-${name}` }) : refusal(403, 'DENIED');
  }
  if (request.headers.get('authorization') === `Bearer for-${name}`) return json({ tags: [name] });
  return status(401, { 'www-authenticate': `Bearer realm="https://reg.test/${name}/token"` });
};

describe('withAuth: a challenge that gives no token', () => {
  test('of one repository does not stand in the way of the others', async () => {
    const { registry, sent } = fakeRegistry(perRepository, { credentials: user });
    for (const name of ['a', 'b', 'a', 'b']) {
      expect(await itemsOf(registry.tags(`reg.test/${name}`))).toEqual([name]);
    }
    expect(sent().slice(-2)).toEqual(['GET /v2/a/tags/list', 'GET /v2/b/tags/list']);
  });

  test('is not answered before the next request', async () => {
    const { registry, sent } = fakeRegistry(
      ({ url, headers }) => {
        if (url.includes('/token')) return refusal(403, 'DENIED');
        if (url.includes('/open/')) return json({ tags: [headers.get('authorization') ?? 'nobody'] });
        return status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token"' });
      },
      { credentials: user },
    );
    expect(await rejection(itemsOf(registry.tags('reg.test/closed')))).toMatchObject({ code: 'DENIED' });
    expect(await itemsOf(registry.tags('reg.test/open'))).toEqual(['nobody']);
    expect(sent().at(-1)).toBe('GET /v2/open/tags/list');
    expect(sent().filter((name) => name.includes('/token'))).toHaveLength(1);
  });
});

describe('withAuth: an abort', () => {
  test('while the credentials are looked up rejects with its reason at once', async () => {
    const controller = new AbortController();
    const credentials = vi.fn(() => new Promise<undefined>(() => {}));
    const { registry } = fakeRegistry(() => refusal(401, 'UNAUTHORIZED'), { credentials });
    const failed = rejection(itemsOf(registry.tags('reg.test/a', { signal: controller.signal })));
    await vi.waitFor(() => expect(credentials).toHaveBeenCalledOnce(), { timeout: 60_000 });
    controller.abort(reason);
    expect(await failed).toBe(reason);
  });

  test('before the credentials fail leaves nobody to be told of that', async () => {
    const controller = new AbortController();
    const { registry } = fakeRegistry(
      () => {
        controller.abort(reason);
        return refusal(401, 'UNAUTHORIZED');
      },
      { credentials: () => Promise.reject(new Error('no file')) },
    );
    expect(await rejection(itemsOf(registry.tags('reg.test/a', { signal: controller.signal })))).toBe(reason);
  });

  test('of all who wait for a token ends the request for it, and the next begins anew', async () => {
    const tokens: SentRequest[] = [];
    const { registry } = fakeRegistry((request) => {
      if (request.url.includes('/token')) {
        return tokens.push(request) === 1 ? unanswered(request) : json({ token: 'good' });
      }
      if (request.headers.has('authorization')) return json({ tags: ['a'] });
      return status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token"' });
    });
    const controllers = [new AbortController(), new AbortController()];
    const failed = controllers.map(({ signal }) => rejection(itemsOf(registry.tags('reg.test/a', { signal }))));
    await vi.waitFor(() => expect(tokens).toHaveLength(1), { timeout: 60_000 });
    controllers[0]!.abort(reason);
    expect(await failed[0]).toBe(reason);
    expect(tokens[0]!.init.signal!.aborted).toBe(false);
    controllers[1]!.abort(reason);
    expect(await failed[1]).toBe(reason);
    expect(tokens[0]!.init.signal!.aborted).toBe(true);
    expect(await itemsOf(registry.tags('reg.test/a'))).toEqual(['a']);
    expect(tokens).toHaveLength(2);
  });
});

describe('withAuth: a credential that cannot be used', () => {
  const unusable = new CredentialsError('no base64', 'config.json');
  const credentials = (): never => {
    throw unusable;
  };
  const challenge = status(401, { 'www-authenticate': 'Bearer realm="https://reg.test/token"' });

  /** A registry of tokens for everybody, which answers so to those who have one. */
  function withTokens(
    answer: () => Response,
    token: () => Response = () => json({ token: 'anonymous' }),
  ): ReturnType<typeof fakeRegistry> {
    return fakeRegistry(
      ({ url, headers }) => {
        if (url.includes('/token')) return token();
        return headers.get('authorization') === 'Bearer anonymous' ? answer() : challenge.clone();
      },
      { credentials },
    );
  }

  test('is none where everybody gets a token, and where nobody is asked', async () => {
    const { registry, sent } = withTokens(() => json({ tags: ['a'] }));
    for (let time = 0; time < 2; time++) expect(await itemsOf(registry.tags('reg.test/a'))).toEqual(['a']);
    expect(sent().filter((name) => name.includes('/token'))).toHaveLength(1);
    const open = fakeRegistry(() => json({ tags: ['a'] }), { credentials });
    expect(await itemsOf(open.registry.tags('reg.test/a'))).toEqual(['a']);
  });

  test.for([400, 401, 403])('is the error when the token service refuses those without one with %i', async (code) => {
    const { registry } = withTokens(
      () => json({ tags: [] }),
      () => refusal(code, 'DENIED'),
    );
    for (let time = 0; time < 2; time++) expect(await rejection(itemsOf(registry.tags('reg.test/a')))).toBe(unusable);
  });

  test.for([401, 403])('is the error when the registry refuses the token for everybody with %i', async (code) => {
    const { registry } = withTokens(() => (code === 401 ? challenge.clone() : refusal(403, 'DENIED')));
    for (let time = 0; time < 2; time++) expect(await rejection(itemsOf(registry.tags('reg.test/a')))).toBe(unusable);
  });

  test('is the error at once where a password is asked for', async () => {
    const { registry, requests } = fakeRegistry(() => status(401, { 'www-authenticate': 'Basic realm="x"' }), {
      credentials,
    });
    expect(await rejection(itemsOf(registry.tags('reg.test/a')))).toBe(unusable);
    expect(requests).toHaveLength(1);
  });

  test('is not what another failure is about', async () => {
    const missing = withTokens(() => refusal(404, 'NAME_UNKNOWN')).registry;
    expect(await rejection(itemsOf(missing.tags('reg.test/a')))).toMatchObject({ code: 'NOT_FOUND' });
    const broken = withTokens(
      () => json({ tags: [] }),
      () => refusal(501, 'UNKNOWN'),
    ).registry;
    expect(await rejection(itemsOf(broken.tags('reg.test/a')))).toMatchObject({ code: 'REGISTRY', status: 501 });
    const elsewhere = withTokens(() =>
      Object.defineProperty(refusal(403, 'DENIED'), 'url', { value: 'https://cdn.test/blob' }),
    ).registry;
    expect(await rejection(itemsOf(elsewhere.tags('reg.test/a')))).toMatchObject({ code: 'DENIED' });
  });
});

describe('withAuth: what a function of the caller throws', () => {
  test.for([new TypeError('mine'), new TypeError('fetch failed'), new Error('mine')])(
    'is thrown as it is, and the request is not repeated: %s',
    async (mistake) => {
      const credentials = vi.fn(() => {
        throw mistake;
      });
      const { registry, requests } = fakeRegistry(() => refusal(401, 'UNAUTHORIZED'), { credentials });
      expect(await rejection(itemsOf(registry.tags('reg.test/a')))).toBe(mistake);
      expect(credentials).toHaveBeenCalledOnce();
      expect(requests).toHaveLength(1);
    },
  );
});
