import { describe, expect, test } from 'vitest';
import type { TransferEvent } from '../../src/options.ts';
import { LateProgress, progressOf } from '../../src/target/progress.ts';
import { descriptorOf, streamOfTexts, textOf } from '../support/content.ts';

function listening(size: number): { progress: ReturnType<typeof progressOf>; seen: (string | number)[] } {
  const seen: (string | number)[] = [];
  const listener = (event: TransferEvent): number =>
    seen.push(event.type === 'transfer' ? event.transferred : event.type);
  return { progress: progressOf({ ...descriptorOf(''), size }, listener), seen };
}

describe('progress', () => {
  test('reports start, what went over, and done', () => {
    const { progress, seen } = listening(10);
    progress.start();
    progress.transferred(4);
    progress.transferred(10);
    progress.done();
    expect(seen).toEqual(['start', 4, 10, 'done']);
  });

  test('ends at the size, also when nobody said that all was over', () => {
    const { progress, seen } = listening(10);
    progress.start();
    progress.transferred(4);
    progress.done();
    expect(seen).toEqual(['start', 4, 10, 'done']);
  });

  test('never goes back or repeats itself, as when an upload begins anew', () => {
    const { progress, seen } = listening(10);
    for (const bytes of [4, 2, 4, 5]) progress.transferred(bytes);
    expect(seen).toEqual([4, 5]);
  });

  test('reports at most a hundred steps, and the end', () => {
    const { progress, seen } = listening(100_000);
    for (let bytes = 1; bytes <= 100_000; bytes++) progress.transferred(bytes);
    expect(seen).toHaveLength(100);
    expect(seen.at(-1)).toBe(100_000);
  });

  test('has nothing to say between start and done of nothing', () => {
    const { progress, seen } = listening(0);
    progress.start();
    progress.transferred(0);
    progress.done();
    expect(seen).toEqual(['start', 'done']);
  });

  test('tells which descriptor it is about', () => {
    const descriptor = descriptorOf('x');
    const events: TransferEvent[] = [];
    const progress = progressOf(descriptor, (event) => events.push(event));
    progress.start();
    progress.done();
    expect(events).toEqual([
      { type: 'start', descriptor },
      { type: 'transfer', descriptor, transferred: 1 },
      { type: 'done', descriptor },
    ]);
  });

  test('reports what goes through a stream', async () => {
    const { progress, seen } = listening(5);
    expect(await textOf(progress.stream(streamOfTexts('he', 'llo')))).toBe('hello');
    expect(seen).toEqual([2, 5]);
  });

  test('leaves a stream as it is when nobody listens', () => {
    const stream = streamOfTexts('x');
    const progress = progressOf(descriptorOf('x'));
    progress.start();
    progress.done();
    expect(progress.stream(stream)).toBe(stream);
  });
});

describe('progress of what is described later', () => {
  test('nothing is reported before, and then where it is by now', () => {
    const seen: (string | number)[] = [];
    const progress = new LateProgress();
    progress.start();
    progress.transferred(3);
    progress.transferred(4);
    expect(seen).toEqual([]);
    const descriptor = { ...descriptorOf(''), size: 10 };
    progress.describe(descriptor, (event) => seen.push(event.type === 'transfer' ? event.transferred : event.type));
    progress.start();
    progress.transferred(2);
    progress.transferred(7);
    progress.done();
    expect(seen).toEqual(['start', 4, 7, 10, 'done']);
  });

  test('a stream is counted', async () => {
    const seen: number[] = [];
    const progress = new LateProgress();
    progress.describe(
      { ...descriptorOf(''), size: 4 },
      (event) => event.type === 'transfer' && seen.push(event.transferred),
    );
    expect(await textOf(progress.stream(streamOfTexts('ab', 'cd')))).toBe('abcd');
    expect(seen).toEqual([2, 4]);
  });
});
