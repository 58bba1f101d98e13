import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { retryAfter } from '../../src/remote/retry-after.ts';
import { status } from '../support/fake-fetch.ts';
import { stopClock } from '../support/time.ts';

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
  ['9'.repeat(20), Number('9'.repeat(20)) * 1000],
  ['', undefined],
  ['soon', undefined],
  ['-5', undefined],
  ['1.5', undefined],
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
