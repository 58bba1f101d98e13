import { describe, expect, test } from 'vitest';
import { manifest } from '../../package-sources.mjs';
import { filesBelow, textOf } from './files.ts';
import { importsOf } from './imports.ts';

// Lowest first. A file may import from its own place and from lower floors; places that share a floor are strangers.
// Files named together are one place.
const floors: readonly (readonly string[])[] = [
  ['types.ts'],
  ['errors/ errors.ts options.ts aborts.ts concurrency.ts pagination.ts'],
  ['oci/'],
  ['bytes/'],
  ['storage/'],
  ['target/'],
  ['remote/', 'actions/', 'server/'],
  ['registry.ts registry-options.ts'],
  ['node/', 'browser/'],
  ['index.ts index.node.ts', 'node.ts', 'browser.ts', 'server.ts'],
];

// The one file that knows each dependency: replacing it is a change of that file.
const doors: Readonly<Record<string, string>> = {
  '@noble/hashes': 'src/oci/sha256.ts',
  undici: 'src/node/network/undici.ts',
  'hash-wasm': 'src/browser/workers/wasm-sha256.ts',
  ky: 'src/remote/http/api-client.ts',
  zod: 'src/oci/schema.ts',
};

// Part of a built file, so that whoever installs the package does not install it too.
const bundled = ['hash-wasm', 'ky', 'zod'];

const files = filesBelow('src').filter((path) => path.endsWith('.ts'));
const imports = files.flatMap(importsOf);
const show = ({ from, specifier }: { from: string; specifier: string }): string => `${from} imports ${specifier}`;

function placeOf(path: string): { floor: number; name: string } | undefined {
  const inside = path.replace('src/', '');
  for (const [floor, places] of floors.entries()) {
    const name = places.find((place) =>
      place.split(' ').some((part) => (part.endsWith('/') ? inside.startsWith(part) : inside === part)),
    );
    if (name !== undefined) return { floor, name };
  }
  return undefined;
}

describe('architecture: floors', () => {
  test('every source file has a place on a floor', () => {
    expect(files.filter((path) => !placeOf(path))).toEqual([]);
  });

  test('a file imports its own place or a lower floor', () => {
    const wrong = imports.filter(({ from, file }) => {
      const here = placeOf(from);
      const there = file === undefined ? undefined : placeOf(file);
      return here && there && here.name !== there.name && here.floor <= there.floor;
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('there are no import cycles', () => {
    const cycles = new Set<string>();
    const finished = new Set<string>();
    const follow = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.add([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (trail.includes(path) || finished.has(path)) return;
      for (const { from, file } of imports) if (from === path && file) follow(file, [...trail, path]);
      finished.add(path);
    };
    for (const path of files) follow(path, []);
    expect([...cycles]).toEqual([]);
  });
});

describe('architecture: doors', () => {
  test('every dependency has a door', () => {
    expect(Object.keys(doors).sort()).toEqual([...Object.keys(manifest.dependencies), ...bundled].sort());
  });

  test.for(Object.entries(doors))('%s is imported by %s alone', ([name, door]) => {
    const users = imports.filter(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`));
    expect([...new Set(users.map(({ from }) => from))]).toEqual([door]);
  });

  test('node:* is imported under src/node/ only', () => {
    const users = imports.filter(
      ({ from, specifier }) => specifier.startsWith('node:') && !from.startsWith('src/node/'),
    );
    expect(users.map(show)).toEqual([]);
  });

  test('nothing else is imported', () => {
    const allowed = ['node:', ...Object.keys(manifest.imports), ...Object.keys(doors)];
    const others = imports.filter(
      ({ specifier, file }) => !file && !allowed.some((name) => specifier.startsWith(name)),
    );
    expect(others.map(show)).toEqual([]);
  });
});

describe('architecture: files', () => {
  test('relative imports name an existing .ts file', () => {
    expect(imports.filter(({ file }) => file !== undefined && !files.includes(file)).map(show)).toEqual([]);
  });

  test('no file has more than 300 lines', () => {
    expect(files.filter((path) => textOf(path).trimEnd().split('\n').length > 300)).toEqual([]);
  });
});
