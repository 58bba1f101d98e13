import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { RegistryWarning } from 'oras-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { credential, entry, Home } from './home.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => {
  home.remove();
  vi.useRealTimers();
});

const found = `echo '{"ServerURL": "'"$input"'", "Username": "user", "Secret": "helper"}'`;
const notFound = 'echo credentials not found in native keychain; exit 1';
const podman = 'session/containers/auth.json';

describe('dockerCredentials: the helper protocol', () => {
  test('get: the address goes in, the credential comes out', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', found);
    expect(await home.store().get('reg.test:5000')).toEqual(credential('helper'));
    expect(home.helperCalls()).toEqual(['test get reg.test:5000']);
  });

  test('get: a path is a matter of its registry', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', found);
    expect(await home.store()('reg.test', ['repository:org/image:pull'])).toEqual(credential('helper'));
    expect(home.helperCalls()).toEqual(['test get reg.test']);
  });

  test('get: the user <token> means an identity token', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', `echo '{"Username": "<token>", "Secret": "refresh"}'`);
    expect(await home.store().get('reg.test')).toEqual({ identityToken: 'refresh' });
  });

  test.for([
    ['it says so', notFound],
    ['its answer is empty', `echo '{"ServerURL": "", "Username": "", "Secret": ""}'`],
  ] as const)('get: there is none when %s, and the places behind are asked', async ([, script]) => {
    home.writeConfig({ credsStore: 'test', auths: { 'reg.test': entry('beside the helper') } });
    home.writeHelper('test', script);
    expect(await home.store().get('reg.test')).toBeUndefined();
    home.write(podman, { auths: { 'reg.test': entry('podman') } });
    expect(await home.store().get('reg.test')).toEqual(credential('podman'));
  });

  test('Docker Hub has the address of its old API, or the name its helper is configured for', async () => {
    home.writeHelper('test', found);
    home.writeConfig({ credsStore: 'test' });
    await home.store().get('registry-1.docker.io');
    home.writeConfig({ credHelpers: { 'docker.io': 'test' } });
    await home.store().get('docker.io/library/alpine');
    expect(home.helperCalls()).toEqual(['test get https://index.docker.io/v1/', 'test get docker.io']);
  });

  test("precedence: the registry's own helper, then the credsStore, then auths", async () => {
    home.writeHelper('own', `echo '{"Username": "user", "Secret": "own"}'`);
    home.writeHelper('general', `echo '{"Username": "user", "Secret": "general"}'`);
    const auths = { 'reg.test': entry('auths') };
    const store = home.store();
    home.writeConfig({ auths, credsStore: 'general', credHelpers: { 'reg.test': 'own' } });
    expect(await store.get('reg.test')).toEqual(credential('own'));
    expect(await store.get('sub.reg.test')).toEqual(credential('general'));
    home.writeConfig({ auths, credsStore: 'general', credHelpers: { 'reg.test': '' } });
    expect(await store.get('reg.test')).toEqual(credential('auths'));
    home.writeConfig({ auths, credsStore: 'general' });
    expect(await store.get('reg.test')).toEqual(credential('general'));
    home.writeConfig({ auths, credsStore: '' });
    expect(await store.get('reg.test')).toEqual(credential('auths'));
  });

  test('as a source, its answer is remembered for half a minute, and many wait for one', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', found);
    const source = home.store();
    await Promise.all([source('reg.test'), source('reg.test', ['repository:a:pull']), source('reg.test')]);
    vi.setSystemTime(Date.now() + 29_000);
    expect(await source('reg.test')).toEqual(credential('helper'));
    expect(home.helperCalls()).toHaveLength(1);
    vi.setSystemTime(Date.now() + 2_000);
    expect(await source('reg.test')).toEqual(credential('helper'));
    expect(home.helperCalls()).toHaveLength(2);
    await source.get('reg.test');
    expect(home.helperCalls()).toHaveLength(3);
  });

  test('as a source, what it did not know is forgotten with a login', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', `[ $1 = get ] && { ${notFound}; }; exit 0`);
    const source = home.store();
    expect(await source('reg.test')).toBeUndefined();
    await source.store('reg.test', credential('new'));
    home.writeHelper('test', found);
    expect(await source('reg.test')).toEqual(credential('helper'));
  });
});

