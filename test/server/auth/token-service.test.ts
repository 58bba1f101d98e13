import type { AuthOptions } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { expectRefusal, headersOf, TestClient } from '../client.ts';
import { basic, bearer, tokenFor, tokenPath } from './fixtures.ts';

const users = { alice: 'wonderland', bob: 'builder' };
const auth: AuthOptions = {
  scheme: 'bearer',
  users,
  service: 'the registry',
  access: (user, repository, actions) =>
    user === 'alice' || repository.startsWith(`${user}/`) ? actions : actions.filter((action) => action === 'pull'),
};
const started = 1_700_000_000_000;

function clientOf(options: Partial<AuthOptions> = {}): TestClient & { now: number } {
  const client: TestClient & { now?: number } = new TestClient({
    auth: { ...auth, ...options },
    now: () => client.now!,
  });
  return Object.assign(client, { now: started });
}

function post(client: TestClient, form: Record<string, string>): Promise<Response> {
  return client.send('POST', '/token', { body: new URLSearchParams(form) });
}

async function jsonOf(answer: Promise<Response>): Promise<Record<string, string>> {
  const response = await answer;
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  return response.json();
}

const bob = basic('bob', users.bob);
const password = {
  grant_type: 'password',
  client_id: 'test',
  service: 'the registry',
  username: 'bob',
  password: 'builder',
};

describe('token service: GET', () => {
  test('the answer has all that the specification knows', async () => {
    const client = clientOf({ tokenLifetime: 90 });
    const path = tokenPath({ service: 'the registry', scope: 'repository:a:pull', account: 'bob', client_id: 'test' });
    const response = await client.send('GET', path, { headers: bob });
    expect(headersOf(response, 'cache-control', 'content-type')).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
    });
    const answer = await response.json();
    expect(answer).toEqual({
      token: expect.stringMatching(/^[0-9a-f]{64}$/),
      access_token: answer.token,
      scope: 'repository:a:pull',
      expires_in: 90,
      issued_at: new Date(started).toISOString(),
    });
  });

  test.for<[asked: string | string[], granted: string]>([
    ['repository:bob/x:pull,push', 'repository:bob/x:pull,push'],
    ['repository:bob/x:push,pull', 'repository:bob/x:pull,push'],
    ['repository:bob/x:*', 'repository:bob/x:pull,push,delete'],
    ['repository:a:pull,push,delete', 'repository:a:pull'],
    ['repository:a:push', ''],
    ['repository:a:pull repository:bob/x:pull,push', 'repository:a:pull repository:bob/x:pull,push'],
    [['repository:a:pull', 'repository:bob/x:delete'], 'repository:a:pull repository:bob/x:delete'],
    [['repository:bob/x:pull', 'repository:bob/x:push'], 'repository:bob/x:pull,push'],
    ['repository(plugin):a:pull', 'repository:a:pull'],
    ['registry:catalog:*', ''],
    ['repository:A:pull repository::pull registry::pull repository:host:5000/a:pull', ''],
    ['repository:a:fly other:a:pull repository:a nonsense : :: repository:_catalog:*', ''],
    ['', ''],
  ])('of %o bob gets "%s"', async ([scope, granted]) => {
    const path = tokenPath({ scope });
    expect((await jsonOf(clientOf().send('GET', path, { headers: bob }))).scope).toBe(granted);
  });

  test('who may list all repositories gets a token for it', async () => {
    const client = clientOf();
    const token = await tokenFor(client, basic('alice', users.alice), { scope: 'registry:catalog:*' });
    expect((await client.send('GET', '_catalog', { headers: bearer(token) })).status).toBe(200);
  });

  test('a wrong password, or none, is 401', async () => {
    for (const headers of [basic('bob', 'x'), basic('x', 'x'), bearer('x'), {}]) {
      const refused = await clientOf().send('GET', '/token?scope=repository:a:pull', { headers });
      expect(refused.headers.get('www-authenticate')).toBe('Basic realm="registry"');
      await expectRefusal(refused, 401, 'UNAUTHORIZED');
    }
  });

  test('without a name: a token for pulling where everybody may, but never a refresh token', async () => {
    const client = clientOf({ anonymousPull: true });
    const path = tokenPath({ scope: 'repository:a:pull,push', offline_token: 'true' });
    const answer = await jsonOf(client.send('GET', path));
    expect([answer.scope, answer.refresh_token]).toEqual(['repository:a:pull', undefined]);
    await expectRefusal(await client.send('GET', path, { headers: basic('bob', 'x') }), 401, 'UNAUTHORIZED');
  });

  test('the token service of another registry is not this one', async () => {
    const response = await clientOf().send('GET', '/token?service=other', { headers: bob });
    await expectRefusal(response, 400, 'UNSUPPORTED');
  });

  test('offline_token gives a refresh token, and only to those who ask for it', async () => {
    const get = (query: string): Promise<Record<string, string>> =>
      jsonOf(clientOf().send('GET', `/token?${query}`, { headers: bob }));
    expect((await get('offline_token=true')).refresh_token).toMatch(/^[0-9a-f]{64}$/);
    expect(await get('offline_token=false')).not.toHaveProperty('refresh_token');
    expect(await get('')).not.toHaveProperty('refresh_token');
  });
});

