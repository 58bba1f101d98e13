import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { itemsOf, rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';
import { isPut, kib } from '../../support/upload-checks.ts';
import { host, recorder, uploadRegistry } from '../../support/upload-registry.ts';

const reference = `${host}/org/files:v1`;
const filesOf = (count: number, size: number): { name: string; content: Uint8Array }[] =>
  Array.from({ length: count }, (_, i) => ({ name: `${i}.bin`, content: noise(size, 1000 + i) }));

/** Counts requests that are on their way at once. The first of so many uploads wait for each other. */
function counting(uploads: number): { fault: Fault; most: () => number } {
  let [now, most, puts] = [0, 0, 0];
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const fault: Fault = async (request, next) => {
    most = Math.max(most, ++now);
    if (isPut(request)) {
      if (++puts === uploads) open();
      await opened;
    }
    return next(request).finally(() => now--);
  };
  return { fault, most: () => most };
}

describe('pushes of many files', () => {
  test('1,000 small ones: each has one start and done, in its order, and nothing is left', async () => {
    const { fault, most } = counting(3);
    const it = uploadRegistry([fault]);
    const { events, onProgress } = recorder();
    const { manifest } = await it.registry.push(reference, filesOf(1000, 500), { onProgress });
    expect(manifest.layers.map((layer) => layer.annotations?.['org.opencontainers.image.title'])).toEqual(
      Array.from({ length: 1000 }, (_, i) => `${i}.bin`),
    );
    const byDigest = new Map<string, string[]>();
    for (const event of events) {
      if (event.type === 'hash') continue;
      byDigest.set(event.descriptor.digest, [...(byDigest.get(event.descriptor.digest) ?? []), event.type]);
    }
    for (const { digest } of manifest.layers) {
      expect(byDigest.get(digest)!.filter((type) => type !== 'transfer')).toEqual(['start', 'done']);
    }
    expect(most()).toBe(3);
    expect(await it.leftovers()).toEqual([]);
    expect((await it.healthy.pull(reference)).files).toHaveLength(1000);
  });

  test.for([1, 2, 8])('so many at a time as was said: %i', async (concurrency) => {
    const { fault, most } = counting(concurrency);
    const it = uploadRegistry([fault]);
    await it.registry.push(reference, filesOf(20, 5 * kib), { concurrency });
    expect(most()).toBe(concurrency);
  });

  test('in chunks, many at a time', async () => {
    const it = uploadRegistry([faults.cutUpload(3 * kib, { times: 5 })]);
    await it.registry.push(reference, filesOf(20, 20 * kib), { chunkSize: 7 * kib });
    expect((await it.healthy.pull(reference)).files).toHaveLength(20);
    expect(await it.leftovers()).toEqual([]);
  });

  test.for([undefined, 7 * kib])(
    'the first failure stops the rest, and nothing is half-written (chunks of %s)',
    async (chunkSize) => {
      let ended = 0;
      const tenth: Fault = async (request, next) => {
        if (isPut(request) && ++ended === 10) return new Response(null, { status: 403 });
        return next(request);
      };
      const it = uploadRegistry([tenth]);
      const failing = it.registry.push(reference, filesOf(100, 20 * kib), { chunkSize });
      expect(await rejection(failing)).toMatchObject({ code: 'DENIED' });
      expect(it.log.filter((line) => line === 'POST').length).toBeLessThan(30);
      expect(await it.leftovers()).toEqual([]);
      expect(await rejection(it.healthy.inspect(reference))).toMatchObject({ code: 'NOT_FOUND' });
    },
  );

  test('what was stored before a failure is not sent again', async () => {
    const it = uploadRegistry([faults.refuse(403, { match: isPut, times: 1 })]);
    const files = filesOf(3, 200 * kib);
    await rejection(it.registry.push(reference, files, { concurrency: 1 }));
    await it.registry.push(reference, files, { concurrency: 1 });
    await it.registry.push(`${host}/org/files:v2`, files);
    expect(it.sent()).toBeLessThan(4 * 200 * kib + 10);
    expect(await itemsOf(it.healthy.tags(`${host}/org/files`))).toEqual(['v1', 'v2']);
  });
});
