import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { retryAfter } from '../../../src/remote/answers/retry-after.ts';
import { status } from '../../support/fake-fetch.ts';
import { stopClock } from '../../support/time.ts';

beforeEach(() => stopClock(30_000));
afterEach(() => {
  vi.useRealTimers();
});

test.for([
  ['1', 1000],
  ['120', 120_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 30_000],
  ['Thursday, 01-Jan-70 00:01:00 GMT', 30_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['9'.repeat(400), undefined],
  ['', undefined],
  ['soon', undefined],
  ['-5', undefined],
  ['1.5', 1500],
  ['0.0001', 1],
  ['3.', 3000],
  ['.5', undefined],
  ['1.5.1', undefined],
  ['1e3', undefined],
  ['1, 2', undefined],
  ['0x10', undefined],
  ['2030', 2_030_000],
  ['2030-01-01', undefined],
] as const)('retryAfter: %j is %j ms', ([header, wait]) => {
  expect(retryAfter(status(429, { 'retry-after': header }))).toBe(wait);
});

test('retryAfter: nothing where the header is missing', () => {
  expect(retryAfter(status(429))).toBeUndefined();
});

describe('retryAfter: a Unix timestamp', () => {
  const now = Date.UTC(2026, 10, 27);
  beforeEach(() => stopClock(now));

  test.for([
    ['in seconds', String(now / 1000 + 5), 5000],
    ['in seconds, with a fraction', `${now / 1000 + 5}.25`, 5250],
    ['in milliseconds', String(now + 5000), 5000],
    ['in milliseconds, with a fraction', `${now + 5000}.5`, 5001],
    ['in seconds, which has passed', String(now / 1000 - 5), 0],
    ['in milliseconds, which has passed', String(now - 5000), 0],
    ['this very moment', String(now / 1000), 0],
    ['of long ago', '1000000000', 0],
    ['in milliseconds of long ago', '100000000000', 0],
    ['in the far future', '99999999999', 99_999_999_999_000 - now],
    ['beyond all time', '9'.repeat(20), 1e20 - now],
  ] as const)('%s', ([, header, wait]) => {
    expect(retryAfter(status(429, { 'retry-after': header }))).toBe(wait);
  });

  test('what is less is a number of seconds', () => {
    expect(retryAfter(status(429, { 'retry-after': '999999999' }))).toBe(999_999_999_000);
  });
});