describe('token service: POST', () => {
  test('a name and a password', async () => {
    const client = clientOf();
    const answer = await jsonOf(post(client, { ...password, scope: 'repository:bob/x:pull,push repository:a:push' }));
    expect(answer).toEqual({
      token: answer.access_token,
      access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
      scope: 'repository:bob/x:pull,push',
      expires_in: 300,
      issued_at: new Date(started).toISOString(),
    });
    const headers = bearer(answer.access_token!);
    expect((await client.send('POST', 'bob/x/blobs/uploads/', { headers })).status).toBe(202);
  });

  test('a refresh token, again and again, for any scope its user has', async () => {
    const client = clientOf();
    const { refresh_token = '' } = await jsonOf(post(client, { ...password, access_type: 'offline' }));
    for (const scope of ['repository:bob/x:push', 'repository:a:pull']) {
      const form = { grant_type: 'refresh_token', client_id: 'test', service: 'the registry', scope, refresh_token };
      const answer = await jsonOf(post(client, form));
      expect([answer.scope, answer.refresh_token]).toEqual([scope, refresh_token]);
    }
  });

  test('a refresh token outlasts tokens, but not for ever; and neither is the other', async () => {
    const client = clientOf();
    const { refresh_token = '', token = '' } = await jsonOf(post(client, { ...password, access_type: 'offline' }));
    const refresh = (value: string): Promise<Response> =>
      post(client, { grant_type: 'refresh_token', client_id: 'test', service: 'the registry', refresh_token: value });
    await expectRefusal(await refresh(token), 401, 'UNAUTHORIZED');
    expect((await client.send('GET', '/v2/', { headers: bearer(token) })).status).toBe(200);
    expect((await client.send('GET', '/v2/', { headers: bearer(refresh_token) })).status).toBe(401);
    client.now += 24 * 60 * 60 * 1000 - 1;
    expect((await client.send('GET', '/v2/', { headers: bearer(token) })).status).toBe(401);
    expect((await refresh(refresh_token)).status).toBe(200);
    client.now += 1;
    await expectRefusal(await refresh(refresh_token), 401, 'UNAUTHORIZED');
  });

  test.for(['grant_type', 'client_id', 'service', 'username', 'password'])('without %s it is 400', async (name) => {
    const form = Object.fromEntries(Object.entries(password).filter(([key]) => key !== name));
    await expectRefusal(await post(clientOf(), form), 400, 'UNSUPPORTED');
  });

  test('a wrong password is 401, another grant or service 400, another type 415, too much 413', async () => {
    const client = clientOf({ anonymousPull: true });
    await expectRefusal(await post(client, { ...password, password: 'x' }), 401, 'UNAUTHORIZED');
    await expectRefusal(await post(client, { ...password, grant_type: 'code' }), 400, 'UNSUPPORTED');
    await expectRefusal(await post(client, { ...password, service: 'other' }), 400, 'UNSUPPORTED');
    await expectRefusal(await client.send('POST', '/token', { body: 'grant_type=password' }), 415, 'UNSUPPORTED');
    await expectRefusal(await post(client, { ...password, scope: 'x'.repeat(20_000) }), 413, 'SIZE_INVALID');
    await expectRefusal(await client.send('DELETE', '/token'), 405, 'UNSUPPORTED');
  });
});

describe('token service: limits', () => {
  test('only so many tokens are kept, and the oldest go first', async () => {
    const client = clientOf();
    const first = await tokenFor(client, bob, {});
    const second = await tokenFor(client, bob, {});
    for (let i = 0; i < 4095; i++) await client.send('GET', '/token', { headers: bob });
    expect((await client.send('GET', '/v2/', { headers: bearer(first) })).status).toBe(401);
    expect((await client.send('GET', '/v2/', { headers: bearer(second) })).status).toBe(200);
  });
});
