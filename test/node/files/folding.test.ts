import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

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

const names = ['A\u00e9', 'a\u00e9', 'Ae\u0301', 'ae\u0301'];

async function keysIn(storage: DirectoryStorage): Promise<number[]> {
  const keys: string[] = [];
  for (const name of names) keys.push(await storage.pathKey(name));
  return keys.map((key) => keys.indexOf(key));
}

test.for([
  ['tells all names apart', (name: string) => name, [0, 1, 2, 3]],
  ['folds capitals', (name: string) => name.toLowerCase(), [0, 0, 2, 2]],
  ['normalises', (name: string) => name.normalize('NFD'), [0, 1, 0, 1]],
  ['does both', (name: string) => name.normalize('NFC').toLowerCase(), [0, 0, 0, 0]],
] as const)('pathKey: in a file system that %s', async ([, same, keys]) => {
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
