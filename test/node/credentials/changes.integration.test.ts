import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { basic, credential, entry, Home } from './home.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

const hub = 'https://index.docker.io/v1/';
const keep = `[ $1 = get ] && echo '{"Username": "user", "Secret": "helper"}'; exit 0`;

describe('dockerCredentials: store', () => {
  test.for([
    ['a password', { username: 'user', password: 'a:b' }, { auth: basic('user', 'a:b') }],
    ['an identity token', { identityToken: 't' }, { identitytoken: 't' }],
    [
      'an identity token of a user',
      { identityToken: 't', username: 'u' },
      { auth: basic('u', ''), identitytoken: 't' },
    ],
    ['a bearer token', { token: 't' }, { registrytoken: 't' }],
  ] as const)('%s: as docker writes it, and read again', async ([, stored, written]) => {
    const store = home.store();
    await store.store('reg.test', stored);
    expect(home.readConfig()).toEqual({ auths: { 'reg.test': written } });
    expect(await store.get('reg.test')).toEqual(stored);
    expect(await home.store().get('reg.test')).toEqual(stored);
  });

  test('a new file and its directory are for their owner alone', async () => {
    await home.store().store('reg.test', credential('x'));
    expect(statSync(home.config).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(home.config)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(home.config))).toEqual(['config.json']);
    expect(readFileSync(home.config, 'utf8')).toMatch(/^\{\n\t"auths": \{\n\t\t"reg\.test"/);
  });

  test('an existing file keeps its permissions', async () => {
    home.writeConfig({});
    chmodSync(home.config, 0o640);
    await home.store().store('reg.test', credential('x'));
    expect(statSync(home.config).mode & 0o777).toBe(0o640);
  });

  test('a symlink stays, and what it leads to is written', async () => {
    const file = home.write('dotfiles/config.json', { theme: 'dark' });
    mkdirSync(dirname(home.config));
    symlinkSync(file, home.config);
    await home.store().store('reg.test', credential('x'));
    expect(lstatSync(home.config).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ theme: 'dark', auths: { 'reg.test': entry('x') } });
    expect(readdirSync(dirname(file))).toEqual(['config.json']);
  });

  test('fields that are not known survive, in the file and in the entry', async () => {
    const old = { identitytoken: 'old', username: 'old', password: 'old', email: 'me@example.com' };
    const text = JSON.stringify({
      HttpHeaders: { A: 'b' },
      auths: { 'reg.test': old, 'other.test': { x: [1] } },
      z: null,
    });
    home.writeConfig(text.replace('{', '{"__proto__": {"x": 1}, '));
    await home.store().store('reg.test', credential('x'));
    const written = readFileSync(home.config, 'utf8');
    expect(Object.keys(JSON.parse(written))).toEqual(['__proto__', 'HttpHeaders', 'auths', 'z']);
    expect(home.readConfig().auths).toEqual({
      'reg.test': { email: 'me@example.com', ...entry('x') },
      'other.test': { x: [1] },
    });
  });

  test('an entry that cannot be read is replaced', async () => {
    home.writeConfig({ auths: { 'reg.test': 'a text' } });
    await home.store().store('reg.test', credential('x'));
    expect(home.readConfig()).toEqual({ auths: { 'reg.test': entry('x') } });
  });

  test('nothing is written when nothing changes', async () => {
    home.writeConfig(`${JSON.stringify({ auths: { 'reg.test': entry('x') } })}  `);
    const { ino } = statSync(home.config);
    await home.store().store('reg.test', credential('x'));
    expect(statSync(home.config).ino).toBe(ino);
  });

  test.for(['docker.io', 'index.docker.io', 'registry-1.docker.io', hub])('Docker Hub as %s', async (name) => {
    await home.store().store(name, credential('x'));
    expect(home.readConfig()).toEqual({ auths: { [hub]: entry('x') } });
  });

  test('a path', async () => {
    const store = home.store();
    await store.store('reg.test:5000/org', credential('org'));
    await store.store('index.docker.io/org', credential('hub'));
    expect(Object.keys(home.readConfig().auths as object)).toEqual(['reg.test:5000/org', 'docker.io/org']);
    expect(await store('reg.test:5000', ['repository:org/image:pull'])).toEqual(credential('org'));
    expect(await store('reg.test:5000', ['repository:other:pull'])).toBeUndefined();
    expect(await store('docker.io', ['repository:org/image:pull'])).toEqual(credential('hub'));
  });

  test.for(['', '__proto__', 'https://reg.test', 'reg.test/', 'reg.test/UPPER', 'a b', 'reg.test\nevil.test', '../x'])(
    'the name %j: refused',
    async (name) => {
      await expect(home.store().store(name, credential('x'))).rejects.toMatchObject({ code: 'INVALID_REFERENCE' });
      expect(existsSync(home.config)).toBe(false);
    },
  );

  test.for([
    ['a colon', { username: 'a:b', password: 'hunter2' }],
    ['a colon, with a token', { username: 'a:b', identityToken: 'hunter2' }],
    ['nothing, which docker could not read', { username: '', password: 'hunter2' }],
  ])('a user name with %s: refused', async ([, bad]) => {
    const error = await home
      .store()
      .store('reg.test', bad as { username: string; password: string })
      .catch(String);
    expect(error).toMatch(/^CredentialsError: (?=.*user name)(?!.*hunter2)/);
    expect(existsSync(home.config)).toBe(false);
  });

  test('plain text can be refused', async () => {
    const refused = home.store().store('reg.test', credential('hunter2'), { plaintext: false });
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(existsSync(home.config)).toBe(false);
  });

  test('with a helper: it keeps the credential, and the file only says so', async () => {
    home.writeConfig({ credHelpers: { 'reg.test': 'test' }, auths: { 'reg.test': { ...entry('old'), email: 'e' } } });
    home.writeHelper('test', keep);
    await home.store().store('reg.test', credential('new'), { plaintext: false });
    const input = '{"ServerURL":"reg.test","Username":"user","Secret":"new"}';
    expect(home.helperCalls()).toEqual([`test store ${input}`]);
    expect(home.readConfig()).toEqual({ credHelpers: { 'reg.test': 'test' }, auths: { 'reg.test': { email: 'e' } } });
    expect(await home.store().get('reg.test')).toEqual(credential('helper'));
  });

  test('with a helper: an identity token', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', keep);
    await home.store().store('docker.io', { identityToken: 't', username: 'u' });
    expect(home.helperCalls()).toEqual([`test store {"ServerURL":"${hub}","Username":"<token>","Secret":"t"}`]);
  });

  test.for([
    ['a bearer token', 'reg.test', { token: 'hunter2' }],
    ['credentials of a path', 'reg.test/org', credential('hunter2')],
  ] as const)('with a helper: %s are nothing for it', async ([, name, kept]) => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', keep);
    const before = home.readConfig();
    await expect(home.store().store(name, kept)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect([home.helperCalls(), home.readConfig()]).toEqual([[], before]);
  });

  test('with a helper that fails: nothing is stored, above all not in plain text', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', 'echo "$input"; echo "$input" >&2; exit 1');
    const error = await home
      .store()
      .store('reg.test', credential('hunter2'))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CREDENTIALS' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
    expect(home.readConfig()).toEqual({ credsStore: 'test' });
  });

  test('goes to the one file that is named', async () => {
    home.environment.REGISTRY_AUTH_FILE = join(home.path, 'new', 'auth.json');
    await home.store().store('reg.test', credential('x'));
    const config = join(home.path, 'own.json');
    await home.store({ config }).store('own.test', credential('y'));
    expect(await home.store().get('reg.test')).toEqual(credential('x'));
    expect(await home.store({ config }).get('own.test')).toEqual(credential('y'));
    expect(existsSync(home.config)).toBe(false);
  });

  test('a file that is broken is left alone', async () => {
    for (const text of ['{"auths": {"reg.test": {"password": "hunter2"', '{"auths": ["hunter2"]}']) {
      home.writeConfig(text);
      const error = await home
        .store()
        .store('reg.test', credential('x'))
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'CREDENTIALS', source: home.config });
      expect(inspect(error)).not.toContain('hunter2');
      await expect(home.store().erase('reg.test')).rejects.toMatchObject({ code: 'CREDENTIALS' });
      expect(readFileSync(home.config, 'utf8')).toBe(text);
    }
  });

  test('what is not a file is left alone', async () => {
    const stored = home.store({ config: '/dev/null' }).store('reg.test', credential('x'));
    await expect(stored).rejects.toMatchObject({ code: 'CREDENTIALS', source: '/dev/null' });
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('a place that cannot be written: an error, and nothing half-written', async () => {
    home.write('taken', '');
    const stored = home.store({ config: join(home.path, 'taken', 'config.json') }).store('reg.test', credential('x'));
    await expect(stored).rejects.toMatchObject({ code: 'CREDENTIALS' });
    expect(readdirSync(home.path)).toEqual(['taken']);
  });

  test('many at once, from several stores and by several paths: none is lost', async () => {
    symlinkSync(home.path, join(home.path, 'again'));
    const stores = [home.store(), home.store(), home.store({ config: join(home.path, 'again/.docker/config.json') })];
    const hosts = Array.from({ length: 30 }, (_, index) => `reg${index}.test`);
    await Promise.all(hosts.map((host, index) => stores[index % 3]!.store(host, credential(host))));
    expect(Object.keys(home.readConfig().auths as object).sort()).toEqual([...hosts].sort());
    await Promise.all(hosts.map((host, index) => stores[(index + 1) % 3]!.erase(host)));
    expect(home.readConfig()).toEqual({ auths: {} });
    expect(readdirSync(dirname(home.config))).toEqual(['config.json']);
  });

  test('a signal that is aborted: nothing is stored or erased', async () => {
    home.writeConfig({ auths: { 'reg.test': entry('old') } });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(home.store().store('reg.test', credential('x'), { signal })).rejects.toThrow('enough');
    await expect(home.store().erase('reg.test', { signal })).rejects.toThrow('enough');
    expect(home.readConfig()).toEqual({ auths: { 'reg.test': entry('old') } });
  });
});

