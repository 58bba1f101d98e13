import { describe, expect, test } from 'vitest';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { fakeRepository, json, status } from '../../support/fake-fetch.ts';

const user = { username: 'alice', password: 'hunter2' };

describe('trust', () => {
  const challenge = { 'www-authenticate': 'Bearer realm="https://auth.example/token",service="x"' };

  test.for([
    ['trust', { trust: { realms: ['https://auth.example'] } }],
    ['hosts', { hosts: { 'reg.test': { realms: ['https://auth.example'] } } }],
  ] as const)('realms: credentials go to a token service that is listed (%s)', async ([, options]) => {
    const { repository, requests } = fakeRepository(
      ({ url, headers }) => {
        if (url.startsWith('https://auth.example/')) return json({ token: 'SECRET' });
        return headers.get('authorization') === 'Bearer SECRET' ? json({ tags: ['a'] }) : status(401, challenge);
      },
      { credentials: user, ...options },
    );
    expect(await itemsOf(repository.tags())).toEqual(['a']);
    expect(requests[1]!.headers.get('authorization')).toBe(`Basic ${btoa('alice:hunter2')}`);
  });

  test('realms: others stay closed, and the message says which it was and what to do', async () => {
    const { repository, requests } = fakeRepository(() => status(401, challenge), {
      credentials: user,
      trust: { realms: ['https://auth.test'], pages: ['https://auth.example'], uploads: ['https://auth.example'] },
    });
    expect(await rejection(itemsOf(repository.tags()))).toMatchObject({
      code: 'UNAUTHORIZED',
      message:
        'reg.test names a token service that is not trusted: auth.example is another host, ' +
        'and would get the credentials of reg.test; the trust option can allow it',
    });
    expect(requests).toHaveLength(1);
  });

  test('pages: a listed origin is asked for the next page, without credentials', async () => {
    const pages = ['https://pages.example'];
    const { repository, requests } = fakeRepository(
      ({ url, headers }) => {
        if (url.startsWith('https://pages.example/')) return json({ tags: ['b'] });
        if (!headers.has('authorization')) return status(401, { 'www-authenticate': 'Basic realm="x"' });
        return json({ tags: ['a'] }, { headers: { link: '<https://pages.example/2>; rel="next"' } });
      },
      { credentials: user, trust: { pages } },
    );
    expect(await itemsOf(repository.tags())).toEqual(['a', 'b']);
    expect(requests.map(({ headers }) => headers.has('authorization'))).toEqual([false, true, false]);
  });

  test.for([
    'https://attacker.example/2',
    'http://pages.example/2',
    'https://pages.example:444/2',
    'https://u@pages.example/',
  ])('pages: %s stays closed', async (next) => {
    const { repository, requests } = fakeRepository(
      () => json({ tags: ['a'] }, { headers: { link: `<${next}>; rel="next"` } }),
      { trust: { pages: ['https://pages.example'], realms: ['https://attacker.example'] } },
    );
    expect(await rejection(itemsOf(repository.tags()))).toMatchObject({ code: 'REGISTRY' });
    expect(requests).toHaveLength(1);
  });

  test('uploads: content goes to a listed origin on http, without credentials', async () => {
    const { repository, requests } = fakeRepository(
      ({ url, method, headers }) => {
        if (url.startsWith('http://reg.test/')) return status(201);
        if (!headers.has('authorization')) return status(401, { 'www-authenticate': 'Basic realm="x"' });
        return method === 'POST' ? status(202, { location: 'http://reg.test/u' }) : status(404);
      },
      { credentials: user, trust: { uploads: ['http://reg.test'] } },
    );
    await repository.push(descriptorOf('hello'), new Blob(['hello']));
    const sent = requests.filter(({ url }) => url.startsWith('http://'));
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `PUT http://reg.test/u?digest=${encodeURIComponent(descriptorOf('hello').digest)}`,
    ]);
    expect(sent[0]!.headers.has('authorization')).toBe(false);
  });

  test.for([undefined, { uploads: 'any' }, { uploads: [] }, { uploads: ['https://reg.test'] }] as const)(
    'uploads: http stays closed with %j',
    async (trust) => {
      const { repository, requests } = fakeRepository(
        ({ method }) => (method === 'POST' ? status(202, { location: 'http://reg.test/u' }) : status(404)),
        { trust },
      );
      expect(await rejection(repository.push(descriptorOf('hello'), new Blob(['hello'])))).toMatchObject({
        code: 'REGISTRY',
        message: expect.stringMatching(/Location downgrades from https to http$/),
      });
      expect(requests.map(({ url }) => new URL(url).protocol)).not.toContain('http:');
    },
  );

  test.for([401, 404])(
    'uploads: what another origin refuses with %i is said to be without credentials',
    async (code) => {
      const { repository, requests } = fakeRepository(
        ({ url, headers, method }) => {
          if (!url.startsWith('https://reg.test/')) return status(code);
          if (!headers.has('authorization')) return status(401, { 'www-authenticate': 'Basic realm="x"' });
          return method === 'POST' ? status(202, { location: 'https://reg.test:8443/u' }) : status(404);
        },
        { credentials: user, retry: { limit: 0 } },
      );
      const error = await rejection(repository.push(descriptorOf('hello'), new Blob(['hello'])));
      expect(String(error)).toContain(
        'sent the upload to https://reg.test:8443, another origin, which gets no credentials',
      );
      const elsewhere = requests.filter(({ url }) => url.includes('8443'));
      expect(elsewhere.map(({ headers }) => headers.has('authorization'))).not.toContain(true);
    },
  );
});
