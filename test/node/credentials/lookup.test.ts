import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { RegistryWarning } from 'oras-js';
import type { CredentialStore, DockerCredentialsOptions } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locationsOf, type Machine } from '../../../src/node/credentials/locations.ts';
import { rejection } from '../../support/content.ts';
import { basic, credential, entry, Home } from './home.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

const broken = { code: 'CREDENTIALS' };

/** A store that looks in here, and what it warns of. */
function warned(options: DockerCredentialsOptions = {}): { store: CredentialStore; told: RegistryWarning[] } {
  const told: RegistryWarning[] = [];
  return { store: home.store({ onWarning: (warning) => told.push(warning), ...options }), told };
}

describe('dockerCredentials: entries', () => {
  test.for([
    ['auth', { auth: 'dXNlcm5hbWU6cGFzc3dvcmQ=' }, { username: 'username', password: 'password' }],
    ['a password with colons', { auth: basic('u', 'a:b:') }, { username: 'u', password: 'a:b:' }],
    ['a password in UTF-8', { auth: basic('ü', '密码') }, { username: 'ü', password: '密码' }],
    ['auth that docker padded with NULs', { auth: basic('u', 'p\0\0') }, { username: 'u', password: 'p' }],
    ['auth without a password', { auth: 'dXNlcm5hbWU6' }, { username: 'username', password: '' }],
    ['auth without a user name', { auth: 'OnBhc3N3b3Jk' }, { username: '', password: 'password' }],
    ['username and password', { username: 'u', password: 'p' }, { username: 'u', password: 'p' }],
    ['auth wins', { auth: basic('u', 'p'), username: 'x', password: 'y' }, { username: 'u', password: 'p' }],
    ['an empty auth loses', { auth: '', username: 'u', password: 'p' }, { username: 'u', password: 'p' }],
    ['identitytoken', { identitytoken: 't' }, { identityToken: 't' }],
    ['identitytoken and user', { auth: basic('u', ''), identitytoken: 't' }, { identityToken: 't', username: 'u' }],
    ['registrytoken', { registrytoken: 't' }, { token: 't' }],
    ['all of them', { auth: basic('u', 'p'), identitytoken: 'i', registrytoken: 't' }, { token: 't' }],
    ['nothing', {}, undefined],
    ['an empty auth', { auth: '' }, undefined],
    ['null', null, undefined],
    ['null in a field', { auth: null, username: 'u', password: 'p' }, { username: 'u', password: 'p' }],
    ['other fields', { email: 'u@example.com', __proto__: 1 }, undefined],
  ] as const)('%s', async ([, content, expected]) => {
    home.writeConfig({ auths: { 'reg.test': content } });
    expect(await home.store().get('reg.test')).toEqual(expected);
  });

  test.for([
    ['a text', 'dXNlcm5hbWU6aHVudGVyMg=='],
    ['a list', [basic('user', 'hunter2')]],
    ['a number for a token', { identitytoken: 123, password: 'hunter2' }],
    ['a list for a user name', { username: ['hunter2'] }],
    ['auth without a colon', { auth: 'd2hhdGV2ZXI=' }],
    ['auth that decodes to no text', { auth: 'whatever' }],
    ['auth that is no base64', { auth: 'user:hunter2' }],
    ['auth in Latin-1', { auth: Buffer.from('user:hunter2é', 'latin1').toString('base64') }],
  ] as const)('%s: an error for this entry only', async ([, content]) => {
    home.writeConfig({ auths: { 'reg.test': content, 'other.test': entry('other') } });
    const store = home.store();
    await expect(store.get('reg.test')).rejects.toMatchObject({ ...broken, source: home.config });
    await expect(store.get('reg.test')).rejects.toThrow(/^(?=.*reg\.test)(?=.*config\.json)(?!.*hunter2)/);
    expect(await store.get('other.test')).toEqual(credential('other'));
  });
});

