import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CredentialsError, Registry, type RegistryWarning, UnauthorizedError } from 'oras-js';
import { dockerCredentials, login, type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rejection } from '../../support/content.ts';
import { Home } from './home.ts';

const alice = { username: 'alice', password: 's3cret-pass' };
const bob = { username: 'bob', password: 'other-pass' };
const files = [{ name: 'hello.txt', content: 'hi\n' }];

let home: Home;
let server: RunningServer;
let host: string;
/** Who was let in where: `alice org/hello`. */
let log: Set<string>;

beforeEach(async () => {
  home = new Home();
  for (const name of ['DOCKER_AUTH_CONFIG', 'REGISTRY_AUTH_FILE', 'XDG_CONFIG_HOME']) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home.path);
  vi.stubEnv('XDG_RUNTIME_DIR', `${home.path}/session`);
  vi.stubEnv('DOCKER_CONFIG', dirname(home.config));
  log = new Set();
  const auth = {
    scheme: 'bearer' as const,
    users: { alice: alice.password, bob: bob.password },
    access: (user: string | undefined, repository: string, actions: readonly ('pull' | 'push' | 'delete' | '*')[]) => {
      log.add(`${user} ${repository}`);
      return actions;
    },
  };
  server = await serve(createRegistryServer({ auth }));
  host = server.host;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  home.remove();
});

describe('login, and the registry that uses it', () => {
  test('what is stored is used by every client made without credentials, and by none with its own', async () => {
    const before = new Registry();
    expect(await rejection(before.push(`${host}/org/hello:v1`, files))).toBeInstanceOf(UnauthorizedError);
    await login(new Registry(), host, alice, dockerCredentials());
    expect(Object.keys(home.readConfig().auths as object)).toEqual([host]);
    await new Registry().push(`${host}/org/hello:v1`, files);
    // A client that was refused looks again.
    const { files: pulled } = await before.pull(`${host}/org/hello:v1`);
    expect(await (await pulled[0]!.blob()).text()).toBe('hi\n');
    expect([...log]).toEqual(['alice org/hello']);
    const anonymous = new Registry({ credentials: () => undefined });
    expect(await rejection(anonymous.pull(`${host}/org/hello:v1`))).toBeInstanceOf(UnauthorizedError);
  });

  test('a wrong password stores nothing, and keeps what is there', async () => {
    const wrong = { ...alice, password: 'wrong' };
    expect(await rejection(login(new Registry(), host, wrong, dockerCredentials()))).toBeInstanceOf(UnauthorizedError);
    expect(existsSync(home.config)).toBe(false);
    await login(new Registry(), host, alice, dockerCredentials());
    const stored = home.readConfig();
    expect(await rejection(login(new Registry(), host, wrong, dockerCredentials()))).toBeInstanceOf(UnauthorizedError);
    expect(home.readConfig()).toEqual(stored);
  });

  test('a registry that is not there stores nothing', async () => {
    await server.close();
    const registry = new Registry({ retry: { limit: 0 } });
    expect(await rejection(login(registry, host, alice, dockerCredentials()))).toMatchObject({ code: 'NETWORK' });
    expect(existsSync(home.config)).toBe(false);
  });

  test.for([
    ['an entry that cannot be decoded', (name: string): unknown => ({ auths: { [name]: { auth: 'hunter2*' } } })],
    ['a helper that is missing', (): unknown => ({ credsStore: 'missing' })],
    ['a file that is no JSON', (): unknown => '{'],
  ] as const)('%s is a warning, and the error when the registry wants a credential', async ([, config]) => {
    const users = { alice: alice.password };
    const open = await serve(createRegistryServer({ auth: { scheme: 'bearer', users, anonymousPull: true } }));
    try {
      const reference = `${open.host}/org/hello:v1`;
      await new Registry({ credentials: alice }).push(reference, files);
      home.writeConfig(config(open.host));
      const told: RegistryWarning[] = [];
      const registry = new Registry({ onWarning: (warning) => told.push(warning) });
      expect((await registry.pull(reference)).files).toHaveLength(1);
      const error = await rejection(registry.push(reference, [{ name: 'new.txt', content: 'new\n' }]));
      expect(error).toBeInstanceOf(CredentialsError);
      expect(told.map(({ text }) => text)).toEqual([(error as Error).message]);
      expect(JSON.stringify(told)).not.toContain('hunter2');
      home.write('session/containers/auth.json', { auths: { [open.host]: alice } });
      await registry.push(reference, files);
    } finally {
      await open.close();
    }
  });

  test('what is erased is used no more', async () => {
    const store = dockerCredentials();
    await login(new Registry(), host, alice, store);
    await new Registry().push(`${host}/org/hello:v1`, files);
    await store.erase(host);
    expect(JSON.stringify(home.readConfig())).not.toContain('auth"');
    expect(await rejection(new Registry().pull(`${host}/org/hello:v1`))).toBeInstanceOf(UnauthorizedError);
  });

  test("docker's HttpHeaders are left alone: they are sent nowhere", async () => {
    const store = dockerCredentials();
    await login(new Registry(), host, alice, store);
    home.writeConfig({ ...home.readConfig(), HttpHeaders: { 'X-Meta': 'SECRET' } });
    const sent: Headers[] = [];
    const registry = new Registry({
      fetch: (url, init) => {
        sent.push(new Headers(init?.headers));
        return fetch(url, init);
      },
    });
    await registry.push(`${host}/org/hello:v1`, files);
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.some((headers) => headers.has('x-meta'))).toBe(false);
  });

  test('a repository with credentials of its own uses those, with one client', async () => {
    const store = dockerCredentials();
    await login(new Registry(), host, alice, store);
    await store.store(`${host}/team`, bob);
    const registry = new Registry();
    await registry.push(`${host}/org/hello:v1`, files);
    await registry.push(`${host}/team/hello:v1`, files);
    await registry.pull(`${host}/org/hello:v1`);
    await registry.pull(`${host}/team/hello:v1`);
    expect([...log].sort()).toEqual(['alice org/hello', 'bob team/hello']);
  });

  test('an identity token is kept and used like a password', async () => {
    const query = new URLSearchParams({ service: 'registry', offline_token: 'true' });
    const authorization = `Basic ${btoa(`${alice.username}:${alice.password}`)}`;
    const answer = await fetch(`${server.url}/token?${query}`, { headers: { authorization } });
    const identityToken: string = (await answer.json()).refresh_token;
    await login(new Registry(), host, { identityToken }, dockerCredentials());
    expect(JSON.stringify(home.readConfig())).toContain('"identitytoken"');
    await new Registry().push(`${host}/org/hello:v1`, files);
    expect([...log]).toEqual(['alice org/hello']);
  });
});
