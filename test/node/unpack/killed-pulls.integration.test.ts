import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, fetchManifest, OciLayout, pull } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../support/bundle.ts';
import { artifactOf, entry } from '../../support/directory-artifact.ts';

const { file, directory, symlink } = entry;
const names = Array.from({ length: 12 }, (_, index) => `${index % 3 ? 'dir/sub/' : 'dir/'}file-${index}`);
const added = ['dir/new/a', 'dir/new/b'];
let folder: string;
let program: string;
let layout: string;
let before: string;

/** The digests of files of a version. */
function digestsOf(version: string): Record<string, string> {
  const digests = [...names, ...added].map((name) => [name, digestOf(Buffer.from(contentOf(name, version)))]);
  return Object.fromEntries(digests);
}

/** All content of a version says which it is, so that a file of two would show. */
function contentOf(name: string, version: string): string {
  return `${name} ${version} `.repeat(name.endsWith('-0') ? 200_000 : 10);
}

function filesOf(root: string): Record<string, string> {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    paths.map((each) => {
      const path = join(each.parentPath, each.name);
      return [path.slice(root.length + 1), digestOf(readFileSync(path))];
    }),
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-killed-'));
  program = await bundle(join(import.meta.dirname, 'killed/puller.ts'), folder);
  layout = join(folder, 'layout');
  before = join(folder, 'before');
  const versions = {
    old: names.map((name) => file(name, contentOf(name, 'old'))),
    new: [
      directory('dir', 0o755),
      ...[...names, ...added].map((name) => file(name, contentOf(name, 'new'))),
      directory('dir/new', 0o700),
      symlink('dir/link', 'sub'),
    ],
  };
  await pull(await artifactOf({ tar: versions.old }), 'v1', { to: before });
  const made = await artifactOf({ tar: versions.new });
  const stored = new OciLayout(new DirectoryStorage(layout));
  const descriptor = await made.resolve('v1');
  const { bytes, ...manifest } = await fetchManifest(made, 'v1');
  if (manifest.kind !== 'manifest') throw new Error('no manifest');
  for (const blob of [manifest.manifest.config, ...manifest.manifest.layers]) {
    await stored.push(blob, await made.fetch(blob));
  }
  await stored.push(descriptor, new Blob([bytes]));
  await stored.tag(descriptor, 'v1');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function withPaths(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`dir/${path}`, content]));
}

/** Pulls in a process that kills itself at a step; tells how it ended. */
async function pullUntil(root: string, step: number): Promise<'killed' | 'done'> {
  const child = spawn(process.execPath, [program, layout, root, `${step}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal === 'SIGKILL') return 'killed';
  expect([code, output]).toEqual([0, 'done']);
  return 'done';
}

/** Steps until the pull gets to its end, not all of them: some that are next to each other are alike. */
async function atEachStep(check: (step: number, root: string) => Promise<'killed' | 'done'>): Promise<number> {
  let kills = 0;
  for (let step = 0; ; step += 3) {
    const root = mkdtempSync(join(folder, 'root-'));
    if ((await check(step, root)) === 'done') return kills;
    kills++;
  }
}

describe('unpack: a process that is killed at any step', () => {
  test('leaves a new directory whole or not there, and the next pull completes it and cleans up', async () => {
    const expected = digestsOf('new');
    const kills = await atEachStep(async (step, root) => {
      const outcome = await pullUntil(root, step);
      if (existsSync(join(root, 'dir')))
        expect(withPaths(filesOf(join(root, 'dir'))), `step ${step}`).toEqual(expected);
      await pull(new OciLayout(new DirectoryStorage(layout)), 'v1', { to: root });
      expect(readdirSync(root), `after step ${step}`).toEqual(['dir']);
      expect(filesOf(root)).toEqual(expected);
      return outcome;
    });
    expect(kills).toBeGreaterThan(5);
  });

  test('leaves each file old or new, and the next pull completes it and cleans up', async () => {
    const kills = await atEachStep(async (step, root) => {
      cpSync(before, root, { recursive: true });
      const storage = new DirectoryStorage(root);
      await storage.put('dir/extra', new Blob(['mine']));
      const outcome = await pullUntil(root, step);
      for await (const { path, type } of storage.list()) {
        if (type !== 'file' || path === 'dir/extra') continue;
        const content = await (await storage.get(path))?.text();
        const version = content === contentOf(path, 'new') ? 'new' : 'old';
        expect(content === contentOf(path, version), `${path} after step ${step}`).toBe(true);
      }
      expect(await storage.typeOf('dir/new')).toBe((await storage.get('dir/new/b')) ? 'directory' : undefined);
      await pull(new OciLayout(new DirectoryStorage(layout)), 'v1', { to: root, overwrite: true });
      const extra = digestOf(Buffer.from('mine'));
      expect(filesOf(root), `after step ${step}`).toEqual({ ...digestsOf('new'), 'dir/extra': extra });
      expect(readdirSync(root)).toEqual(['dir']);
      return outcome;
    });
    expect(kills).toBeGreaterThan(10);
  });
});