describe('dockerCredentials: helpers that fail', () => {
  test.for([
    ['is missing', undefined, /in no directory of PATH/],
    ['ends with a status', 'echo hunter2; echo hunter2 >&2; exit 3', /ended with status 3/],
    ['crashes', 'echo hunter2; kill -9 $$', /ended by SIGKILL/],
    ['prints no JSON', 'echo hunter2', /no Username and Secret/],
    ['prints something else', `echo '{"Username": "hunter2"}'`, /no Username and Secret/],
    ['prints a list', `echo '["hunter2"]'`, /no Username and Secret/],
    ['prints without end', 'exec yes hunter2', /more than a credential/],
    ['misses its address', 'echo no credentials server URL; exit 1', /ended with status 1/],
    ['cannot be run', '', /could not be run|ended with status/],
  ] as const)('one that %s: an error, and what is beside it is not used', async ([what, script, message]) => {
    home.writeConfig({ credsStore: 'test', auths: { 'reg.test': entry('beside the helper') } });
    if (script !== undefined) home.writeHelper('test', script);
    if (what === 'cannot be run') home.write('bin/docker-credential-test', '#!/nowhere/interpreter\n');
    const told: RegistryWarning[] = [];
    const store = home.store({ onWarning: (warning) => told.push(warning) });
    for (const ask of [store.get, store, store]) {
      const error = await ask('reg.test').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'CREDENTIALS', source: 'docker-credential-test' });
      expect(String(error)).toMatch(message);
      expect(String(error)).toContain('reg.test');
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
    }
    expect(told).toEqual([{ host: 'reg.test', text: expect.stringMatching(message) }]);
    // Another place has another account, so that must be said.
    const place = home.write(podman, { auths: { 'reg.test': entry('podman') } });
    for (const ask of [store.get, store, store]) expect(await ask('reg.test')).toEqual(credential('podman'));
    expect(told.slice(1)).toEqual([
      { host: 'reg.test', text: expect.stringMatching(/^Cannot get the credentials of reg.test with .*; those in /) },
    ]);
    expect(told[1]!.text).toContain(`; those in ${place} are used instead`);
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  test('as a source, a failure is remembered for half a minute from its end, or until a login', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', '[ $1 = get ] && exit 3; exit 0');
    const source = home.store();
    const fails = (): Promise<void> => expect(source('reg.test')).rejects.toMatchObject({ code: 'CREDENTIALS' });
    await Promise.all([fails(), fails()]);
    vi.setSystemTime(Date.now() + 29_000);
    await fails();
    expect(home.helperCalls()).toHaveLength(1);
    vi.setSystemTime(Date.now() + 2_000);
    await fails();
    expect(home.helperCalls()).toHaveLength(2);
    await source.store('reg.test', credential('new'));
    home.writeHelper('test', found);
    expect(await source('reg.test')).toEqual(credential('helper'));
  });

  test('one that never ends: an error after its time', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', 'exec tail -f /dev/null');
    const asked = home.store({ helperTimeout: 100 }).get('reg.test');
    await expect(asked).rejects.toThrow('took longer than 100 ms');
  });

  test('one that never ends: stopped by the signal', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', 'exec tail -f /dev/null');
    const stop = new AbortController();
    const asked = home.store().get('reg.test', { signal: stop.signal });
    await vi.waitUntil(() => home.helperCalls().length > 0, { timeout: 60_000 });
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await expect(home.store().get('reg.test', { signal: stop.signal })).rejects.toThrow('enough');
  });

  test('one that does not read what it is told', async () => {
    home.writeConfig({ credsStore: 'test' });
    const script = home.write('bin/docker-credential-test', '#!/bin/sh\nexec <&-\nexit 0\n');
    chmodSync(script, 0o755);
    await home.store().store('reg.test', { username: 'user', password: 'x'.repeat(1_000_000) });
    expect(home.readConfig().auths).toEqual({ 'reg.test': {} });
  });

  test.for([
    '../../evil',
    '/bin/sh',
    'a;touch ran',
    'a b',
    '$(touch ran)',
    '`touch ran`',
    'a|b',
    'a\nb',
    'é',
    'x.bat',
    'x.CMD',
    ' ',
  ])('the name %j: refused, and nothing runs', async (name) => {
    home.writeConfig({ credHelpers: { 'reg.test': name }, auths: { 'reg.test': entry('auths') } });
    home.writeHelper('a', found);
    home.writeHelper('x.bat', found);
    mkdirSync(join(home.helpers, 'docker-credential-..'));
    chmodSync(home.write('evil', '#!/bin/sh\ntouch ran\n'), 0o755);
    const before = readdirSync(home.path);
    const store = home.store();
    const refused = { code: 'CREDENTIALS', message: expect.stringContaining('helpers have names of') };
    await expect(store.get('reg.test')).rejects.toMatchObject(refused);
    await expect(store.store('reg.test', credential('x'))).rejects.toMatchObject(refused);
    await expect(store.get('reg.test')).rejects.toMatchObject(refused);
    expect([home.helperCalls(), readdirSync(home.path), existsSync('ran')]).toEqual([[], before, false]);
  });

  test('a program in the working directory is not taken', async () => {
    home.writeConfig({ credsStore: 'test' });
    home.writeHelper('test', found);
    const directory = process.cwd();
    for (const PATH of ['', '.', ':', './', 'bin']) {
      const store = home.store({ environment: { ...home.environment, PATH } });
      process.chdir(PATH === 'bin' ? home.path : home.helpers);
      try {
        await expect(store.get('reg.test')).rejects.toThrow('in no directory of PATH');
      } finally {
        process.chdir(directory);
      }
    }
    expect(home.helperCalls()).toEqual([]);
  });
});
