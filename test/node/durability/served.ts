import { expect } from 'vitest';
import { mapConcurrent } from '../../../src/concurrency.ts';
import type { History } from './history.ts';
import { repositories, sha256, subject } from './workload.ts';

/** Checks that a registry which was started again serves all that was acknowledged and is not in `checked` yet. */
export async function checkServed(host: string, history: History, checked = new Set<string>()): Promise<void> {
  for (const repository of repositories) {
    const paths = (['blobs', 'manifests'] as const).flatMap((kind) =>
      [...(history[kind].get(repository) ?? [])].map((digest) => `${repository}/${kind}/${digest}`),
    );
    const unchecked = paths.filter((path) => !checked.has(path));
    await mapConcurrent(unchecked, 6, undefined, async (path) => {
      expect(await digestAt(host, path)).toBe(path.slice(path.lastIndexOf('/') + 1));
      checked.add(path);
    });
    const response = await fetch(`http://${host}/v2/${repository}/tags/list`);
    const { tags = [] } = await response.json();
    const found = new Map<string, string>();
    await mapConcurrent(tags as string[], 6, undefined, async (tag) => {
      found.set(`${repository}:${tag}`, await digestAt(host, `${repository}/manifests/${tag}`));
    });
    for (const name of history.tags.filter((tag) => tag.startsWith(`${repository}:`))) {
      expect(history.possible(name), name).toContain(found.get(name));
      history.settle(name, found.get(name));
    }
    expect([...found.keys()].filter((name) => !history.tags.includes(name))).toEqual([]);
  }
}

/** Checks that every acknowledged manifest is listed where it refers to. */
export async function checkReferrers(host: string, history: History): Promise<void> {
  for (const repository of repositories) {
    const listed = new Set<string>();
    const first = `http://${host}/v2/${repository}/referrers/${subject}`;
    for (let url: string | undefined = first; url !== undefined; ) {
      const response: Response = await fetch(url);
      for (const { digest } of (await response.json()).manifests) listed.add(digest);
      const [, next] = /<([^>]+)>/.exec(response.headers.get('link') ?? '') ?? [];
      url = next === undefined ? undefined : new URL(next, url).href;
    }
    const acknowledged = [...(history.manifests.get(repository) ?? [])];
    expect(acknowledged.filter((digest) => !listed.has(digest))).toEqual([]);
  }
}

async function digestAt(host: string, path: string): Promise<string> {
  const response = await fetch(`http://${host}/v2/${path}`);
  expect([path, response.status]).toEqual([path, 200]);
  return sha256(new Uint8Array(await response.arrayBuffer()));
}
