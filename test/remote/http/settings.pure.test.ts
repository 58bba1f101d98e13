import { describe, expect, test } from 'vitest';
import { Registry } from '../../../src/index.ts';
import { type RetryOptions, settingsOf, type TimeoutOptions } from '../../../src/remote/http/settings.ts';

describe('settingsOf', () => {
  test('four retries, waits that grow up to 15 seconds, a minute for all else', () => {
    const { retry, timeouts } = settingsOf();
    expect([retry.limit, retry.maxRetryAfter]).toEqual([4, 60_000]);
    expect([1, 2, 3, 4, 5, 6, 100].map(retry.delay)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(timeouts).toEqual({ answer: 60_000, stall: 60_000 });
  });

  test('what was said holds, zero too', () => {
    const delay = (): number => 7;
    const { retry, timeouts } = settingsOf({ limit: 0, delay, maxRetryAfter: 0 }, { answer: 0, stall: 0 });
    expect(retry).toEqual({ limit: 0, delay, maxRetryAfter: 0 });
    expect(timeouts).toEqual({ answer: 0, stall: 0 });
  });

  test('without end is as long as timers go', () => {
    const { retry, timeouts } = settingsOf(
      { maxRetryAfter: Number.POSITIVE_INFINITY },
      { answer: Number.POSITIVE_INFINITY, stall: 1e12 },
    );
    expect(retry.maxRetryAfter).toBe(Number.POSITIVE_INFINITY);
    expect(timeouts).toEqual({ answer: 2 ** 31 - 1, stall: 2 ** 31 - 1 });
  });

  test.for<[RetryOptions, TimeoutOptions, string]>([
    [{ limit: -1 }, {}, 'limit must be a number from 0, not -1'],
    [{ limit: Number.NaN }, {}, 'limit must be a number from 0, not NaN'],
    [{ limit: 1.5 }, {}, 'limit must be a whole number, not 1.5'],
    [{ limit: Number.POSITIVE_INFINITY }, {}, 'limit must be a whole number, not Infinity'],
    [{ maxRetryAfter: -1 }, {}, 'maxRetryAfter must be a number from 0, not -1'],
    [{ maxRetryAfter: Number.NaN }, {}, 'maxRetryAfter must be a number from 0, not NaN'],
    [{}, { answer: -1 }, 'answer must be a number from 0, not -1'],
    [{}, { stall: Number.NaN }, 'stall must be a number from 0, not NaN'],
  ])('refused: %j %j', ([retry, timeouts, message]) => {
    expect(() => settingsOf(retry, timeouts)).toThrow(new RangeError(message));
    expect(() => new Registry({ retry, timeouts })).toThrow(new RangeError(message));
  });
});
