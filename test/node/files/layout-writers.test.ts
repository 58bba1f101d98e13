import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packManifest } from '../../../src/actions/push/pack.ts';
import { push } from '../../../src/actions/push/push.ts';
import { DirectoryStorage } from '../../../src/node/files/directory-storage.ts';
import { createRegistryServer } from '../../../src/server/handler.ts';
import { ScopedStorage } from '../../../src/storage/scoped.ts';
import type { StorageAdapter } from '../../../src/storage/storage.ts';
import { pushBlob } from '../../../src/target/content.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf } from '../../support/content.ts';

const root = mkdtempSync(join(tmpdir(), 'oras-js-writers-'));
const emptyDirectory = (): string => mkdtempSync(join(root, 'layout-'));

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('OciLayout: several writers of one directory', () => {
  test('tags of several storages, also through a symlink and from above, are all kept', async () => {
    const place = emptyDirectory();
    const link = join(root, 'link');
    symlinkSync(place, link);
    const above = new DirectoryStorage(root);
    const storages: StorageAdapter[] = [
      new DirectoryStorage(place),
      new DirectoryStorage(place),
      new DirectoryStorage(link),
      new ScopedStorage(above, place.slice(root.length + 1)),
    ];
    const tags = Array.from({ length: 16 }, (_, i) => `v${i + 10}`);
    const writers = tags.map((tag, i) =>
      push(new OciLayout(storages[i % storages.length]!), tag, [{ name: 'tag', content: tag }]),
    );
    await Promise.all(writers);
    expect(await itemsOf(new OciLayout(new DirectoryStorage(place)).tags())).toEqual(tags);
  });

  test('a registry and a layout that share a directory lose no tags of each other', async () => {
    const place = emptyDirectory();
    const server = createRegistryServer({ storage: new DirectoryStorage(place), sparse: true, capacity: 1e9 });
    const layout = new OciLayout(new DirectoryStorage(join(place, 'a/_layout')));
    const { bytes, descriptor } = await packManifest(layout, { tags: ['v1'] });
    const ours = Array.from({ length: 8 }, (_, i) => `ours-${i}`);
    const theirs = Array.from({ length: 8 }, (_, i) => `theirs-${i}`);
    const headers = { 'content-type': descriptor.mediaType };
    const put = async (tag: string): Promise<number> =>
      (await server(`http://localhost/v2/a/manifests/${tag}`, { method: 'PUT', headers, body: bytes })).status;
    const statuses = await Promise.all([...theirs.map(put), ...ours.map((tag) => layout.tag(descriptor, tag))]);
    expect(statuses.slice(0, 8)).toEqual(theirs.map(() => 201));
    expect(await itemsOf(layout.tags())).toEqual([...ours, ...theirs, 'v1']);
  });
});

describe('OciLayout: garbage collection in a directory', () => {
  test('collectGarbage: what another process stored in the last hour stays, by the time of its file', async () => {
    const place = emptyDirectory();
    const layout = new OciLayout(new DirectoryStorage(place));
    await push(layout, 'v1', [{ name: 'a', content: 'a' }]);
    const store = (content: string, minutes: number): Descriptor => {
      const descriptor = descriptorOf(content);
      const file = join(place, 'blobs', descriptor.digest.replace(':', '/'));
      writeFileSync(file, content);
      const time = new Date(Date.now() - minutes * 60_000);
      utimesSync(file, time, time);
      return descriptor;
    };
    const [old, recent] = [store('old', 61), store('recent', 59)];
    const { removed, recent: kept } = await layout.collectGarbage();
    expect(removed).toEqual([{ digest: old.digest, size: old.size }]);
    expect(kept).toEqual([{ digest: recent.digest, size: recent.size }]);
    expect(await layout.exists(recent)).toBe(true);
  });

  test('collectGarbage: only files of garbage are removed, all others keep their bytes and times', async () => {
    const place = emptyDirectory();
    const layout = new OciLayout(new DirectoryStorage(place));
    await push(layout, 'v1', [{ name: 'a', content: 'kept' }]);
    const garbage = await pushBlob(layout, 'garbage');
    const list = (): string[] => (readdirSync(place, { recursive: true }) as string[]).sort();
    const states = (paths: string[]): unknown[] =>
      paths.map((path) => {
        const stats = statSync(join(place, path));
        return [path, stats.isFile() && [stats.mtimeMs, readFileSync(join(place, path), 'utf8')]];
      });
    const path = join('blobs', garbage.digest.replace(':', '/'));
    const others = list().filter((each) => each !== path);
    const before = states(others);
    expect((await layout.collectGarbage({ grace: 0 })).removed).toEqual([
      { digest: garbage.digest, size: garbage.size },
    ]);
    expect(list()).toEqual(others);
    expect(states(others)).toEqual(before);
  });
});
