import { afterEach, expect, test, vi } from 'vitest';
import { pauses } from '../../src/archive/pause.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Whether it ends only when something else had its turn. */
async function isPause(pause: Promise<void>): Promise<boolean> {
  let isOver = false;
  const over = pause.then(() => {
    isOver = true;
  });
  for (let job = 0; job < 10; job++) await Promise.resolve();
  const isLater = !isOver;
  await over;
  return isLater;
}

test('pauses: others get their turn after some milliseconds of work in a row, and not before', async () => {
  let now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const breathe = pauses();
  const after = (milliseconds: number): Promise<boolean> => {
    now += milliseconds;
    return isPause(breathe());
  };
  expect([await after(0), await after(4), await after(3), await after(1)]).toEqual([false, false, false, true]);
  expect([await after(7), await after(1), await after(100), await after(0)]).toEqual([false, true, true, false]);
});
