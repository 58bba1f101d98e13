import { isOrasError } from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { type Random, randomOf, randomUpload, uploadAnyhow, ways } from '../../support/random-uploads.ts';
import { isPatch, isPut } from '../../support/upload-checks.ts';
import { described, uploadRegistry } from '../../support/upload-registry.ts';

const groups = 10;
const perGroup = 50;
const largest = 120_000;

/** Cuts of connections after random bytes, of which a registry keeps what came, or not. */
function cuts(random: Random, most: number, seen: { cuts: number }): Fault[] {
  return Array.from({ length: 1 + random(most) }, () => {
    let skipped = random(4);
    const match = (request: Request): boolean => (isPatch(request) || isPut(request)) && skipped-- <= 0;
    const cut = faults.cutUpload(random(largest / 2), { kept: random(2) === 0, times: 1, match });
    return async (request, next) => {
      try {
        return await cut(request, next);
      } catch (error) {
        seen.cuts++;
        throw error;
      }
    };
  });
}

/** Other ways in which a registry may be wrong. */
function others(random: Random): Fault[] {
  const once = { times: 1 + random(2) };
  const makers: (() => Fault)[] = [
    () => faults.loseAnswer({ ...once, match: isPatch }),
    () => faults.loseAnswer({ ...once, match: isPut }),
    () => faults.silentAppend(),
    () => faults.expireUpload(once),
    () => faults.takeLess(1 + random(largest / 4)),
    () => faults.newLocations(),
    () => faults.wrongRange(`0-${random(largest)}`, once),
    () => faults.refuse(503, { ...once, match: ({ method }) => method !== 'DELETE' }),
    () => faults.refuse(405, { match: isPatch }),
    () => faults.maxChunk(1 + random(largest)),
    () => faults.maxChunk(70_000, { status: 416, match: isPatch }),
    () => faults.minChunk(1 + random(largest / 8)),
    () => faults.noLocation({ match: isPatch }),
  ];
  return Array.from({ length: random(3) }, () => makers[random(makers.length)]!());
}

describe('uploads: connections cut at random bytes', () => {
  test.for(Array.from({ length: groups }, (_, group) => group))('group %i ends in the right bytes', async (group) => {
    const seen = { cuts: 0 };
    const used = new Set<string>();
    for (let i = 0; i < perGroup; i++) {
      const seed = group * perGroup + i;
      const random = randomOf(seed);
      // No more cuts than there are tries without progress.
      const it = uploadRegistry(cuts(random, 4, seen));
      const upload = randomUpload(random, largest);
      const error = await uploadAnyhow(it.repository, upload, random);
      const { digest } = described(upload.bytes);
      expect(error, `seed ${seed} ${upload.way}`).toBe(undefined);
      expect(await it.storedDigest(described(upload.bytes)), `seed ${seed} ${upload.way}`).toBe(digest);
      expect(await it.leftovers(), `seed ${seed} ${upload.way}`).toEqual([]);
      used.add(upload.way);
    }
    expect(seen.cuts).toBeGreaterThan(perGroup / 2);
    expect([...used].sort()).toEqual([...ways].sort());
  });
});

describe('uploads: connections cut at random bytes, and a registry that is wrong in other ways', () => {
  test.for(Array.from({ length: groups }, (_, group) => group))(
    'group %i ends in the right bytes or a typed error',
    async (group) => {
      let good = 0;
      for (let i = 0; i < perGroup; i++) {
        const seed = 10_000 + group * perGroup + i;
        const random = randomOf(seed);
        const it = uploadRegistry([...cuts(random, 5, { cuts: 0 }), ...others(random)]);
        const upload = randomUpload(random, largest);
        const error = await uploadAnyhow(it.repository, upload, random);
        const { digest } = described(upload.bytes);
        if (error !== undefined) expect(isOrasError(error), `seed ${seed} ${upload.way}: ${error}`).toBe(true);
        // What is stored under a digest is never anything else.
        const expected = error === undefined ? [digest] : [digest, undefined];
        expect(expected, `seed ${seed} ${upload.way}`).toContain(await it.storedDigest(described(upload.bytes)));
        expect(it.log.length, `seed ${seed} ${upload.way}`).toBeLessThan(2000);
        if (error === undefined) good++;
      }
      expect(good).toBeGreaterThan(perGroup / 2);
    },
  );
});