describe('dockerCredentials: keys', () => {
  test('old keys are found by their host', async () => {
    const keys = ['http://a.test', 'https://b.test', 'http://c.test/', 'https://d.test/', 'https://e.test/path/'];
    home.writeConfig({ auths: Object.fromEntries(keys.map((key) => [key, entry(key)])) });
    for (const key of keys) expect(await home.store().get(new URL(key).host)).toEqual(credential(key));
  });

  test('an exact key wins over an old one, and an address is only itself', async () => {
    const address = 'https://reg.test/';
    home.writeConfig({ auths: { [address]: entry('old'), 'reg.test': entry('exact') } });
    expect(await home.store().get('reg.test')).toEqual(credential('exact'));
    expect(await home.store().get(address)).toEqual(credential('old'));
    expect(await home.store().get('http://reg.test/')).toBeUndefined();
  });

  test('nothing for hosts that only look alike', async () => {
    home.writeConfig({
      auths: { 'reg.test': entry('x'), 'https://old.test/v1/': entry('y'), 'port.test:5000': entry('z') },
    });
    const hosts = [
      'reg.test.evil.net',
      'evilreg.test',
      'test',
      'reg.test:5000',
      'REG.TEST',
      'port.test',
      'old.test:443',
    ];
    for (const host of [...hosts, 'evil.net/reg.test', 'old.test.evil.net', 'v1', 'https:', ''])
      expect([host, await home.store().get(host)]).toEqual([host, undefined]);
  });

  test('nothing for the names of what objects have', async () => {
    home.writeConfig(
      '{"auths": {"__proto__": {"auth": "dTpw"}}, "credHelpers": {"__proto__": "x"}, "__proto__": {"credsStore": "y"}}',
    );
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'reg.test'])
      expect([name, await home.store().get(name)]).toEqual([name, undefined]);
    expect(Object.hasOwn(Object.prototype, 'auth')).toBe(false);
  });

  test.for(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1/'])(
    'Docker Hub as %s',
    async (name) => {
      home.writeConfig({ auths: { 'docker.io': entry('podman'), 'https://index.docker.io/v1/': entry('docker') } });
      expect(await home.store().get(name)).toEqual(credential('docker'));
      home.writeConfig({ auths: { 'docker.io': entry('podman') } });
      expect(await home.store().get(name)).toEqual(credential('podman'));
      home.writeConfig({ auths: { 'https://registry-1.docker.io/v2/': entry('old') } });
      expect(await home.store().get(name)).toEqual(credential('old'));
      home.writeConfig({ auths: { 'https://index.docker.io.evil.net/v1/': entry('no') } });
      expect(await home.store().get(name)).toBeUndefined();
    },
  );

  test('a path has its own credentials, or those of the nearest parent', async () => {
    home.writeConfig({ auths: { 'reg.test/a/b': entry('a/b'), 'reg.test/a': entry('a'), 'reg.test': entry('host') } });
    const found = async (name: string): Promise<unknown> => (await home.store().get(name)) ?? 'none';
    expect(await found('reg.test/a/b/c')).toEqual(credential('a/b'));
    expect(await found('reg.test/a/bc')).toEqual(credential('a'));
    expect(await found('reg.test/ab')).toEqual(credential('host'));
    expect(await found('reg.test')).toEqual(credential('host'));
  });

  test('a whole host does not get the credentials of a path', async () => {
    home.writeConfig({ auths: { 'reg.test/a': entry('a'), 'docker.io/a': entry('hub') } });
    expect(await home.store().get('reg.test')).toBeUndefined();
    expect(await home.store().get('reg.test/b')).toBeUndefined();
    expect(await home.store().get('registry-1.docker.io/a/b')).toEqual(credential('hub'));
  });
});

