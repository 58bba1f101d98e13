import { digestOf, type Fetch, isOrasError, MemoryStorage, Registry, type Repository } from 'oras-js';
import { createRegistryServer, type Fault, faults, type RegistryServer, withFaults } from 'oras-js/server';
import { beforeAll, describe, expect, test } from 'vitest';
import { blobOf } from '../../../src/bytes/streams.ts';
import { fetchBytes } from '../../../src/target/content.ts';
import { noise } from '../../support/noise.ts';

const size = 100_000;
const content = noise(size, 5);
const descriptor = { mediaType: 'application/octet-stream', digest: digestOf(content), size };
const name = 'registry.test/org/random';
let registry: RegistryServer;

beforeAll(async () => {
  registry = createRegistryServer({ storage: new MemoryStorage() });
  await new Registry({ fetch: registry }).repository(name).push(descriptor, blobOf(content));
});

/** Whole numbers from 0 below a bound, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  const words = new Uint32Array(noise(4 * 4096, seed * 2_654_435_761 + 1).buffer);
  let next = 0;
  return (below) => words[next++ % words.length]! % below;
}

/** Makes a fault of numbers that it gets. */
type Wrong = (random: (below: number) => number) => Fault;

const nothing: Wrong = () => (request, next) => next(request);
const otherContent: Wrong = () => faults.otherContent();
const lyingBody: Wrong = (random) => shifted(random(100) + 1);
/** What a download gets over. */
const harmless: readonly Wrong[] = [
  nothing,
  () => faults.noRanges(),
  () => faults.wrongContentRange(undefined),
  () => withoutTotal,
];
/** What can be seen of an answer alone. */
const visible: readonly Wrong[] = [
  (random) => moved(random(100) + 1),
  (random) => faults.wrongContentRange(`bytes ${random(size)}-${size - 1}/${size}`),
  (random) => faults.wrongContentRange(`bytes 0-${size - 1}/${random(size)}`),
  (random) => faults.otherETag(`"${random(3)}"`),
  () => faults.refuseRanges(),
  () => faults.refuse(503),
  () => faults.refuse(404),
];

const withoutTotal: Fault = async (request, next) => {
  const response = await next(request);
  const range = response.headers.get('content-range')?.replace(/\/.*/, '/*');
  if (range === undefined) return response;
  return new Response(response.body, { status: 206, headers: { 'content-range': range } });
};

/** Sends the bytes from some way before or behind those that are asked for, and says so. */
function moved(by: number): Fault {
  return async (request, next) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get('range') ?? '') ?? [];
    if (first === undefined) return next(request);
    const shift = Number(first) < by ? by : -by;
    const headers = new Headers(request.headers);
    headers.set('range', `bytes=${Number(first) + shift}-${Math.min(Number(last) + shift, size - 1)}`);
    return next(new Request(request, { headers }));
  };
}

/** Sends such bytes, and says that they are those that are asked for. */
function shifted(by: number): Fault {
  return async (request, next) => {
    const headers = new Headers((await next(request)).headers);
    const response = await moved(by)(request, next);
    if (response.status !== 206) return response;
    return new Response(response.body, { status: 206, headers });
  };
}

/** Answers of which most are cut, and a part of them wrong. */
function unreliable(seed: number, wrongs: readonly Wrong[], cuts: readonly Cut[]): Fault {
  const random = numbers(seed);
  return (request, next) => {
    if (request.method !== 'GET') return next(request);
    const wrong = wrongs[random(wrongs.length)]!(random);
    const cut = random(10) < 9 ? cuts[random(cuts.length)]!(lengthOf(random)) : nothing(random);
    return cut(request, (asked) => wrong(asked, next));
  };
}

type Cut = (bytes: number) => Fault;

/** Mostly many bytes, sometimes a few, and sometimes none. */
function lengthOf(random: (below: number) => number): number {
  const kind = random(10);
  if (kind === 0) return 0;
  return kind < 3 ? random(100) : random(size / 2);
}

/** A client of the registry that meets these faults, and how often it asked. */
function clientOf(fault: Fault): { repository: Repository; requests: () => number } {
  let requests = 0;
  const faulty = withFaults(registry, [fault]);
  const fetch: Fetch = (url, init) => {
    requests++;
    return faulty(url, init);
  };
  // Without ranges, a download comes further only with an answer that is longer than those before.
  const client = new Registry({ fetch, retry: { limit: 20, delay: () => 0 } });
  return { repository: client.repository(name), requests: () => requests };
}

const groups = Array.from({ length: 10 }, (_, group) => group);
const seeds = (group: number): number[] => Array.from({ length: 50 }, (_, i) => group * 50 + i + 1);

describe('downloads over connections that break at random', () => {
  test.for(groups.slice(0, 5))('cut anywhere, 50 times, all come whole (%i)', async (group) => {
    let total = 0;
    for (const seed of seeds(group)) {
      const { repository, requests } = clientOf(unreliable(seed, harmless, [faults.truncate]));
      const bytes = await fetchBytes(repository, descriptor);
      expect(digestOf(bytes), `seed ${seed}`).toBe(descriptor.digest);
      total += requests();
    }
    expect(total).toBeGreaterThan(150);
  });

  test.for(groups.slice(5))('cut, lied to or refused, 50 times, they come whole or fail (%i)', async (group) => {
    const wrongs = [...Array<Wrong>(20).fill(nothing), ...harmless, ...visible, otherContent, lyingBody];
    let whole = 0;
    for (const seed of seeds(group)) {
      const { repository } = clientOf(unreliable(seed, wrongs, [faults.truncate, faults.truncate, faults.endEarly]));
      const result = await fetchBytes(repository, descriptor).catch((error: unknown) => error);
      if (result instanceof Uint8Array) {
        expect(digestOf(result), `seed ${seed}`).toBe(descriptor.digest);
        whole++;
      } else expect(isOrasError(result), `seed ${seed}: ${String(result)}`).toBe(true);
    }
    expect(whole).toBeGreaterThan(5);
    expect(whole).toBeLessThan(45);
  });

  test('100 parts, which nothing verifies: the right bytes, or an error', async () => {
    const wrongs = [...Array<Wrong>(10).fill(nothing), ...harmless, ...visible];
    let whole = 0;
    for (let seed = 1001; seed <= 1100; seed++) {
      const random = numbers(seed);
      const start = random(size);
      const end = start + random(size - start + 1);
      const { repository } = clientOf(unreliable(seed, wrongs, [faults.truncate]));
      const result = await repository
        .openBlob(descriptor)
        .slice(start, end)
        .bytes()
        .catch((error: unknown) => error);
      if (result instanceof Uint8Array) {
        // Compared as digests: to show how long arrays differ takes long.
        expect(digestOf(result), `seed ${seed}`).toBe(digestOf(content.slice(start, end)));
        whole++;
      } else expect(isOrasError(result), `seed ${seed}: ${String(result)}`).toBe(true);
    }
    expect(whole).toBeGreaterThan(10);
    expect(whole).toBeLessThan(90);
  });
});
