import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Registry } from 'oras-js';
import { listen } from '../test/support/listen.ts';
import { type Copier, findCopiers } from './copier.ts';
import { writeFileSet } from './file-set.ts';
import { printCopyGoals } from './goals.ts';
import type { Measured } from './measure.ts';
import type { Place } from './program.ts';
import { orasJs } from './program-oras-js.ts';
import { findRegistry } from './registries.ts';
import { type Cell, medianOf } from './row.ts';
import { printRow } from './table.ts';

const image = { key: 'image', title: 'an image of 1 GiB in 12 layers', count: 12, size: 89_478_485 };
const counts = { artifacts: 500, referrers: 1000, tags: 50_000 };

/** Measures copies, and lists of referrers and tags, beside the programs that do the same. */
export async function compareCopies(
  folder: string,
  { registry, runs }: { registry: string; runs: number },
): Promise<void> {
  const copiers = findCopiers();
  const { name, start } = findRegistry(registry);
  const [from, to] = [await start(), await start()];
  try {
    console.log(`Copies between two registries (${name})`);
    await measureImage(copiers, { folder, from: from.host, to: to.host, runs });
    await measureRepository(copiers, { folder, from: from.host, to: to.host, runs });
  } finally {
    await from.close();
    await to.close();
  }
  await measureReferrers(copiers, runs);
  await measureTags(copiers, runs);
}

/** Where copies are measured, and how often. */
interface Copies {
  from: string;
  to: string;
  runs: number;
}

async function measureImage(copiers: readonly Copier[], { folder, from, to, runs }: Copies & { folder: string }) {
  const source: Place = { host: from, repository: 'bench/image' };
  await orasJs.push(await writeFileSet(folder, image), source);
  await compare(`copy of ${image.title} to a registry`, copiers, runs, ({ name, copy }, round) =>
    copy(source, { host: to, repository: `bench/image-${name}-${round}` }),
  );
  await compare(`copy of ${image.title} to a layout`, copiers, runs, async ({ save }) => {
    const layout = join(folder, 'layout');
    const measured = await save(source, layout);
    await rm(layout, { recursive: true });
    return measured;
  });
}

async function measureRepository(
  copiers: readonly Copier[],
  { folder, from, to, runs }: Copies & { folder: string },
): Promise<void> {
  const source: Place = { host: from, repository: 'bench/small' };
  const tags = Array.from({ length: counts.artifacts }, (_, i) => `t${i}`);
  const registry = new Registry();
  for (const tag of tags) {
    await registry.push(`${from}/${source.repository}:${tag}`, { name: 'text.txt', content: `the text of ${tag}` });
  }
  await compare(`copy of ${counts.artifacts} small artifacts to a registry`, copiers, runs, ({ name, mirror }, round) =>
    mirror?.(source, { host: to, repository: `bench/small-${name}-${round}` }, tags),
  );
  await compare(`copy of ${counts.artifacts} small artifacts to a layout`, copiers, runs, async ({ saveAll }) => {
    const layout = join(folder, 'layout');
    const measured = await saveAll?.(source, layout, tags);
    await rm(layout, { recursive: true, force: true });
    return measured;
  });
}

/** In the embedded registry, which has the referrers API. */
async function measureReferrers(copiers: readonly Copier[], runs: number): Promise<void> {
  const { host, close } = await findRegistry('embedded').start();
  try {
    const place: Place = { host, repository: 'bench/subject' };
    const registry = new Registry();
    const reference = `${host}/${place.repository}:v1`;
    await registry.push(reference, { name: 'subject.txt', content: 'subject' });
    for (let i = 0; i < counts.referrers; i++) {
      const annotations = { number: `${i}` };
      await registry.attach(reference, [], { artifactType: 'application/vnd.example.note', annotations });
    }
    await compare(`discover ${counts.referrers} referrers`, copiers, runs, ({ discover }) => discover?.(place));
  } finally {
    await close();
  }
}

/** From a server that has nothing but pages of tags. */
async function measureTags(copiers: readonly Copier[], runs: number): Promise<void> {
  const all = Array.from({ length: counts.tags }, (_, i) => `tag-${String(i).padStart(5, '0')}`);
  const server = createServer(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const start = all.indexOf(searchParams.get('last') ?? '') + 1;
    const end = start + Math.min(Number(searchParams.get('n') ?? 1000), 1000);
    const next = `<${pathname}?n=1000&last=${all[end - 1]}>; rel="next"`;
    response.writeHead(200, { 'content-type': 'application/json', ...(end < all.length && { link: next }) });
    response.end(JSON.stringify({ name: 'bench/tags', tags: pathname.endsWith('/list') ? all.slice(start, end) : [] }));
  });
  const { host, close } = await listen(server);
  try {
    const place: Place = { host, repository: 'bench/tags' };
    await compare(`list ${counts.tags} tags`, copiers, runs, ({ tags }) => tags?.(place));
  } finally {
    await close();
  }
}

let row = 0;

/** Measures every program in turn, and that several times; every other time they go backwards. */
async function compare(
  title: string,
  copiers: readonly Copier[],
  runs: number,
  work: (copier: Copier, round: number) => Promise<Measured | undefined> | undefined,
): Promise<void> {
  const measured = new Map<Copier, Measured[]>();
  const reasons = new Map<Copier, string>();
  for (let round = 0; round < runs; round++) {
    for (const copier of round % 2 === 0 ? copiers : copiers.toReversed()) {
      if (reasons.has(copier)) continue;
      try {
        const one = await work(copier, round);
        if (one) measured.set(copier, [...(measured.get(copier) ?? []), one]);
        else reasons.set(copier, 'cannot do it at once');
      } catch (error) {
        reasons.set(copier, String(error instanceof Error ? error.message : error).slice(-300));
      }
    }
  }
  const cells = copiers.map((copier): Cell => {
    const own = measured.get(copier) ?? [];
    const reason = reasons.get(copier);
    const { name } = copier;
    return reason === undefined ? { name, median: medianOf(own), runs: own.length } : { name, reason };
  });
  printRow(++row, title, cells);
  printCopyGoals(title, cells);
}
