import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tarBlocks } from '../../../src/archive/writing/blocks.ts';
import { compareEntries } from '../../../src/archive/writing/entry-order.ts';
import { gzipOf } from '../../../src/archive/writing/gzip.ts';
import { type TarSource, tarParts } from '../../../src/archive/writing/tar-parts.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { archiveTree, directoryOf, fileOf, linkOf } from '../../support/archive-tree.ts';
import { noise } from '../../support/noise.ts';
import { describeWith } from '../../support/registries.ts';
import { findBsdtar, findGnuTar, findPython } from '../../support/tar-programs.mjs';

const names = ['d'.repeat(60), 'e'.repeat(60), 'f'.repeat(60)];
const tree = [
  ...archiveTree(),
  directoryOf(`v/${names[0]}`),
  directoryOf(`v/${names[0]}/${names[1]}`),
  fileOf(`v/${names[0]}/${names[1]}/${names[2]}`, 'two fields\n'),
  directoryOf(`v/${'日'.repeat(60)}`),
  fileOf(`v/${'日'.repeat(60)}/x`, 'long, and not ASCII\n'),
  linkOf('v/to 日', 'ünï-日本.txt'),
  linkOf('v/to long', `${'long'.repeat(40)}.txt`),
  fileOf('v/with space and "quotes"', 'x'),
  fileOf('v/noise', noise(3_000_000, 1)),
].sort(compareEntries);
const folder = mkdtempSync(join(tmpdir(), 'oras-js-tar-'));
const archives = { plain: join(folder, 'v.tar'), compressed: join(folder, 'v.tar.gz') };
const kinds = ['plain', 'compressed'] as const;

beforeAll(async () => {
  for (const kind of kinds) {
    const { stream } = gzipOf(tarBlocks(tarParts(tree)), { compression: kind === 'plain' ? 'none' : 'gzip' });
    writeFileSync(archives[kind], Buffer.from(await new Response(stream).arrayBuffer()));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, ...parameters: string[]): string {
  return execFileSync(program, parameters, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
}

/** What is at a path and below it, as text that says all of it but times and owners. */
function below(root: string, path: string): string[] {
  const found = lstatSync(join(root, path));
  if (found.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(root, path))}`];
  const mode = (found.mode & 0o777).toString(8);
  if (found.isFile()) return [`${path} ${mode} ${digestOf(readFileSync(join(root, path)))}`];
  return [`${path}/ ${mode}`, ...readdirSync(join(root, path)).flatMap((name) => below(root, `${path}/${name}`))];
}

/** The same text of what was packed. */
async function packed(): Promise<string[]> {
  const lines = tree.map(async ({ path, type, mode, content, linkTarget }: TarSource) => {
    if (type === 'symlink') return `${path} -> ${linkTarget}`;
    if (type === 'directory') return `${path}/ 755`;
    return `${path} ${mode.toString(8)} ${digestOf(new Uint8Array(await content!.arrayBuffer()))}`;
  });
  return (await Promise.all(lines)).sort();
}

/** Unpacks an archive and compares what became of it. */
async function expectUnpacked(
  kind: (typeof kinds)[number],
  unpack: (archive: string, to: string) => string,
): Promise<void> {
  const to = mkdtempSync(join(folder, kind));
  expect(unpack(archives[kind], to)).toBe('');
  expect(below(to, 'v').sort()).toEqual(await packed());
}

describeWith('packed archives', { name: 'GNU tar', path: findGnuTar() }, (tar) => {
  test.for(kinds)('become the tree again (%s)', (kind) =>
    expectUnpacked(kind, (archive, to) => run(tar, '-xpf', archive, '-C', to)),
  );

  test('are listed in the order of their entries', () => {
    const listed = run(tar, '-tf', archives.compressed, '--quoting-style=literal', '--show-stored-names');
    const expected = tree.map(({ path, type }) => (type === 'directory' ? `${path}/` : path));
    expect(listed.trimEnd().split('\n')).toEqual(expected);
  });

  test('say nothing of who made them, and when', () => {
    const listed = run(tar, '-tvf', archives.compressed, '--numeric-owner', '--utc').trimEnd().split('\n');
    expect(listed.filter((line) => !/^\S{10} 0\/0 +\d+ 1970-01-01 00:00 /.test(line))).toEqual([]);
  });
});

describeWith('packed archives', { name: 'bsdtar', path: findBsdtar() }, (bsdtar) => {
  test.for(kinds)('become the tree again (%s)', (kind) =>
    expectUnpacked(kind, (archive, to) => run(bsdtar, '-xpf', archive, '-C', to)),
  );
});

describeWith('packed archives', { name: 'Python', path: findPython() }, (python) => {
  const extract = 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])';
  test.for(kinds)('become the tree again (%s)', (kind) =>
    expectUnpacked(kind, (archive, to) => run(python, '-c', extract, archive, to)),
  );

  test('are what zlib itself makes by the recipe', (context) => {
    const version = run(python, '-c', 'import zlib; print(zlib.ZLIB_RUNTIME_VERSION)').trim();
    if (!/^[\d.]+$/.test(version)) context.skip(`its ${version} finds other matches than zlib`);
    const options = { input: readFileSync(archives.plain), maxBuffer: 2 ** 26 };
    const made = execFileSync(python, [join(import.meta.dirname, 'recipe.py')], options);
    expect(digestOf(made)).toBe(digestOf(readFileSync(archives.compressed)));
  });
});

test('packed archives: node:zlib reads them, and so does gzip', () => {
  expect(digestOf(gunzipSync(readFileSync(archives.compressed)))).toBe(digestOf(readFileSync(archives.plain)));
  expect(run('gzip', '--test', archives.compressed)).toBe('');
});
