import { isOrasError } from 'oras-js';
import { expect, test } from 'vitest';
import { type DiscoverOptions, discover } from '../../../src/actions/graph/discover.ts';
import { NotFoundError } from '../../../src/errors.ts';
import { paginated } from '../../../src/pagination.ts';
import type { ReadOnlyTarget, ReferrersOptions } from '../../../src/target/target.ts';
import type { Descriptor, Digest } from '../../../src/types.ts';

const mediaType = 'application/vnd.oci.image.manifest.v1+json';

/** The descriptor of a manifest called by a short name. */
function named(name: string, artifactType?: string): Descriptor {
  const digest: Digest = `sha256:${name.padEnd(64, '0')}`;
  return { mediaType, digest, size: 1, ...(artifactType && { artifactType }) };
}

/** A target where manifests refer to each other as the map of names says. */
class Graph implements ReadOnlyTarget {
  readonly asked: (string | undefined)[] = [];
  readonly #referrers: Record<string, Descriptor[]>;
  readonly #tags: Record<string, Descriptor>;
  running = 0;
  most = 0;

  constructor(referrers: Record<string, Descriptor[]>, tags: Record<string, Descriptor> = {}) {
    this.#referrers = referrers;
    this.#tags = tags;
  }

  async resolve(tag: string): Promise<Descriptor> {
    const found = this.#tags[tag];
    if (!found) throw new NotFoundError(`no ${tag}`, tag);
    return found;
  }

  fetch(): Promise<ReadableStream<Uint8Array>> {
    throw new Error('nothing is fetched');
  }

  exists(): Promise<boolean> {
    throw new Error('nothing is looked for');
  }

  referrers({ digest }: Pick<Descriptor, 'digest'>, { artifactType, onSource, signal }: ReferrersOptions = {}) {
    const list = this.#referrers[digest.replace(/^sha256:|0+$/g, '')] ?? [];
    const graph = this;
    return paginated(async function* () {
      signal?.throwIfAborted();
      graph.asked.push(artifactType);
      graph.running++;
      graph.most = Math.max(graph.most, graph.running);
      // Long enough for others to begin.
      for (let i = 0; i < 100; i++) await undefined;
      graph.running--;
      onSource?.('api');
      yield list.filter((item) => artifactType === undefined || item.artifactType === artifactType);
    });
  }
}

async function listed(target: ReadOnlyTarget, options?: DiscoverOptions): Promise<string[]> {
  const lines: string[] = [];
  for await (const { depth, descriptor, source } of discover(target, named('a'), options)) {
    lines.push(`${'-'.repeat(depth)}${descriptor.digest.replace(/^sha256:|0+$/g, '')} ${source}`);
  }
  return lines;
}

const sbom = named('b', 'sbom');
const tree = { a: [sbom, named('d', 'report')], b: [named('c', 'signature')], d: [named('e', 'signature')] };

test('discover: gives each manifest before those that refer to it', async () => {
  expect(await listed(new Graph(tree))).toEqual(['-b api', '--c api', '-d api', '--e api']);
});

test('discover: with an artifact type, those attached to others are found, too', async () => {
  expect(await listed(new Graph(tree), { artifactType: 'signature' })).toEqual(['--c api', '--e api']);
});

test('discover: asks the target for the artifact type on the last level only', async () => {
  const graph = new Graph(tree);
  expect(await listed(graph, { artifactType: 'report', depth: 1 })).toEqual(['-d api']);
  expect(graph.asked).toEqual(['report']);
});

test('discover: ends when references form a circle (F28)', async () => {
  const circle = new Graph({ a: [named('b')], b: [named('c'), named('a')], c: [named('b'), named('c')] });
  expect(await listed(circle)).toEqual(['-b api', '--c api']);
});

test('discover: finds the tags of cosign', async () => {
  const name = named('a').digest.replace(':', '-');
  const tags = { [`${name}.sig`]: named('f'), [`${name}.sbom`]: named('b') };
  const graph = new Graph({ a: [sbom] }, tags);
  expect(await listed(graph)).toEqual(['-b api', '-f cosign']);
  expect(await listed(graph, { cosign: false })).toEqual(['-b api']);
});

test('discover: looks for no tag of cosign that would be too long', async () => {
  const subject: Descriptor = { mediaType, digest: `sha512:${'a'.repeat(128)}`, size: 1 };
  const graph = new Graph({});
  graph.resolve = (tag) => {
    throw new Error(`${tag} is looked for`);
  };
  for await (const _ of discover(graph, subject)) expect.unreachable();
});

test('discover: more than 32 levels are an error, unless the depth is given', async () => {
  const name = (i: number): string => `f${i.toString(36)}`;
  const chain = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [i === 0 ? 'a' : name(i), [named(name(i + 1))]]),
  );
  const error = await listed(new Graph(chain)).catch((error: unknown) => error);
  expect(isOrasError(error, 'TOO_LARGE') && error.limit).toBe(32);
  expect(await listed(new Graph(chain), { depth: 35 })).toHaveLength(35);
});

test('discover: more than 200,000 manifests in all are an error', async () => {
  const many = (letter: string): Descriptor[] =>
    Array.from({ length: 100_000 }, (_, i) => named(`${letter}${i.toString(16)}f`));
  const [second, third] = [many('b'), many('c')];
  const graph = new Graph({ a: [named('d'), named('e')], d: second, e: third });
  const error = await listed(graph, { depth: 2 }).catch((error: unknown) => error);
  expect(isOrasError(error, 'TOO_LARGE') && error.limit).toBe(200_000);
});

test('discover: requests few lists at a time, and all of a wide level', async () => {
  const graph = new Graph({ a: Array.from({ length: 1000 }, (_, i) => named(`e${i.toString(16)}f`)) });
  expect(await listed(graph, { concurrency: 4 })).toHaveLength(1000);
  expect(graph.most).toBe(4);
});

test('discover: ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const reading = discover(new Graph(tree), named('a'), { signal: stop.signal });
  expect((await reading.next()).value).toMatchObject({ depth: 1, subject: named('a').digest });
  stop.abort(reason);
  await expect(reading.next()).rejects.toBe(reason);
});

test('discover: the end of the loop aborts the lists that are still requested', async () => {
  const graph = new Graph({ a: [named('b'), named('c')] });
  const signals: (AbortSignal | undefined)[] = [];
  const { referrers } = graph;
  graph.referrers = (descriptor, options) => {
    signals.push(options?.signal);
    return referrers.call(graph, descriptor, options);
  };
  for await (const _ of discover(graph, named('a'), { cosign: false })) break;
  expect(signals.map((signal) => signal?.aborted)).toEqual([undefined, true, true]);
});

test('discover: a target that cannot list referrers is UNSUPPORTED', async () => {
  const { resolve, fetch, exists } = new Graph({});
  const error = await listed({ resolve, fetch, exists }).catch((error: unknown) => error);
  expect(isOrasError(error, 'UNSUPPORTED')).toBe(true);
});

test('discover: wrong arguments are an error at once', () => {
  expect(() => discover(new Graph({}), 'a', { depth: 0 })).toThrow(RangeError);
  expect(() => discover({} as ReadOnlyTarget, 'a')).toThrow(TypeError);
});
