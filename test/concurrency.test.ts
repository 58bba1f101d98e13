import { describe, expect, test } from 'vitest';
import { mapConcurrent, Semaphore, Serial } from '../src/concurrency.ts';
import { rejection } from './support/content.ts';

const reason = new Error('enough');

/** A promise that is settled from outside. */
function gate(): { promise: Promise<void>; open: () => void } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe('mapConcurrent', () => {
  test('gives the results in the order of the items, whatever ends first', async () => {
    const gates = [gate(), gate(), gate()];
    const promise = mapConcurrent(gates, 3, undefined, async ({ promise }, _, index) => {
      await promise;
      return index;
    });
    for (const { open } of [...gates].reverse()) open();
    expect(await promise).toEqual([0, 1, 2]);
  });

  test.for([1, 2, 3, 100])('runs at most %i at a time, and as many where there is enough to do', async (limit) => {
    let running = 0;
    let most = 0;
    await mapConcurrent(
      Array.from({ length: 20 }, (_, i) => i),
      limit,
      undefined,
      async () => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
      },
    );
    expect(most).toBe(Math.min(limit, 20));
  });

  test('gives nothing for nothing', async () => {
    expect(await mapConcurrent([], 3, undefined, () => Promise.reject(reason))).toEqual([]);
  });

  test('throws the first failure, aborts the others with it and waits for them, and starts no more', async () => {
    const log: string[] = [];
    const promise = mapConcurrent(['slow', 'bad', 'never'], 2, undefined, async (item, signal) => {
      log.push(`${item} begins`);
      if (item === 'bad') throw reason;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve());
      });
      await Promise.resolve();
      log.push(`${item} ends`);
      throw signal.reason === reason ? new Error('a later failure') : new Error('aborted for another reason');
    });
    expect(await rejection(promise)).toBe(reason);
    expect(log).toEqual(['slow begins', 'bad begins', 'slow ends']);
  });

  test('throws a failure that is undefined', async () => {
    const promise = mapConcurrent([1], 1, undefined, () => Promise.reject(undefined));
    expect(await rejection(promise)).toBeUndefined();
  });

  test('rejects with the reason of the signal and does nothing, when aborted before', async () => {
    let calls = 0;
    const promise = mapConcurrent([1], 1, AbortSignal.abort(reason), async () => {
      calls++;
    });
    expect(await rejection(promise)).toBe(reason);
    expect(calls).toBe(0);
  });

  test('rejects with the reason of the signal and starts no more, when aborted meanwhile', async () => {
    const controller = new AbortController();
    const started: number[] = [];
    const promise = mapConcurrent([1, 2, 3], 1, controller.signal, async (item, signal) => {
      started.push(item);
      if (item === 2) controller.abort(reason);
      if (signal.aborted) throw new Error('what the work makes of it');
    });
    expect(await rejection(promise)).toBe(reason);
    expect(started).toEqual([1, 2]);
  });

  test('who makes room goes on while the next ones begin, and is waited for', async () => {
    const { promise: opened, open } = gate();
    const log: string[] = [];
    const promise = mapConcurrent(['a', 'b', 'c'], 1, undefined, async (item, _, __, makeRoom) => {
      log.push(`${item} begins`);
      makeRoom();
      makeRoom();
      if (item === 'c') open();
      await opened;
      log.push(`${item} ends`);
      return item;
    });
    expect(await promise).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'b begins', 'c begins', 'a ends', 'b ends', 'c ends']);
  });

  test('a semaphore limits how many go on after they made room', async () => {
    const { promise: opened, open } = gate();
    const draining = new Semaphore(16);
    let [running, most] = [0, 0];
    await mapConcurrent(Array(50).fill(0), 3, undefined, async (_, __, index, release) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      const isDraining = draining.tryAcquire();
      if (isDraining) release();
      if (index === 18) open();
      await opened;
      running--;
      if (isDraining) draining.release();
    });
    expect(most).toBe(16 + 3);
  });

  test('a failure of one that made room is thrown, and stops the others', async () => {
    const started: string[] = [];
    const promise = mapConcurrent(['bad', 'waits', 'never'], 1, undefined, async (item, signal, _, makeRoom) => {
      started.push(item);
      if (item === 'bad') makeRoom();
      else await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await Promise.resolve();
      throw item === 'bad' ? reason : new Error('a later failure');
    });
    expect(await rejection(promise)).toBe(reason);
    expect(started).toEqual(['bad', 'waits']);
  });

  test.for([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a limit of %d', async (limit) => {
    expect(await rejection(mapConcurrent([1], limit, undefined, async () => {}))).toBeInstanceOf(RangeError);
  });
});

describe('Semaphore', () => {
  test('gives as many permits as it has, and those that come back to who waited longest', async () => {
    const semaphore = new Semaphore(2);
    expect([semaphore.tryAcquire(), semaphore.tryAcquire(), semaphore.tryAcquire()]).toEqual([true, true, false]);
    const log: string[] = [];
    const waiting = ['a', 'b'].map(async (name) => {
      await semaphore.acquire();
      log.push(name);
    });
    await Promise.resolve();
    expect(log).toEqual([]);
    semaphore.release();
    // It belongs to who waits, though that has not gone on yet.
    expect(semaphore.tryAcquire()).toBe(false);
    semaphore.release();
    await Promise.all(waiting);
    expect(log).toEqual(['a', 'b']);
    semaphore.release();
    expect([semaphore.tryAcquire(), semaphore.tryAcquire()]).toEqual([true, false]);
  });
});

describe('Serial', () => {
  test('runs one after the other in the order of the calls, and gives their results', async () => {
    const serial = new Serial();
    const log: string[] = [];
    const first = gate();
    const run = (name: string, before: Promise<void>): Promise<string> =>
      serial.run(async () => {
        log.push(`${name} begins`);
        await before;
        log.push(`${name} ends`);
        return name;
      });
    const all = Promise.all([run('a', first.promise), run('b', Promise.resolve())]);
    first.open();
    expect(await all).toEqual(['a', 'b']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('gives a failure to its own caller only', async () => {
    const serial = new Serial();
    const failed = rejection(serial.run(() => Promise.reject(reason)));
    expect(await serial.run(async () => 'fine')).toBe('fine');
    expect(await failed).toBe(reason);
  });
});
