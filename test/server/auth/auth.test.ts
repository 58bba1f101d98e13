import { MemoryStorage, Registry, type StorageAdapter } from 'oras-js';
import { type AccessRule, type AuthOptions, createRegistryServer } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { expectRefusal, manifestOf, TestClient } from '../client.ts';
import { basic, bearer, challengesOf, tokenFor } from './fixtures.ts';

const users = { alice: 'wonder: land', bob: 'builder', zoë: 'pässwörd' };
const unknown = `sha256:${'0'.repeat(64)}`;

/** A storage with a repository `a/b`, which has a manifest `v1` and a blob, and `other`, which has the blob. */
async function seeded(): Promise<{ storage: StorageAdapter; blob: string; manifest: string }> {
  const storage = new MemoryStorage();
  const open = new TestClient({ storage });
  const blob = await open.pushBlob('a/b', '{}');
  await open.pushBlob('other', 'only in other');
  const manifest = await open.pushManifest('a/b', manifestOf(), 'v1');
  return { storage, blob, manifest };
}

async function clientOf(auth: AuthOptions): Promise<{ client: TestClient; blob: string; manifest: string }> {
  const { storage, ...digests } = await seeded();
  return { client: new TestClient({ storage, auth }), ...digests };
}

describe('auth: basic', () => {
  test('without a name: 401 with the challenge, for whatever path of the API', async () => {
    const { client } = await clientOf({ scheme: 'basic', users, realm: 'the "best" registry' });
    for (const path of ['/v2/', '_catalog', 'a/b/manifests/v1', 'missing/tags/list']) {
      const response = await client.send('GET', path);
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="the \\"best\\" registry"');
      await expectRefusal(response, 401, 'UNAUTHORIZED');
    }
    const head = await client.send('HEAD', 'a/b/manifests/v1');
    expect([head.status, await head.text()]).toEqual([401, '']);
    expect(head.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  test('with name and password: everything', async () => {
    const { client, manifest } = await clientOf({ scheme: 'basic', users });
    for (const name of Object.keys(users) as (keyof typeof users)[]) {
      const headers = basic(name, users[name]);
      expect((await client.send('GET', '/v2/', { headers })).status).toBe(200);
      expect((await client.send('POST', 'a/b/blobs/uploads/', { headers })).status).toBe(202);
      expect((await client.send('GET', '_catalog', { headers })).status).toBe(200);
    }
    const headers = basic('bob', users.bob);
    expect((await client.send('DELETE', `a/b/manifests/${manifest}`, { headers })).status).toBe(202);
  });

  test('the scheme is in any case', async () => {
    const { client } = await clientOf({ scheme: 'basic', users });
    const { authorization } = basic('bob', users.bob);
    const headers = { authorization: authorization.replace('Basic', 'bAsIc') };
    expect((await client.send('GET', '/v2/', { headers })).status).toBe(200);
  });

  test.for([
    basic('alice', 'wrong'),
    basic('alice', ''),
    basic('alice', 'wonder: lan'),
    basic('alice', 'wonder: land '),
    basic('nobody', 'builder'),
    basic('', ''),
    basic('__proto__', 'x'),
    { authorization: 'Basic' },
    { authorization: 'Basic ' },
    { authorization: 'Basic %%%' },
    { authorization: `Basic ${btoa('alice')}` },
    { authorization: `Bearer ${btoa('bob:builder')}` },
    { authorization: `Digest ${btoa('bob:builder')}` },
    { authorization: btoa('bob:builder') },
  ])('%o is 401, also for what everybody may do', async (headers) => {
    const { client } = await clientOf({ scheme: 'basic', users, anonymousPull: true });
    await expectRefusal(await client.send('GET', 'a/b/manifests/v1', { headers }), 401, 'UNAUTHORIZED');
  });

  test('anonymousPull: pulling is for everybody, all else and the question who it is are not', async () => {
    const { client, blob, manifest } = await clientOf({ scheme: 'basic', users, anonymousPull: true });
    for (const path of ['a/b/manifests/v1', `a/b/blobs/${blob}`, 'a/b/tags/list', `a/b/referrers/${manifest}`]) {
      expect((await client.send('GET', path)).status).toBe(200);
    }
    await expectRefusal(await client.send('GET', '/v2/'), 401, 'UNAUTHORIZED');
    await expectRefusal(await client.send('GET', '_catalog'), 401, 'UNAUTHORIZED');
    await expectRefusal(await client.send('POST', 'a/b/blobs/uploads/'), 401, 'UNAUTHORIZED');
    await expectRefusal(await client.send('DELETE', 'a/b/manifests/v1'), 401, 'UNAUTHORIZED');
    expect((await client.send('GET', 'a/b/manifests/v1')).status).toBe(200);
  });

  test('a known user without the right is 403, and nothing happens', async () => {
    const access: AccessRule = (user, repository, actions) =>
      user === 'alice' || repository === `${user}` ? actions : actions.filter((action) => action === 'pull');
    const { client, manifest } = await clientOf({ scheme: 'basic', users, access });
    const headers = basic('bob', users.bob);
    await expectRefusal(await client.send('POST', 'a/b/blobs/uploads/', { headers }), 403, 'DENIED');
    const refused = await client.send('DELETE', `a/b/manifests/${manifest}`, { headers });
    expect(refused.headers.get('www-authenticate')).toBe(null);
    await expectRefusal(refused, 403, 'DENIED');
    await expectRefusal(await client.send('GET', '_catalog', { headers }), 403, 'DENIED');
    expect((await client.send('GET', 'a/b/manifests/v1', { headers })).status).toBe(200);
    expect((await client.send('POST', 'bob/blobs/uploads/', { headers })).status).toBe(202);
  });

  test('a mount needs the right to pull from its source', async () => {
    const access: AccessRule = (user, repository, actions) =>
      user === 'alice' || repository === 'mine' ? actions : [];
    const { client, blob } = await clientOf({ scheme: 'basic', users, access });
    const mount = (query: string, user: 'alice' | 'bob'): Promise<Response> =>
      client.send('POST', `mine/blobs/uploads/?mount=${blob}${query}`, { headers: basic(user, users[user]) });
    await expectRefusal(await mount('&from=a/b', 'bob'), 403, 'DENIED');
    // From anywhere is from anywhere the user may pull from.
    expect((await mount('', 'bob')).status).toBe(202);
    expect((await mount('&from=a/b', 'alice')).status).toBe(201);
    expect((await mount('', 'bob')).status).toBe(201);
  });

  test('what a rule allows beyond the question is not allowed', async () => {
    const { client } = await clientOf({
      scheme: 'basic',
      users,
      anonymousPull: true,
      access: () => ['pull', 'push', 'delete', '*'],
    });
    expect((await client.send('GET', 'a/b/manifests/v1')).status).toBe(200);
    await expectRefusal(await client.send('POST', 'a/b/blobs/uploads/'), 401, 'UNAUTHORIZED');
    await expectRefusal(await client.send('GET', '_catalog'), 401, 'UNAUTHORIZED');
  });

  test('there is no token service', async () => {
    const { client } = await clientOf({ scheme: 'basic', users });
    await expectRefusal(await client.send('GET', '/token', { headers: basic('bob', users.bob) }), 404, 'NAME_UNKNOWN');
  });
});

describe('auth: bearer', () => {
  const auth: AuthOptions = { scheme: 'bearer', users, service: 'the registry' };

  test.for<[method: string, path: string, scope: string | undefined]>([
    ['GET', '/v2/', undefined],
    ['GET', '_catalog', 'registry:catalog:*'],
    ['GET', 'a/b/tags/list', 'repository:a/b:pull'],
    ['GET', 'a/b/manifests/v1', 'repository:a/b:pull'],
    ['HEAD', 'a/b/manifests/v1', 'repository:a/b:pull'],
    ['PUT', 'a/b/manifests/v1', 'repository:a/b:pull,push'],
    ['DELETE', 'a/b/manifests/v1', 'repository:a/b:delete'],
    ['GET', `a/b/referrers/${unknown}`, 'repository:a/b:pull'],
    ['HEAD', `a/b/blobs/${unknown}`, 'repository:a/b:pull'],
    ['DELETE', `a/b/blobs/${unknown}`, 'repository:a/b:delete'],
    ['POST', 'a/b/blobs/uploads/', 'repository:a/b:pull,push'],
    ['POST', `a/b/blobs/uploads/?mount=${unknown}&from=c/d`, 'repository:a/b:pull,push repository:c/d:pull'],
    ['POST', `a/b/blobs/uploads/?mount=${unknown}&from=a/b`, 'repository:a/b:pull,push'],
    ['POST', `a/b/blobs/uploads/?mount=${unknown}`, 'repository:a/b:pull,push'],
    ['GET', 'a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
    ['PATCH', 'a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
    ['PUT', 'a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
    ['DELETE', 'a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
  ])('%s %s asks for %s, and is answered with a token for it', async ([method, path, scope]) => {
    const { client } = await clientOf(auth);
    const refused = await client.send(method, path);
    expect(refused.status).toBe(401);
    expect(challengesOf(refused)).toEqual([
      {
        scheme: 'bearer',
        realm: 'http://registry.test/token',
        service: 'the registry',
        ...(scope !== undefined && { scope }),
      },
    ]);
    const headers = bearer(await tokenFor(client, basic('bob', users.bob), { service: 'the registry', scope }));
    expect((await client.send(method, path, { headers })).status).not.toBe(401);
  });

  test('a token without the scope is 401 insufficient_scope, with the scope that is needed', async () => {
    const { client } = await clientOf(auth);
    const headers = bearer(await tokenFor(client, basic('bob', users.bob), { scope: 'repository:a/b:pull' }));
    expect((await client.send('GET', 'a/b/manifests/v1', { headers })).status).toBe(200);
    for (const [method, path, scope] of [
      ['POST', 'a/b/blobs/uploads/', 'repository:a/b:pull,push'],
      ['DELETE', 'a/b/manifests/v1', 'repository:a/b:delete'],
      ['GET', 'other/tags/list', 'repository:other:pull'],
      ['GET', '_catalog', 'registry:catalog:*'],
    ] as const) {
      const refused = await client.send(method, path, { headers });
      expect(challengesOf(refused)[0]).toMatchObject({ error: 'insufficient_scope', scope });
      await expectRefusal(refused, 401, 'UNAUTHORIZED');
    }
  });

  test('a mount needs a token for both repositories', async () => {
    const { client, blob } = await clientOf(auth);
    const mount = async (...scope: string[]): Promise<number> => {
      const headers = bearer(await tokenFor(client, basic('bob', users.bob), { scope }));
      return (await client.send('POST', `new/blobs/uploads/?mount=${blob}&from=a/b`, { headers })).status;
    };
    expect(await mount('repository:new:pull,push')).toBe(401);
    expect(await mount('repository:a/b:pull')).toBe(401);
    expect(await mount('repository:new:pull,push', 'repository:a/b:pull')).toBe(201);
  });

  test('a mount from anywhere is from where the token allows to pull', async () => {
    const { client, blob } = await clientOf(auth);
    const mount = async (...scope: string[]): Promise<number> => {
      const headers = bearer(await tokenFor(client, basic('bob', users.bob), { scope }));
      return (await client.send('POST', `new/blobs/uploads/?mount=${blob}`, { headers })).status;
    };
    expect(await mount('repository:new:pull,push')).toBe(202);
    expect(await mount('repository:new:pull,push', 'repository:other:pull')).toBe(202);
    expect(await mount('repository:new:pull,push', 'repository:a/b:pull')).toBe(201);
  });

  test('a token ends with its lifetime: 401 invalid_token', async () => {
    let now = 1_700_000_000_000;
    const { storage } = await seeded();
    const client = new TestClient({ storage, auth: { ...auth, tokenLifetime: 60 }, now: () => now });
    const headers = bearer(await tokenFor(client, basic('bob', users.bob), { scope: 'repository:a/b:pull' }));
    now += 59_999;
    expect((await client.send('GET', 'a/b/manifests/v1', { headers })).status).toBe(200);
    now += 1;
    const refused = await client.send('GET', 'a/b/manifests/v1', { headers });
    expect(challengesOf(refused)[0]).toMatchObject({ error: 'invalid_token', scope: 'repository:a/b:pull' });
    await expectRefusal(refused, 401, 'UNAUTHORIZED');
  });

  test.for(['', 'x', '__proto__', '0'.repeat(64), 'a b'])('the token "%s" is 401 invalid_token', async (token) => {
    const { client } = await clientOf(auth);
    const refused = await client.send('GET', '/v2/', { headers: { authorization: `Bearer  ${token}` } });
    expect(refused.status).toBe(401);
    // Spaces at the end of a header are no part of it, so that nothing is left of an empty token.
    expect(challengesOf(refused)[0]?.error).toBe(token === '' ? undefined : 'invalid_token');
  });

  test('a name and a password are no token', async () => {
    const { client } = await clientOf(auth);
    const refused = await client.send('GET', '/v2/', { headers: basic('bob', users.bob) });
    expect(challengesOf(refused)).toHaveLength(1);
    await expectRefusal(refused, 401, 'UNAUTHORIZED');
  });

  test('anonymousPull: everybody gets a token, which is for pulling', async () => {
    const { client } = await clientOf({ ...auth, anonymousPull: true });
    expect((await client.send('GET', 'a/b/manifests/v1')).status).toBe(401);
    const scope = 'repository:a/b:pull,push';
    const headers = bearer(await tokenFor(client, {}, { scope }));
    expect((await client.send('GET', '/v2/', { headers })).status).toBe(200);
    expect((await client.send('GET', 'a/b/manifests/v1', { headers })).status).toBe(200);
    const refused = await client.send('POST', 'a/b/blobs/uploads/', { headers });
    expect(challengesOf(refused)[0]).toMatchObject({ error: 'insufficient_scope', scope });
  });
});

describe('auth: several schemes', () => {
  test.for<['basic' | 'bearer', 'basic' | 'bearer']>([
    ['bearer', 'basic'],
    ['basic', 'bearer'],
  ])('%s, %s are offered in one header, and either is taken', async (scheme) => {
    const { client } = await clientOf({ scheme, users, realm: 'a, b' });
    const refused = await client.send('GET', 'a/b/manifests/v1');
    const challenges = challengesOf(refused);
    expect(challenges.map((challenge) => challenge.scheme)).toEqual(scheme);
    expect(challenges.find((challenge) => challenge.scheme === 'basic')?.realm).toBe('a, b');
    const byName = basic('bob', users.bob);
    expect((await client.send('GET', 'a/b/manifests/v1', { headers: byName })).status).toBe(200);
    const byToken = bearer(await tokenFor(client, byName, { scope: 'repository:a/b:pull' }));
    expect((await client.send('GET', 'a/b/manifests/v1', { headers: byToken })).status).toBe(200);
    expect((await client.send('GET', 'a/b/manifests/v1', { headers: basic('bob', 'x') })).status).toBe(401);
    expect((await client.send('GET', 'a/b/manifests/v1', { headers: bearer('x') })).status).toBe(401);
  });
});

describe('auth: pages of other origins', () => {
  test('a preflight is answered before anybody is asked who they are', async () => {
    const { client } = await clientOf({ scheme: ['bearer', 'basic'], users });
    for (const path of ['/v2/', 'a/b/blobs/uploads/', '/token']) {
      const response = await client.send('OPTIONS', path, { headers: { origin: 'https://page.test' } });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([204, null]);
      expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
    }
  });

  test('a page can read why it was refused, and the token', async () => {
    const { client } = await clientOf({ scheme: 'bearer', users });
    const headers = { origin: 'https://page.test' };
    for (const path of ['/v2/', '/token']) {
      const refused = await client.send('GET', path, { headers });
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
      expect(refused.headers.get('access-control-expose-headers')).toContain('www-authenticate');
    }
    const answered = await client.send('GET', '/token', { headers: { ...headers, ...basic('bob', users.bob) } });
    expect([answered.status, answered.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  });
});

describe('auth: options', () => {
  test.for<Partial<AuthOptions>>([
    { tokenLifetime: 0 },
    { tokenLifetime: Number.NaN },
    { realm: 'a\nb' },
    { service: 'ü' },
    { users: { 'a:b': 'c' } },
    { users: { '': 'c' } },
  ])('%o cannot be used', (options) => {
    expect(() => createRegistryServer({ auth: { scheme: 'bearer', users, ...options } })).toThrow(RangeError);
  });

  test('a rule that fails is 500, and told', async () => {
    const access = (): never => {
      throw new Error('no database');
    };
    const { client } = await clientOf({ scheme: 'basic', users, access });
    const response = await client.send('GET', 'a/b/manifests/v1', { headers: basic('bob', users.bob) });
    await expectRefusal(response, 500, 'UNKNOWN');
    expect(client.errors).toEqual([new Error('no database')]);
  });
});

describe('auth: the client', () => {
  test.for<AuthOptions['scheme']>(['basic', 'bearer', ['bearer', 'basic'], ['basic', 'bearer']])(
    'pushes and pulls by %s',
    async (scheme) => {
      const server = createRegistryServer({ auth: { scheme, users, anonymousPull: true } });
      const credentials = { username: 'alice', password: users.alice };
      const options = { fetch: server, host: 'registry.test', plainHttp: true };
      const files = [{ name: 'hello.txt', content: 'hello' }];
      const { descriptor } = await new Registry({ ...options, credentials }).push('registry.test/a/b:v1', files, {
        artifactType: 'application/vnd.test',
      });
      const pulled = await new Registry(options).pull('registry.test/a/b:v1');
      expect(pulled.descriptor.digest).toBe(descriptor.digest);
      await expect(new Registry(options).push('registry.test/a/b:v2', files)).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
      });
    },
  );
});
