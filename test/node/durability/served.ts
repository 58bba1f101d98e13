import { Registry } from 'oras-js';
import { expect } from 'vitest';
import type { History } from './history.ts';
import { repositories, sha256, subject } from './workload.ts';

/** Checks that a registry which was started again serves all that was acknowledged and is not in `checked` yet. */
export async function checkServed(host: string, history: History, checked = new Set<string>()): Promise<void> {
  const registry = new Registry();
  for (const repository of repositories) {
    for (const kind of ['blobs', 'manifests'] as const) {
      for (const digest of history[kind].get(repository) ?? []) {
        const path = `${repository}/${kind}/${digest}`;
        if (checked.has(path)) continue;
        const response = await fetch(`http://${host}/v2/${path}`);
        expect([path, response.status]).toEqual([path, 200]);
        expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(digest);
        checked.add(path);
      }
    }
    const response = await fetch(`http://${host}/v2/${repository}/tags/list`);
    const { tags = [] } = await response.json();
    const found = new Map<string, string>();
    for (const tag of tags as string[]) {
      const { descriptor } = await registry.inspect(`${host}/${repository}:${tag}`);
      found.set(`${repository}:${tag}`, descriptor.digest);
    }
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
