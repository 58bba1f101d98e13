import { expect, test } from 'vitest';
import { type ReadEntry, readArchive } from '../../src/archive/reading/read-archive.ts';
import { checkPath } from '../../src/bytes/paths.ts';
import { isOrasError } from '../../src/errors.ts';
import { chunked } from '../support/gzip-bytes.ts';
import { mutatedArchive } from '../support/mutated-archives.ts';
import { Random } from '../support/random.ts';

// Chromium decompresses in another way, and takes longer.
const isBrowser = typeof window !== 'undefined';
const cases = isBrowser ? 1000 : 10_000;
const seed = 20_261_128;

/** Takes an entry as somebody might: all of it, a part, or nothing. */
async function take(entry: ReadEntry, random: Random): Promise<void> {
  checkPath(entry.path);
  if (entry.type === 'link') checkPath(entry.linkTarget!);
  expect(entry.mode).toBe(entry.mode & 0o777);
  const most = random.pick([0, 1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  if (most === 0) return;
  const reader = entry.stream().getReader();
  let size = 0;
  for (let chunks = 0; chunks < most; chunks++) {
    const { done, value } = await reader.read();
    if (done) {
      expect(size).toBe(entry.size);
      return;
    }
    size += value.length;
  }
  if (random.below(2)) await reader.cancel();
}

test(`${cases} damaged archives are read to their end, or refused, and no path leads outside`, async () => {
  const outcomes: Record<string, number> = {};
  for (let index = 0; index < cases; index++) {
    const random = new Random(seed + index);
    const bytes = await mutatedArchive(random);
    const { stream, given, cancelled } = chunked(bytes, random.pick([1000, 77, 512, 100_000]));
    const limits = random.pick([{}, {}, { maxEntries: 4 }, { maxSize: 4000 }]);
    let outcome = 'read';
    try {
      for await (const entry of readArchive(stream, { limits })) await take(entry, random);
      if (given() !== bytes.length) throw new Error(`only ${given()} of ${bytes.length} bytes were read`);
    } catch (error) {
      if (!isOrasError(error, 'INVALID_ARCHIVE', 'UNSAFE_PATH', 'TOO_LARGE')) {
        throw new Error(`The archive ${index} gives another error than it should`, { cause: error });
      }
      outcome = error.code;
      if (given() < bytes.length) expect(cancelled(), `archive ${index}`).toBe(error);
    }
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  // Else the archives would no longer be damaged, or be nothing but damaged.
  for (const outcome of ['read', 'INVALID_ARCHIVE', 'UNSAFE_PATH', 'TOO_LARGE']) {
    expect(outcomes[outcome], JSON.stringify(outcomes)).toBeGreaterThan(cases / 100);
  }
});
