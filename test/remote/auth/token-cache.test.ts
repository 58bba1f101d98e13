import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TokenCache } from '../../../src/remote/auth/token-cache.ts';
import type { Token } from '../../../src/remote/auth/tokens.ts';
import { rejection } from '../../support/content.ts';

const alice = { username: 'alice', password: 'hunter2' };
const scopes = ['repository:a:pull'];
const reason = new Error('enough');

/** Gives token1, token2, …, each good for a second. */
function service(): () => Promise<Token> {
  let given = 0;
  return vi.fn(async () => ({ value: `token${++given}`, expires: Date.now() + 1000 }));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('TokenCache', () => {
  test('a token is fetched once for all who want it', async () => {
    const cache = new TokenCache();
    const fetch = service();
    const all = await Promise.all(Array.from({ length: 100 }, () => cache.get(scopes, alice, fetch)));
    expect(new Set(all)).toEqual(new Set(['token1']));
    expect(await cache.get(scopes, { ...alice }, fetch)).toBe('token1');
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('and again when its time is over', async () => {
    const cache = new TokenCache();
    const fetch = service();
    await cache.get(scopes, alice, fetch);
    vi.setSystemTime(999);
    expect(await cache.get(scopes, alice, fetch)).toBe('token1');
    vi.setSystemTime(1000);
    expect(await cache.get(scopes, alice, fetch)).toBe('token2');
  });

  test.for([
    ['other scopes', ['repository:b:pull'], alice],
    ['more scopes', ['repository:a:pull', 'repository:b:pull'], alice],
    ['another password', scopes, { ...alice, password: 'other' }],
    ['nobody', scopes, undefined],
  ] as const)('it is not used for %s', async ([, wanted, credential]) => {
    const cache = new TokenCache();
    const fetch = service();
    await cache.get(scopes, alice, fetch);
    expect(await cache.get(wanted, credential, fetch)).toBe('token2');
  });

  test('a failure is told to all who waited, and not kept', async () => {
    const cache = new TokenCache();
    const failing = vi.fn(() => Promise.reject(reason));
    const all = await Promise.all(Array.from({ length: 5 }, () => rejection(cache.get(scopes, alice, failing))));
    expect(all).toEqual(Array.from({ length: 5 }, () => reason));
    expect(failing).toHaveBeenCalledOnce();
    expect(await cache.get(scopes, alice, service())).toBe('token1');
  });

  test('an abort ends the waiting of one, not of the others', async () => {
    const cache = new TokenCache();
    const controller = new AbortController();
    let give = (_: Token): void => {};
    const fetch = vi.fn(
      () =>
        new Promise<Token>((resolve) => {
          give = resolve;
        }),
    );
    const other = cache.get(scopes, alice, fetch);
    const own = rejection(cache.get(scopes, alice, fetch, controller.signal));
    controller.abort(reason);
    expect(await own).toBe(reason);
    expect(await rejection(cache.get(scopes, alice, fetch, AbortSignal.abort(reason)))).toBe(reason);
    give({ value: 'token', expires: 1000 });
    expect(await other).toBe('token');
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('when nobody waits any more the request ends, and who comes then begins another', async () => {
    const cache = new TokenCache();
    const signals: AbortSignal[] = [];
    const endless = (signal: AbortSignal): Promise<Token> => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const controllers = [new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => rejection(cache.get(scopes, alice, endless, signal)));
    controllers[0]!.abort(reason);
    expect(await waiting[0]).toBe(reason);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    controllers[1]!.abort(reason);
    expect(await waiting[1]).toBe(reason);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(await cache.get(scopes, alice, service())).toBe('token1');
  });

  test('a token that is there is kept when nobody waits', async () => {
    const cache = new TokenCache();
    const fetch = vi.fn(async (_: AbortSignal) => ({ value: 'token', expires: 1000 }));
    await cache.get(scopes, alice, fetch);
    expect(await cache.get(scopes, alice, fetch)).toBe('token');
    expect(fetch.mock.calls.map(([{ aborted }]) => aborted)).toEqual([false]);
  });

  test('a token that was refused is forgotten; one that took its place is not', async () => {
    const cache = new TokenCache();
    const fetch = service();
    const old = await cache.get(scopes, alice, fetch);
    cache.drop('another');
    expect(await cache.get(scopes, alice, fetch)).toBe('token1');
    cache.drop(old);
    const renewed = cache.get(scopes, alice, fetch);
    cache.drop(old);
    expect(await renewed).toBe('token2');
    cache.drop(old);
    expect(await cache.get(scopes, alice, fetch)).toBe('token2');
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
