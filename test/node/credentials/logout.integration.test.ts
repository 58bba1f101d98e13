import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { login, logout } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { credential, entry, Home } from './home.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => {
  vi.unstubAllEnvs();
  home.remove();
});

const hub = 'https://index.docker.io/v1/';
const willing = { ping: async () => {} };

/** A helper that has one credential, in a file, and does not say whether it erased one. */
const keeper = `case $1 in
  store) printf %s "$input" >"$HOME/kept" ;;
  get) [ -f "$HOME/kept" ] || { echo credentials not found in native keychain; exit 1; }
    echo '{"Username": "user", "Secret": "helper"}' ;;
  erase) rm -f "$HOME/kept" ;;
esac`;

describe('logout', () => {
  test('what login stored is gone, and it says that there was something', async () => {
    const store = home.store();
    await login(willing, 'reg.test', credential('x'), store);
    expect(await logout('reg.test', { store })).toBe(true);
    expect(await store('reg.test')).toBeUndefined();
    expect(home.readConfig()).toEqual({ auths: {} });
    expect(await logout('reg.test', { store })).toBe(false);
  });

  test('without a store: where docker keeps credentials', async () => {
    vi.stubEnv('REGISTRY_AUTH_FILE', home.write('auth.json', { auths: { 'reg.test': entry('x') } }));
    expect(await logout('reg.test')).toBe(true);
    expect(JSON.parse(readFileSync(join(home.path, 'auth.json'), 'utf8'))).toEqual({ auths: {} });
    expect(await logout('reg.test')).toBe(false);
  });

  test.for([
    ['reg.test', ['reg.test', 'https://reg.test', 'http://reg.test/v1/', 'https://reg.test/v2/']],
    ['reg.test:5000', ['reg.test:5000', 'https://reg.test:5000/v1/']],
    ['docker.io', [hub, 'docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://registry-1.docker.io/v2/']],
  ] as const)('%s: all of its keys, each alone and together, and nothing else', async ([host, keys]) => {
    const others = {
      'reg.test:5001': entry('port'),
      'reg.test.evil.net': entry('longer'),
      'other.test': { auth: '', x: [1] },
      'docker.io/org': entry('path'),
    };
    for (const some of [...keys.map((key) => [key]), keys]) {
      const content = { HttpHeaders: { A: 'b' }, auths: { ...others }, credHelpers: { 'x.test': 'x' }, z: null };
      const present = Object.fromEntries(some.map((key) => [key, entry('x')]));
      home.writeConfig({ ...content, auths: { ...present, ...others } });
      expect(await logout(host, { store: home.store() }), String(some)).toBe(true);
      expect(home.readConfig()).toEqual(content);
      expect(Object.keys(home.readConfig())).toEqual(Object.keys(content));
    }
  });

  test('nothing there: it says so, and makes no file', async () => {
    expect(await logout('reg.test', { store: home.store() })).toBe(false);
    expect(existsSync(home.config)).toBe(false);
  });

  test('with a helper: what login stored is gone from both', async () => {
    home.writeConfig({ credsStore: 'test', theme: 'dark' });
    home.writeHelper('test', keeper);
    const store = home.store();
    await login(willing, 'reg.test', credential('x'), store);
    expect(await store('reg.test')).toEqual(credential('helper'));
    expect(await logout('reg.test', { store })).toBe(true);
    expect(await store('reg.test')).toBeUndefined();
    expect(home.readConfig()).toEqual({ credsStore: 'test', theme: 'dark', auths: {} });
    expect(home.helperCalls()).toContain('test erase reg.test');
    expect(await logout('reg.test', { store })).toBe(false);
  });

  test('with a helper: one that has it although the file does not say so', async () => {
    home.writeConfig({ credHelpers: { 'reg.test': 'test' } });
    home.writeHelper('test', keeper);
    home.write('kept', '');
    expect(await logout('reg.test', { store: home.store() })).toBe(true);
    expect(home.helperCalls()).toEqual(['test get reg.test', 'test erase reg.test']);
    expect(existsSync(join(home.path, 'kept'))).toBe(false);
    expect(await logout('reg.test', { store: home.store() })).toBe(false);
  });

  test.for([
    ['says that there was nothing', 'echo credentials not found in native keychain; exit 1', false],
    ['only erases', '[ $1 = erase ] || exit 1', true],
  ] as const)('with a helper that %s', async ([, script, expected]) => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', script);
    expect(await logout('reg.test', { store: home.store() })).toBe(expected);
    expect(home.helperCalls().at(-1)).toBe('test erase reg.test');
  });

  test('with a helper that fails: an error, and gone from the file', async () => {
    home.writeConfig({ credsStore: 'test', auths: { 'reg.test': entry('old') } });
    home.writeHelper('test', 'exit 1');
    await expect(logout('reg.test', { store: home.store() })).rejects.toMatchObject({ code: 'CREDENTIALS' });
    expect(home.readConfig()).toEqual({ credsStore: 'test', auths: {} });
  });

  test('a signal that is aborted: nothing is erased', async () => {
    home.writeConfig({ auths: { 'reg.test': entry('x') } });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(logout('reg.test', { store: home.store(), signal })).rejects.toThrow('enough');
    expect(home.readConfig()).toEqual({ auths: { 'reg.test': entry('x') } });
  });
});
