import { describe, expect, test } from 'vitest';
import { NetworkError, RateLimitedError, RegistryError } from '../../../src/errors.ts';
import { Persistence } from '../../../src/remote/http/persistence.ts';
import { settingsOf } from '../../../src/remote/http/settings.ts';
import { isTransient } from '../../../src/remote/http/transient.ts';
import { asCallers } from '../../../src/target/callers.ts';
import { rejection } from '../../support/content.ts';

const init = { method: 'PUT', url: 'https://reg.test/', errors: [] };
const broken = new NetworkError('it broke', 'https://reg.test/', false);
const refused = (status: number): RegistryError => new RegistryError('refused', { ...init, status });

function persistence(limit: number, signal?: AbortSignal): { it: Persistence; waits: number[] } {
  const waits: number[] = [];
  const delay = (failures: number): number => {
    waits.push(failures);
    return 0;
  };
  return { it: new Persistence(settingsOf({ limit, delay }).retry, signal), waits };
}

describe('persistence', () => {
  test('waits after each failure, longer each time, and throws the one that is too many', async () => {
    const { it, waits } = persistence(3);
    for (let i = 0; i < 3; i++) await it.failed(broken);
    expect(waits).toEqual([1, 2, 3]);
    expect(it.failures).toBe(3);
    const last = new NetworkError('once more', 'https://reg.test/', false);
    expect(await rejection(it.failed(last))).toBe(last);
    expect(waits).toHaveLength(3);
  });

  test('forgets failures with progress', async () => {
    const { it, waits } = persistence(1);
    for (let i = 0; i < 3; i++) {
      await it.failed(broken);
      it.advanced();
    }
    expect(waits).toEqual([1, 1, 1]);
    await it.failed(broken);
    expect(await rejection(it.failed(broken))).toBe(broken);
  });

  test('throws what does not pass at once, unless it is known to', async () => {
    const { it, waits } = persistence(3);
    const error = refused(404);
    expect(await rejection(it.failed(error))).toBe(error);
    expect(waits).toEqual([]);
    await it.again(error);
    expect(waits).toEqual([1]);
  });

  test('an abort ends the wait, and there is none after it', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const it = new Persistence(settingsOf({ delay: () => 1e9 }).retry, abort.signal);
    const waiting = rejection(it.failed(broken));
    abort.abort(reason);
    expect(await waiting).toBe(reason);
    expect(await rejection(it.again(broken))).toBe(reason);
  });
});

describe('persistence: what passes', () => {
  const retry = { maxRetryAfter: 1000 };
  const limited = (retryAfter?: number): RateLimitedError =>
    new RateLimitedError('too many', { ...init, status: 429 }, retryAfter);

  test.for<[string, unknown]>([
    ['a connection that broke', broken],
    ['a rate limit', limited()],
    ['a rate limit with a short wait', limited(1000)],
    ...[408, 500, 502, 503, 504].map((status) => [`${status}`, refused(status)] as [string, unknown]),
  ])('%s', ([, error]) => expect(isTransient(error, retry)).toBe(true));

  test.for<[string, unknown]>([
    ['a certificate that is not trusted', new NetworkError('x', 'https://reg.test/', false, { cause: lastingCause() })],
    ['a rate limit with a long wait', limited(1001)],
    ['404', refused(404)],
    ["a caller's error", new Error('mine')],
    ["a caller's error that looks like one of ours", asCallers(refused(503))],
  ])('not: %s', ([, error]) => expect(isTransient(error, retry)).toBe(false));
});

function lastingCause(): Error {
  return Object.assign(new Error('no'), { code: 'CERT_HAS_EXPIRED' });
}
