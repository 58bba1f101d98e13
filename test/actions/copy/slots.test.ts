import { describe, expect, test } from 'vitest';
import { type Release, Slots } from '../../../src/actions/copy/slots.ts';

describe('slots', () => {
  test('the deepest that waits is next, and then the first', async () => {
    const slots = new Slots(1);
    const first = await slots.acquire(0);
    const order: string[] = [];
    const waiting = (
      [
        [1, 'shallow'],
        [3, 'deep'],
        [3, 'deep, later'],
        [2, 'between'],
      ] as const
    ).map(async ([depth, name]) => {
      const release = await slots.acquire(depth);
      order.push(name);
      release();
    });
    first();
    await Promise.all(waiting);
    expect(order).toEqual(['deep', 'deep, later', 'between', 'shallow']);
  });

  test('one that is given back twice is given back once', async () => {
    const slots = new Slots(1);
    const first = await slots.acquire(0);
    first();
    first();
    const taken: Release[] = [await slots.acquire(0)];
    const second = slots.acquire(0).then((release) => taken.push(release));
    await Promise.resolve();
    expect(taken).toHaveLength(1);
    taken[0]?.();
    await second;
    expect(taken).toHaveLength(2);
  });
});
