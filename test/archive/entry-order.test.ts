import { expect, test } from 'vitest';
import { compareEntries } from '../../src/archive/writing/entry-order.ts';
import { Random } from '../support/random.ts';

function sorted(...paths: string[]): string[] {
  return paths
    .map((path) => ({ path }))
    .sort(compareEntries)
    .map(({ path }) => path);
}

test('entry order: a directory comes before what is in it, and all of that before the next name', () => {
  expect(sorted('a-b', 'a/b', 'a', 'a.txt', 'a/b/c', 'a/b-c')).toEqual(['a', 'a/b', 'a/b/c', 'a/b-c', 'a-b', 'a.txt']);
});

test('entry order: names are in the order of their UTF-8 bytes, not of their UTF-16 units', () => {
  // The first is one unit and three bytes; the second begins with a smaller unit, and is four bytes.
  expect(sorted('\u{1f600}', '\uff01', 'z', 'é', 'Z')).toEqual(['Z', 'z', 'é', '\uff01', '\u{1f600}']);
  expect(sorted('\u{10000}a', '\u{10000}', '\ue000', '\ud7ff')).toEqual([
    '\ud7ff',
    '\ue000',
    '\u{10000}',
    '\u{10000}a',
  ]);
});

test('entry order: it is that of the bytes of each name, for any names', () => {
  const random = new Random(1);
  const letters = ['a', '-', '.', '~', ' ', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'];
  const name = (): string => Array.from({ length: 1 + random.below(3) }, () => random.pick(letters)).join('');
  const path = (): string => Array.from({ length: 1 + random.below(4) }, name).join('/');
  for (let i = 0; i < 5_000; i++) {
    const [a, b] = [path(), path()];
    expect(Math.sign(compareEntries({ path: a }, { path: b })), `${a} and ${b}`).toBe(byNames(a, b));
  }
});

/** The definition: part by part, each by its bytes. */
function byNames(a: string, b: string): number {
  const encoder = new TextEncoder();
  const [left, right] = [a, b].map((path) => path.split('/').map((name) => [...encoder.encode(name)]));
  for (const [i, name] of left!.entries()) {
    const other = right![i];
    const order = other ? byBytes(name, other) : 1;
    if (order !== 0) return order;
  }
  return Math.sign(left!.length - right!.length);
}

function byBytes(a: number[], b: number[]): number {
  const i = a.findIndex((byte, index) => byte !== b[index]);
  if (i < 0) return Math.sign(a.length - b.length);
  return i < b.length ? Math.sign(a[i]! - b[i]!) : 1;
}
