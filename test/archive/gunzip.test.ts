import { expect, test } from 'vitest';
import { pause } from '../../src/archive/pause.ts';
import { gunzip } from '../../src/archive/reading/gunzip.ts';
import { readChunks } from '../../src/bytes/streams.ts';
import { describeGunzip } from '../contracts/gunzip.ts';
import { chunked, gzipped } from '../support/gzip-bytes.ts';
import { joined, zeros } from '../support/tar-bytes.ts';

describeGunzip('the portable gunzip', gunzip);

const small = gzipped(zeros(1));
const cases: [string, () => Promise<Uint8Array>][] = [
  ['a chunk that stands for megabytes', () => gzipped(zeros(8_000_000))],
  ['a chunk of many members', async () => joined(...Array(2000).fill(await small))],
];
test.for(cases)('the portable gunzip: all else gets its turn during %s', async ([, bytes]) => {
  let isOver = false;
  const { stream } = chunked(await bytes());
  const turn = pause().then(() => isOver);
  await readChunks(gunzip(stream), () => {});
  isOver = true;
  expect(await turn).toBe(false);
});
