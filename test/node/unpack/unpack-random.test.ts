import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { isOrasError, pull } from 'oras-js';
import { expect, test } from 'vitest';
import { artifactOf } from '../../support/directory-artifact.ts';
import { Random } from '../../support/random.ts';
import { randomArchive } from '../../support/random-archives.ts';

const cases = 2000;
/** Pulls to one directory, each of which finds what those before it made. */
const perDirectory = 10;

/** Everything in a folder: contents, targets of symlinks and modes. Node's own recursion would follow symlinks. */
function treeOf(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((each) => {
    const path = `${prefix}${each.name}`;
    const place = join(folder, path);
    if (each.isSymbolicLink()) return [`${path} -> ${readlinkSync(place)}`];
    const mode = (lstatSync(place).mode & 0o7777).toString(8);
    if (each.isDirectory()) return [`${path}/ ${mode}`, ...treeOf(folder, `${path}/`)];
    return [`${path} ${mode} ${readFileSync(place, 'utf8')}`];
  });
}

/** Symlinks of a folder whose targets are there, and outside of it. */
function escapesFrom(folder: string): string[] {
  const root = realpathSync(folder);
  return treeOf(folder).flatMap((line) => {
    const [path = ''] = line.split(' -> ');
    if (path === line) return [];
    let target: string;
    try {
      target = realpathSync(join(folder, path));
    } catch {
      return [];
    }
    return target === root || target.startsWith(root + sep) ? [] : [line];
  });
}

test(`unpack: of ${cases} archives of chance none leaves its directory, and what is refused changes nothing`, async () => {
  const codes = new Map<string, number>();
  for (let seed = 0; seed < cases; seed += perDirectory) {
    const parent = mkdtempSync(join(tmpdir(), 'oras-js-random-'));
    const root = join(parent, 'root');
    mkdirSync(join(root, 'dir/sub'), { recursive: true });
    mkdirSync(join(parent, 'outside'));
    writeFileSync(join(parent, 'outside/victim'), 'theirs');
    writeFileSync(join(root, 'beside'), 'theirs');
    // The user's own, which nothing may be written through, and no symlink of an archive may lead to.
    symlinkSync('../../outside', join(root, 'dir/out'));
    const mine = 'dir/out -> ../../outside';
    const around = (): string[] => [
      ...treeOf(join(parent, 'outside')),
      ...readdirSync(parent),
      ...readdirSync(root).filter((name) => name !== 'dir'),
    ];
    const before = around();
    for (let index = seed; index < seed + perDirectory; index++) {
      const random = new Random(index);
      const layout = await artifactOf({ archive: await randomArchive(random) });
      const tree = treeOf(root);
      const outcome = await pull(layout, 'v1', { to: root, overwrite: random.below(2) === 0 }).then(
        () => 'done',
        (error: unknown) => {
          if (!isOrasError(error)) throw new Error(`case ${index} crashed`, { cause: error });
          return error.code as string;
        },
      );
      codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
      expect(around(), `around case ${index}`).toEqual(before);
      expect(
        escapesFrom(join(root, 'dir')).filter((line) => line !== 'out -> ../../outside'),
        `case ${index}`,
      ).toEqual([]);
      if (outcome !== 'done') expect(treeOf(root), `case ${index}: ${outcome}`).toEqual(tree);
      if (!existsSync(join(root, 'dir/out'))) expect.fail(`case ${index} removed ${mine}`);
    }
    rmSync(parent, { recursive: true, force: true });
  }
  // Chance that only ever fails in one way would prove nothing.
  for (const code of ['done', 'UNSAFE_PATH', 'INVALID_ARCHIVE', 'EXISTS']) {
    expect(codes.get(code) ?? 0, `${code}: ${JSON.stringify([...codes])}`).toBeGreaterThan(cases / 40);
  }
});