describe('dockerCredentials: as the source of a registry', () => {
  test('asks for the repository when the scopes name just one', async () => {
    home.writeConfig({ auths: { 'reg.test/a': entry('a'), 'reg.test': entry('host') } });
    const source = home.store();
    expect(await source('reg.test', ['repository:a/x:pull,push', 'registry:catalog:*'])).toEqual(credential('a'));
    expect(await source('reg.test', ['repository:a/x:pull', 'repository:a/x:push'])).toEqual(credential('a'));
    expect(await source('reg.test', ['repository:a/x:pull', 'repository:a/y:pull'])).toEqual(credential('host'));
    expect(await source('reg.test', ['registry:catalog:*'])).toEqual(credential('host'));
    expect(await source('reg.test', [])).toEqual(credential('host'));
    expect(await source('reg.test')).toEqual(credential('host'));
  });
});

describe('dockerCredentials: files', () => {
  test.for([
    ['no file', undefined],
    ['an empty file', ''],
    ['white space', ' \n\t'],
    ['an empty object', '{}'],
    ['no auths', '{"auths": null, "credHelpers": null, "credsStore": null}'],
  ] as const)('%s: no credentials', async ([, text]) => {
    if (text !== undefined) home.writeConfig(text);
    expect(await home.store().get('reg.test')).toBeUndefined();
  });

  test.for([
    ['half a file', '{"auths": {"reg.test": {"password": "hunter2"'],
    ['a list', '["hunter2"]'],
    ['auths that are a text', '{"auths": "hunter2"}'],
    ['helpers that are a list', '{"credHelpers": ["hunter2"]}'],
  ])('%s: a warning that names the file and nothing of it, and the next is asked', async ([, text]) => {
    home.writeConfig(text);
    const { store, told } = warned();
    expect(await store.get('reg.test')).toBeUndefined();
    expect(told).toEqual([{ host: '', text: expect.stringContaining(home.config) }]);
    // It may have what the registry wants, and then that is what is wrong.
    const error = await rejection(store('reg.test'));
    expect(error).toMatchObject({ ...broken, source: home.config });
    expect(error).not.toHaveProperty('cause');
    home.write('.config/containers/auth.json', { auths: { 'reg.test': entry('podman') } });
    expect(await store.get('reg.test')).toEqual(credential('podman'));
    expect(await store('reg.test')).toEqual(credential('podman'));
    expect(told).toHaveLength(1);
    expect(String(error) + JSON.stringify(told)).not.toContain('hunter2');
  });

  test.for([
    ['a helper that is none', '{"credHelpers": {"reg.test": {"hunter2": 1}}}'],
    ['a credsStore that is none', '{"credsStore": ["hunter2"]}'],
  ])('%s: an error for the registries it is for', async ([what, text]) => {
    home.writeConfig(text);
    const { store, told } = warned();
    const error = await rejection(store.get('reg.test'));
    expect(error).toMatchObject({ ...broken, source: home.config });
    if (what === 'a helper that is none') expect(await store.get('other.test')).toBeUndefined();
    expect(told).toEqual([{ host: 'reg.test', text: (error as Error).message }]);
    home.write('.config/containers/auth.json', { auths: { 'reg.test': entry('podman') } });
    expect(await store.get('reg.test')).toEqual(credential('podman'));
    expect(String(error) + JSON.stringify(told)).not.toContain('hunter2');
  });

  test('a byte order mark is no part of it', async () => {
    home.writeConfig(`\ufeff${JSON.stringify({ auths: { 'reg.test': entry('x') } })}`);
    expect(await home.store().get('reg.test')).toEqual(credential('x'));
  });

  test('a directory: a warning that names it', async () => {
    mkdirSync(home.config, { recursive: true });
    const { store, told } = warned();
    expect(await store.get('reg.test')).toBeUndefined();
    expect(told).toEqual([{ host: '', text: `Cannot read credentials from ${home.config}: EISDIR` }]);
    await expect(store('reg.test')).rejects.toMatchObject({ ...broken, source: home.config });
  });

  test('a file that is broken is not written, whatever else there is', async () => {
    home.writeConfig('{');
    home.write('.config/containers/auth.json', { auths: { 'reg.test': entry('podman') } });
    const { store } = warned();
    await expect(store.store('reg.test', credential('new'))).rejects.toMatchObject({ ...broken, source: home.config });
    await expect(store.erase('reg.test')).rejects.toMatchObject({ ...broken, source: home.config });
    expect(readFileSync(home.config, 'utf8')).toBe('{');
  });

  test('nothing is read before it is needed, and again only when it has changed', async () => {
    home.writeConfig('{');
    const store = home.store();
    home.writeConfig({ auths: { 'reg.test': entry('first') } });
    expect(await store.get('reg.test')).toEqual(credential('first'));
    home.writeConfig({ auths: { 'reg.test': entry('other') } });
    // Of the same size, and the clock of a file system may be coarse.
    utimesSync(home.config, statSync(home.config).atime, new Date(0));
    expect(await store.get('reg.test')).toEqual(credential('other'));
    rmSync(home.config);
    expect(await store.get('reg.test')).toBeUndefined();
  });
});

