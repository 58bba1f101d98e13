import { existsSync } from 'node:fs';
import { type Credential, UnauthorizedError } from 'oras-js';
import { type LoginRegistry, login } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { credential, Home } from './home.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

/** A registry that takes one password, and what it was asked. */
class Pinged implements LoginRegistry {
  readonly asked: unknown[] = [];

  async ping(host: string, given: Credential): Promise<void> {
    this.asked.push([host, given, existsSync(home.config)]);
    if ('password' in given && given.password === 'right') return;
    const request = { status: 401, method: 'GET', url: `https://${host}/v2/`, errors: [] };
    throw new UnauthorizedError(`Cannot log in to ${host} (401)`, request);
  }
}

describe('login', () => {
  test('asks the registry, then stores', async () => {
    const registry = new Pinged();
    const store = home.store();
    await login(registry, 'reg.test', credential('right'), store);
    expect(registry.asked).toEqual([['reg.test', credential('right'), false]]);
    expect(await store('reg.test')).toEqual(credential('right'));
  });

  test('stores nothing that the registry refuses', async () => {
    const refused = login(new Pinged(), 'reg.test', credential('wrong'), home.store());
    await expect(refused).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(existsSync(home.config)).toBe(false);
  });

  test('hands its options on', async () => {
    const refused = login(new Pinged(), 'reg.test', credential('right'), home.store(), { plaintext: false });
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const signal = AbortSignal.abort(new Error('enough'));
    const aborted = login(new Pinged(), 'reg.test', credential('right'), home.store(), { signal });
    await expect(aborted).rejects.toThrow('enough');
    expect(existsSync(home.config)).toBe(false);
  });
});
