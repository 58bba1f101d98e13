import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { foldings, keysIn } from '../../support/folding.ts';

/** How the file system that is played compares names, and how often a file was made in it to find that out. */
const system = vi.hoisted(() => ({ same: (name: string): string => name, probes: 0 }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const { basename, dirname, join } = await import('node:path');
  return {
    ...real,
    async open(path: string, ...rest: [string]) {
      system.probes++;
      return real.open(path, ...rest);
    },
    async lstat(path: string) {
      const all = await real.readdir(dirname(path)).catch(() => []);
      const found = all.find((name) => system.same(name) === system.same(basename(path)));
      return real.lstat(found === undefined ? path : join(dirname(path), found));
    },
  };
});

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'oras-js-folding-'));
  Object.assign(system, { same: (name: string) => name, probes: 0 });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test.for(foldings)('pathKey: in a file system that %s', async ([, same, keys]) => {
  system.same = same;
  expect(await keysIn(new DirectoryStorage(root))).toEqual(keys);
  expect(readdirSync(root)).toEqual([]);
});

test('pathKey: is found out once, above where the directory will be, and makes nothing', async () => {
  const storage = new DirectoryStorage(join(root, 'not/yet'));
  await Promise.all([storage.pathKey('a'), storage.pathKey('b')]);
  await storage.pathKey('c');
  // One in each of the directories that are not there, and one that is.
  expect(system.probes).toBe(3);
  expect(readdirSync(root)).toEqual([]);
});

test('pathKey: what cannot be tried is taken to be folded', async () => {
  writeFileSync(join(root, 'file'), '');
  expect(await keysIn(new DirectoryStorage(join(root, 'file')))).toEqual([0, 0, 0, 0]);
});
