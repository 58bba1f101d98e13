import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifest } from '../../package-sources.mjs';
import { filesBelow, textOf } from './files.ts';
import { importsOf } from './imports.ts';
import { rooms } from './rooms.ts';

// Lowest first. A file may import from its own place and from lower floors; places that share a floor are strangers.
// Files named together are one place.
const floors: readonly (readonly string[])[] = [
  ['types.ts'],
  ['errors/ errors.ts options.ts aborts.ts concurrency.ts pagination.ts'],
  ['json/'],
  ['oci/'],
  ['bytes/'],
  ['workers/'],
  ['archive/'],
  ['storage/'],
  ['target/'],
  ['remote/', 'actions/', 'server/'],
  ['registry.ts registry-access.ts registry-hooks.ts registry-options.ts'],
  ['node/', 'browser/'],
  ['index.ts index.node.ts', 'node.ts', 'browser.ts', 'server.ts'],
];

// The one file that knows each dependency, or one for each job that it has: replacing it is a change of that file.
const doors: Readonly<Record<string, string | readonly string[]>> = {
  '@noble/hashes': 'src/oci/sha256.ts',
  undici: 'src/node/network/undici.ts',
  'hash-wasm': 'src/browser/workers/wasm-sha256.ts',
  ky: 'src/remote/http/api-client.ts',
  zod: 'src/json/schema.ts',
  pako: ['src/archive/reading/pako-inflate.ts', 'src/archive/writing/pako-deflate.ts'],
};

// Part of a built file, so that whoever installs the package does not install it too.
const bundled = ['hash-wasm', 'ky', 'pako', 'zod'];

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

/** The room that a file is in, by its name in the table; a file outside of all folders is one itself. */
function roomOf(path: string): string {
  const folder = path.replace('src/', '').replace(/[^/]+$/, '');
  return Object.keys(rooms).find((room) => room.split(' ').includes(folder)) ?? path;
}

/** Whether a file of a room may be imported from elsewhere. */
function isDoor(room: string, path: string): boolean {
  const doors = rooms[room];
  if (doors === undefined) return true;
  return roomOf(path) === room && (doors === 'open' || doors.includes(posix.basename(path, '.ts')));
}

/** The cycles that can be followed along the pairs, each from what it begins with to the same again. */
function cyclesOf(pairs: readonly (readonly [from: string, to: string])[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of pairs) next.set(from, (next.get(from) ?? new Set()).add(to));
  const cycles = new Set<string>();
  const finished = new Set<string>();
  const follow = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) cycles.add([...trail.slice(trail.indexOf(name)), name].join(' -> '));
    if (trail.includes(name) || finished.has(name)) return;
    for (const to of next.get(name) ?? []) follow(to, [...trail, name]);
    finished.add(name);
  };
  for (const name of next.keys()) follow(name, []);
  return [...cycles];
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
    const pairs = imports.flatMap(({ from, file }) => (file ? [[from, file] as const] : []));
    expect(cyclesOf(pairs)).toEqual([]);
  });
});

describe('architecture: rooms', () => {
  const between = imports.flatMap(({ from, specifier, file }) => {
    const there = file === undefined ? undefined : roomOf(file);
    return file !== undefined && there && there !== roomOf(from) ? [{ from, specifier, file, there }] : [];
  });

  test('every folder is a room', () => {
    expect(files.filter((path) => path.split('/').length > 2 && roomOf(path) === path)).toEqual([]);
  });

  test('there are no import cycles between rooms', () => {
    expect(cyclesOf(between.map(({ from, there }) => [roomOf(from), there] as const))).toEqual([]);
  });

  test('what other rooms import from a room are its doors', () => {
    const wrong = between.filter(({ file, there }) => !isDoor(there, file));
    expect(wrong.map((it) => `${show(it)}, which is no door of ${it.there}`)).toEqual([]);
  });

  test('a door is there for another room', () => {
    const used = new Set(between.map(({ file }) => file));
    const unused = Object.keys(rooms).filter((room) => {
      const doors = rooms[room]!;
      return doors !== 'open' && [...used].filter((file) => isDoor(room, file)).length !== doors.length;
    });
    expect(unused).toEqual([]);
  });
});

describe('architecture: doors', () => {
  test('every dependency has a door', () => {
    expect(Object.keys(doors).sort()).toEqual([...Object.keys(manifest.dependencies), ...bundled].sort());
  });

  test.for(Object.entries(doors))('%s is imported by %s alone', ([name, door]) => {
    const users = imports.filter(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`));
    expect([...new Set(users.map(({ from }) => from))].sort()).toEqual([door].flat());
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
