import { expect, test } from 'vitest';
import { gunzip as portable } from '../../../src/archive/reading/gunzip.ts';
import { readAll } from '../../../src/bytes/streams.ts';
import { isOrasError } from '../../../src/errors.ts';
import { gunzip as ofNode } from '../../../src/node/gunzip.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { chunked } from '../../support/gzip-bytes.ts';
import { mutatedArchive } from '../../support/mutated-archives.ts';
import { Random } from '../../support/random.ts';

const cases = 4000;
const seed = 20_261_129;

/** What a way to decompress makes of bytes: the digest of all it gives, or the code of its error. */
async function outcomeOf(gunzip: typeof portable, bytes: Uint8Array, chunkSize: number): Promise<string> {
  try {
    return digestOf(await readAll(gunzip(chunked(bytes, chunkSize).stream), 10_000_000));
  } catch (error) {
    if (!isOrasError(error)) throw error;
    return error.code;
  }
}

test(`what Node decompresses ${cases} damaged archives to is what the portable way does`, async () => {
  const outcomes = new Set<string>();
  for (let index = 0; index < cases; index++) {
    const random = new Random(seed + index);
    const bytes = await mutatedArchive(random);
    const [one, other] = [random.pick([1000, 50, 100_000]), random.pick([1000, 50, 100_000])];
    const outcome = await outcomeOf(ofNode, bytes, one);
    outcomes.add(outcome);
    expect(await outcomeOf(portable, bytes, other), `archive ${index}`).toBe(outcome);
  }
  expect(outcomes).toContain('INVALID_ARCHIVE');
  expect(outcomes.size).toBeGreaterThan(cases / 10);
});