describe('dockerCredentials: places', () => {
  // The first to ask first.
  const places = [
    '.docker/config.json',
    'session/containers/auth.json',
    '.config/containers/auth.json',
    '.dockercfg',
  ] as const;

  test('docker before podman, the session before the user; each has what those before it lack', async () => {
    home.environment.DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'reg.test': entry('variable') } });
    for (const place of places) {
      const auths = { 'reg.test': entry(place), [`only${places.indexOf(place)}.test`]: entry(place) };
      home.write(place, place === '.dockercfg' ? auths : { auths });
    }
    const store = home.store();
    for (const [index, place] of places.entries()) {
      expect(await store.get(`only${index}.test`)).toEqual(credential(place));
    }
    expect(await store.get('reg.test')).toEqual(credential('variable'));
    home.environment.DOCKER_AUTH_CONFIG = '';
    for (const place of places) {
      expect(await store.get('reg.test')).toEqual(credential(place));
      home.write(place, '');
    }
    expect(await store.get('reg.test')).toBeUndefined();
  });

  test('an entry that is empty leaves it to the places behind', async () => {
    home.writeConfig({ auths: { 'reg.test': {} } });
    home.write('session/containers/auth.json', { auths: { 'reg.test': entry('podman') } });
    expect(await home.store().get('reg.test')).toEqual(credential('podman'));
  });

  test('REGISTRY_AUTH_FILE stands for all files', async () => {
    home.writeConfig({ auths: { 'reg.test': entry('docker') } });
    home.environment.REGISTRY_AUTH_FILE = home.write('named.json', { auths: { 'other.test': entry('named') } });
    expect(await home.store().get('other.test')).toEqual(credential('named'));
    expect(await home.store().get('reg.test')).toBeUndefined();
    home.environment.DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'reg.test': entry('variable') } });
    expect(await home.store().get('reg.test')).toEqual(credential('variable'));
  });

  test('the option config is the only place', async () => {
    home.environment.DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'reg.test': entry('variable') } });
    home.environment.REGISTRY_AUTH_FILE = home.write('named.json', { auths: { 'reg.test': entry('named') } });
    const config = home.write('own.json', { auths: { 'own.test': entry('own') } });
    expect(await home.store({ config }).get('own.test')).toEqual(credential('own'));
    expect(await home.store({ config }).get('reg.test')).toBeUndefined();
    expect(await home.store({ config: join(home.path, 'missing.json') }).get('reg.test')).toBeUndefined();
  });

  test.for([
    ['no JSON', 'hunter2'],
    ['a variable that nobody expanded', '$DOCKER_AUTH_JSON'],
    ['a list', '["hunter2"]'],
    ['auths that are none', '{"auths": ["hunter2"]}'],
  ])('DOCKER_AUTH_CONFIG with %s: a warning, and the files are asked', async ([, text]) => {
    home.environment.DOCKER_AUTH_CONFIG = text;
    const { store, told } = warned();
    expect(await store.get('reg.test')).toBeUndefined();
    const error = await rejection(store('reg.test'));
    expect(error).toMatchObject({ ...broken, source: 'DOCKER_AUTH_CONFIG' });
    home.writeConfig({ auths: { 'reg.test': entry('docker') } });
    expect(await store.get('reg.test')).toEqual(credential('docker'));
    expect(told).toEqual([{ host: '', text: expect.stringContaining('DOCKER_AUTH_CONFIG') }]);
    expect(String(error) + JSON.stringify(told)).not.toMatch(/hunter2|JSON_/);
  });

  test.for<[string, object]>([
    ['headers', { HttpHeaders: { 'X-Meta': 'hunter2' } }],
    ['the helper of another registry', { credHelpers: { 'aws.test': 'hunter2' } }],
    ['helpers that are a list', { credHelpers: ['hunter2'] }],
    ['a helper that is none', { credsStore: { hunter2: 1 } }],
    ['a proxy', { proxies: { default: { httpProxy: 'http://u:hunter2@proxy.test' } } }],
  ])('DOCKER_AUTH_CONFIG with %s beside auths: its auths are used', async ([, fields]) => {
    home.environment.DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'reg.test': entry('variable') }, ...fields });
    home.writeConfig({ auths: { 'reg.test': entry('docker'), 'other.test': entry('docker') } });
    const { store, told } = warned();
    expect(await store.get('reg.test')).toEqual(credential('variable'));
    expect(await store.get('other.test')).toEqual(credential('docker'));
    expect(await store.get('nothing.test')).toBeUndefined();
    expect(await store('nothing.test')).toBeUndefined();
    expect(told).toEqual([{ host: '', text: expect.stringMatching(/^Only the auths of DOCKER_AUTH_CONFIG are used/) }]);
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  test.for<object>([{ credHelpers: { 'reg.test': 'hunter2' } }, { credsStore: 'hunter2' }])(
    'DOCKER_AUTH_CONFIG never starts a helper: %j',
    async (fields) => {
      home.environment.DOCKER_AUTH_CONFIG = JSON.stringify({ ...fields, auths: { 'reg.test/own': entry('variable') } });
      home.writeHelper('hunter2', 'exit 0');
      const { store, told } = warned();
      const error = await rejection(store.get('reg.test'));
      expect(error).toMatchObject({ ...broken, source: 'DOCKER_AUTH_CONFIG' });
      expect(String(error)).toMatch(/reg\.test .* credential helper, which no variable may start/);
      expect(await store.get('reg.test/own')).toEqual(credential('variable'));
      home.writeConfig({ auths: { 'reg.test': entry('docker') } });
      expect(await store.get('reg.test')).toEqual(credential('docker'));
      expect(told.at(-1)).toEqual({
        host: 'reg.test',
        text: `${(error as Error).message}; those in ${home.config} are used instead`,
      });
      expect(home.helperCalls()).toEqual([]);
      expect(String(error) + JSON.stringify(told)).not.toContain('hunter2');
    },
  );

  test('an entry that cannot be decoded: the next place is asked, for this registry only', async () => {
    const auths = { 'reg.test': { auth: '$DOCKER_AUTH_hunter2' }, 'other.test': entry('variable') };
    home.environment.DOCKER_AUTH_CONFIG = JSON.stringify({ auths });
    home.writeConfig({ auths: { 'reg.test': entry('docker'), 'other.test': entry('docker') } });
    const { store, told } = warned();
    expect(await store.get('other.test')).toEqual(credential('variable'));
    expect(told).toEqual([]);
    expect(await store.get('reg.test')).toEqual(credential('docker'));
    expect(await store('reg.test', ['repository:org/image:pull'])).toEqual(credential('docker'));
    const text = expect.stringMatching(
      /of reg\.test in DOCKER_AUTH_CONFIG: .*; those in .*config\.json are used instead$/,
    );
    expect(told).toEqual([{ host: 'reg.test', text }]);
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  test.for([
    ['Deno', Object.assign(new Error('Requires env access'), { name: 'NotCapable' }), 'NotCapable'],
    ['a system', Object.assign(new Error('no'), { code: 'EPERM' }), 'EPERM'],
  ] as const)(
    'variables that may not be read, as %s says it: a warning, and what may be read is used',
    async ([, denied, name]) => {
      const variables = home.environment;
      const environment = new Proxy(variables, {
        get: (_, key) => {
          if (key !== 'HOME') throw denied;
          return variables.HOME;
        },
      });
      const { store, told } = warned({ environment });
      expect(await store.get('reg.test')).toBeUndefined();
      await expect(store('reg.test')).rejects.toMatchObject({ ...broken, source: 'DOCKER_AUTH_CONFIG', cause: denied });
      home.writeConfig({ auths: { 'reg.test': entry('docker') } });
      expect(await store.get('reg.test')).toEqual(credential('docker'));
      expect(told).toEqual([{ host: '', text: `Cannot read the variable DOCKER_AUTH_CONFIG: ${name}` }]);
      home.writeConfig({ credsStore: 'test' });
      await expect(store.get('reg.test')).rejects.toMatchObject({
        ...broken,
        message: expect.stringContaining(`it could not be run (${name})`),
      });
      // With the option `config` no variable is needed.
      const config = home.write('own.json', { auths: { 'reg.test': entry('own') } });
      expect(await home.store({ environment, config }).get('reg.test')).toEqual(credential('own'));
    },
  );

  test('.dockercfg has entries only, and keys with a path', async () => {
    home.write('.dockercfg', { 'reg.test/v1/': entry('old'), credsStore: 'missing' });
    expect(await home.store().get('reg.test')).toEqual(credential('old'));
  });

  test('a symlink is followed', async () => {
    const file = home.write('dotfiles/config.json', { auths: { 'reg.test': entry('linked') } });
    mkdirSync(join(home.path, '.docker'));
    symlinkSync(file, home.config);
    expect(await home.store().get('reg.test')).toEqual(credential('linked'));
  });

  test('where they are', () => {
    const machine = { platform: 'linux', uid: 7, home: () => '/home' };
    const paths = (variables: Record<string, string>, other: Partial<Machine> = {}): string[] =>
      locationsOf(undefined, { HOME: '/h', ...variables }, { ...machine, ...other }).map(({ path }) => path);
    expect(paths({})).toEqual([
      '/h/.docker/config.json',
      '/run/containers/7/auth.json',
      '/h/.config/containers/auth.json',
      '/h/.dockercfg',
    ]);
    expect(paths({ DOCKER_CONFIG: '/d', XDG_RUNTIME_DIR: '/r', XDG_CONFIG_HOME: '/c' })).toEqual([
      '/d/config.json',
      '/r/containers/auth.json',
      '/c/containers/auth.json',
      '/h/.dockercfg',
    ]);
    expect(paths({ XDG_RUNTIME_DIR: '/r' }, { platform: 'darwin' })).toEqual([
      '/h/.docker/config.json',
      '/h/.config/containers/auth.json',
      '/h/.dockercfg',
    ]);
    expect(paths({}, { uid: undefined })).toEqual([
      '/h/.docker/config.json',
      '/h/.config/containers/auth.json',
      '/h/.dockercfg',
    ]);
    expect(paths({ HOME: '' })[0]).toBe('/home/.docker/config.json');
    const home = (): string => {
      throw new Error('there is none');
    };
    expect(paths({ HOME: '' }, { home })).toEqual(['/run/containers/7/auth.json']);
    expect(paths({ HOME: '' }, { home, platform: 'darwin' })).toEqual([]);
    expect(paths({ HOME: '', DOCKER_CONFIG: '/d', XDG_CONFIG_HOME: '/c' }, { home, platform: 'win32' })).toEqual([
      '/d/config.json',
      '/c/containers/auth.json',
    ]);
  });
});
