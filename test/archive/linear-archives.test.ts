import { expect, test } from 'vitest';
import { gunzip } from '../../src/archive/reading/gunzip.ts';
import { readArchive } from '../../src/archive/reading/read-archive.ts';
import { readChunks } from '../../src/bytes/streams.ts';
import { itemsOf } from '../support/content.ts';
import { chunked, gzipped } from '../support/gzip-bytes.ts';
import { stepsOf } from '../support/steps.ts';
import { joined, pax, tarOf, zeros } from '../support/tar-bytes.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const read = (bytes: Uint8Array, chunkSize?: number): Promise<unknown> =>
  itemsOf(readArchive(chunked(bytes, chunkSize).stream));

/** Archives of some size, and how they are read. */
const works: readonly [string, (count: number) => Promise<Uint8Array> | Uint8Array, (bytes: Uint8Array) => unknown][] =
  [
    [
      'more members of gzip in one chunk',
      async (count) => joined(...Array(count).fill(await gzipped(zeros(1)))),
      (bytes) => readChunks(gunzip(chunked(bytes).stream), () => {}),
    ],
    ['more entries', (count) => tarOf(numbers(count).map((index) => ({ path: `${index}` }))), (bytes) => read(bytes)],
    [
      'more entries in small chunks',
      (count) => tarOf(numbers(count).map((index) => ({ path: `${index}` }))),
      (bytes) => read(bytes, 100),
    ],
    [
      'more records in a header',
      (count) =>
        tarOf([pax(Object.fromEntries(numbers(count).map((index) => [`key ${index}`, 'value']))), { path: 'a' }]),
      (bytes) => read(bytes, 100),
    ],
    [
      'a longer name',
      (count) =>
        tarOf([
          { path: 'name', flag: 'L', content: './'.repeat(count * 10) },
          { path: 'a', flag: '5' },
        ]),
      (bytes) => read(bytes, 100),
    ],
  ];

test.for(works)('archives with %s: twice as much takes twice as many steps', async ([, make, work]) => {
  const steps = async (count: number): Promise<number> => {
    const bytes = await make(count);
    return stepsOf(() => work(bytes));
  };
  await steps(2);
  const once = await steps(500);
  expect(once).toBeGreaterThan(250);
  expect((await steps(1000)) / once).toBeLessThan(2.15);
});
