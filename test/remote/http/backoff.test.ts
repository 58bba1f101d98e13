import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Backoff, delay } from '../../../src/remote/http/backoff.ts';
import { rejection } from '../../support/content.ts';
import { pass, stopClock } from '../../support/time.ts';

const reason = new Error('enough');

beforeEach(() => {
  stopClock();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Whether a promise is fulfilled by now. */
function watch(promise: Promise<unknown>): { readonly done: boolean } {
  const state = { done: false };
  promise.then(
    () => {
      state.done = true;
    },
    () => {},
  );
  return state;
}

describe('Backoff', () => {
  test('lets through what need not wait', async () => {
    await new Backoff().ready();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('holds all who come, until the longest wait is over', async () => {
    const backoff = new Backoff();
    backoff.hold(1000);
    const first = watch(backoff.ready());
    await pass(500);
    backoff.hold(1000);
    backoff.hold(100);
    const second = watch(backoff.ready());
    await pass(999);
    expect([first.done, second.done]).toEqual([false, false]);
    await pass(1);
    expect([first.done, second.done]).toEqual([true, true]);
  });

  test('lets through one by one who waited: a random part later, of at most a tenth', async () => {
    const backoff = new Backoff();
    backoff.hold(1000);
    const waiting = [0, 0.5, 1].map((part) => {
      vi.mocked(Math.random).mockReturnValueOnce(part);
      return watch(backoff.ready());
    });
    for (const [milliseconds, through] of [
      [999, 0],
      [1, 1],
      [49, 1],
      [1, 2],
      [49, 2],
      [1, 3],
    ] as const) {
      await pass(milliseconds);
      expect(waiting.filter(({ done }) => done)).toHaveLength(through);
    }
  });

  test.for(['before', 'meanwhile'])('an abort %s ends the waiting with its reason', async (when) => {
    const backoff = new Backoff();
    backoff.hold(1000);
    const controller = new AbortController();
    if (when === 'before') controller.abort(reason);
    const ready = rejection(backoff.ready(controller.signal));
    controller.abort(reason);
    expect(await ready).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an abort is one also where nothing is waited for', async () => {
    expect(await rejection(new Backoff().ready(AbortSignal.abort(reason)))).toBe(reason);
  });
});

describe('delay', () => {
  test('is no longer than timers can be, and no shorter', async () => {
    const waiting = watch(delay(1e15));
    await pass(2 ** 31 - 2);
    expect(waiting.done).toBe(false);
    await pass(1);
    expect(waiting.done).toBe(true);
  });

  test('leaves nothing behind at the signal', async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const waiting = delay(10, signal);
    await pass(10);
    await waiting;
    expect(removed).toHaveBeenCalledOnce();
  });
});
