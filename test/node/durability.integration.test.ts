import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchBytes, OciLayout } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../support/random.ts';
import { bundleServer, type KillableRegistry, startServer } from './durability/child.ts';
import { age, checkLayout, filesBelow, leftovers } from './durability/disk.ts';
import { History } from './durability/history.ts';
import { checkReferrers, checkServed } from './durability/served.ts';
import { pushArtifact, pushUntilGone, repositories, sha256, startUpload } from './durability/workload.ts';

const rounds = 26;
const workers = 6;
const mostPerRound = 16;
/** In milliseconds; about as long as the registry takes for one push. */
const longestWait = 30;

let folder: string;
let directory: string;
let program: string;
let registry: KillableRegistry | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-durability-'));
  directory = join(folder, 'storage');
  program = await bundleServer(folder);
});

afterAll(async () => {
  await registry?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const layoutOf = (repository: string): string => join(directory, repository, '_layout');

test('durability: what a registry acknowledged is there after it was killed, at any moment, and nothing is half there', async () => {
  const history = new History();
  const read = new Set<string>();
  const served = new Set<string>();
  let mostLeft = 0;
  for (let round = 0; round < rounds; round++) {
    const random = new Random(round);
    registry = await startServer(program, directory);
    await checkServed(registry.host, history, served);
    const { host } = registry;
    const pushing = Array.from({ length: workers }, (_, worker) =>
      pushUntilGone(host, new Random(round * workers + worker), worker, history),
    );
    // In the midst of something: a registry that is slow here gets the time to do as much as elsewhere.
    await Promise.race([history.more(random.below(mostPerRound)), Promise.all(pushing)]);
    await new Promise((resolve) => setTimeout(resolve, random.below(longestWait)));
    await registry.kill();
    await Promise.all(pushing);
    expect(registry.errors()).toBe('');
    for (const repository of repositories) checkLayout(layoutOf(repository), read);
    mostLeft = Math.max(mostLeft, leftovers(directory).length);
  }

  // It was something that was interrupted, or the rounds showed nothing.
  expect(history.size).toBeGreaterThan(rounds);
  expect(history.lost).toBe(rounds * workers);
  expect(mostLeft).toBeGreaterThan(0);

  registry = await startServer(program, directory);
  await checkServed(registry.host, history);
  await checkReferrers(registry.host, history);
  for (const repository of repositories) {
    const layout = new OciLayout(new DirectoryStorage(layoutOf(repository)));
    for await (const tag of layout.tags()) {
      const descriptor = await layout.resolve(tag);
      expect(sha256(await fetchBytes(layout, descriptor))).toBe(descriptor.digest);
    }
  }

  // What was left half-written goes with later pushes, once it is old enough. Sessions live for a millisecond now.
  const left = leftovers(directory);
  await pushToAll(registry.host, history);
  expect(leftovers(directory)).toEqual(left);
  await registry.kill();
  age(directory, 2 * 60 * 60 * 1000);
  registry = await startServer(program, directory, '1');
  await pushToAll(registry.host, history);
  await startUpload(`http://${registry.host}/v2/one`);
  expect(leftovers(directory)).toEqual([]);
  expect(filesBelow(join(directory, '_uploads'))).toHaveLength(1);
}, 900_000);

async function pushToAll(host: string, history: History): Promise<void> {
  for (const repository of repositories) {
    await pushArtifact(`http://${host}/v2/${repository}`, 'last', new Random(history.size), history);
  }
}