describe('dockerCredentials: erase', () => {
  test('the entry and old ones of the host, and nothing else', async () => {
    const others = { 'reg.test:5000': entry('port'), 'reg.test/org': entry('path'), 'https://reg.test.evil.net/': {} };
    const auths = { 'reg.test': entry('x'), 'https://reg.test/v1/': entry('x'), 'http://reg.test': {}, ...others };
    home.writeConfig({ theme: 'dark', auths });
    const store = home.store();
    await store.erase('reg.test');
    expect(home.readConfig()).toEqual({ theme: 'dark', auths: others });
    expect(await store.get('reg.test')).toBeUndefined();
    await store.erase('reg.test/org');
    expect(Object.keys(home.readConfig().auths as object)).toEqual(['reg.test:5000', 'https://reg.test.evil.net/']);
  });

  test.for(['docker.io', 'registry-1.docker.io', hub])('Docker Hub as %s', async (name) => {
    home.writeConfig({ auths: { [hub]: entry('x'), 'docker.io': entry('x'), 'docker.io/org': entry('org') } });
    await home.store().erase(name);
    expect(home.readConfig()).toEqual({ auths: { 'docker.io/org': entry('org') } });
  });

  test('absent: the file is left alone, and none is made', async () => {
    await home.store().erase('reg.test');
    expect(readdirSync(home.path)).toEqual([]);
    home.writeConfig('{"auths": {"reg.test/org": {}},   "x": 1}');
    const { ino } = statSync(home.config);
    await home.store().erase('reg.test');
    await home.store().erase('reg.test/other');
    await home.store().erase('constructor');
    expect(statSync(home.config).ino).toBe(ino);
    home.writeConfig('');
    await home.store().erase('reg.test');
    expect(readFileSync(home.config, 'utf8')).toBe('');
  });

  test('with a helper: from both', async () => {
    home.writeConfig({ credsStore: 'test', auths: { 'reg.test': entry('old') } });
    home.writeHelper('test', 'echo credentials not found in native keychain; exit 1');
    await home.store().erase('reg.test');
    expect(home.helperCalls()).toEqual(['test erase reg.test']);
    expect(home.readConfig()).toEqual({ credsStore: 'test', auths: {} });
  });

  test('with a helper that fails: an error, and gone from the file', async () => {
    home.writeConfig({ credsStore: 'test', auths: { 'reg.test': entry('old') } });
    home.writeHelper('test', 'exit 1');
    await expect(home.store().erase('reg.test')).rejects.toMatchObject({ code: 'CREDENTIALS' });
    expect(home.readConfig()).toEqual({ credsStore: 'test', auths: {} });
  });
});

describe('dockerCredentials: secrets', () => {
  test('are not in what the store shows of itself', async () => {
    home.environment.DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'a.test': entry('hunter2') } });
    home.writeConfig({
      credHelpers: { 'reg.test': 'test' },
      auths: { 'b.test': { username: 'u', password: 'hunter2' } },
    });
    home.writeHelper('test', `echo '{"Username": "user", "Secret": "hunter2"}'`);
    const store = home.store();
    for (const host of ['a.test', 'b.test', 'reg.test'])
      expect(await store(host)).toMatchObject({ password: 'hunter2' });
    const shown = inspect(store, { depth: 9, showHidden: true }) + String(store) + JSON.stringify({ ...store });
    expect(shown).not.toMatch(/hunter2|aHVudGVyMg/);
  });
});
