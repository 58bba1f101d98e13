import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readArchive } from '../../../src/archive/reading/read-archive.ts';
import { readAll } from '../../../src/bytes/streams.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { itemsOf } from '../../support/content.ts';
import { chunked } from '../../support/gzip-bytes.ts';
import { describeWith } from '../../support/registries.ts';
import { findBsdtar, findGnuTar, findPython } from '../../support/tar-programs.mjs';
import { makeTree, type TreeEntry, treeOf } from './file-tree.ts';

const trees: Record<'any' | 'short', string> = { any: '', short: '' };
beforeAll(() => {
  for (const names of ['any', 'short'] as const) trees[names] = makeTree({ names });
});
afterAll(() => {
  for (const path of Object.values(trees)) rmSync(path, { recursive: true, force: true });
});

/** The tree that an archive holds. A hard link is what it repeats, which must be there before it. */
async function unpackedTree(bytes: Uint8Array): Promise<Map<string, TreeEntry>> {
  const entries = new Map<string, TreeEntry>();
  for await (const entry of readArchive(chunked(bytes, 65_536).stream)) {
    const { path, type, mode, linkTarget } = entry;
    if (type === 'link') {
      const same = entries.get(linkTarget!);
      expect(same, `${path} repeats ${linkTarget}`).toBeDefined();
      entries.set(path, same!);
    } else {
      const content = type === 'file' ? digestOf(await readAll(entry.stream(), 1e9)) : linkTarget;
      entries.set(path, { type, mode: type === 'symlink' ? undefined : mode, content });
    }
  }
  return entries;
}

const run = (program: string, ...args: string[]): Uint8Array => execFileSync(program, args, { maxBuffer: 1e9 });

/** Checks that an archive of a tree has it, whether compressed or not. */
async function expectTree(bytes: Uint8Array, root: string): Promise<void> {
  const expected = treeOf(root);
  for (const archive of [bytes, gzipSync(bytes)]) expect(await unpackedTree(archive)).toEqual(expected);
}

const gnuFormats = [
  ['gnu', 'any'],
  ['oldgnu', 'any'],
  ['pax', 'any'],
  ['posix', 'any'],
  ['ustar', 'short'],
  ['v7', 'short'],
] as const;

describeWith('archives of others', { name: 'GNU tar', path: findGnuTar() }, (tar) => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'oras-js-tars-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const pack = (root: string, ...args: string[]): Uint8Array => run(tar, '-C', root, '-c', ...args);

  for (const [format, names] of gnuFormats) {
    // The oldest format has no pipes.
    const exclude = format === 'v7' ? ['--exclude=pipe'] : [];

    test(`the format ${format} gives the same tree`, async () => {
      const bytes = pack(trees[names], ...exclude, `--format=${format}`, 'tree');
      const expected = treeOf(trees[names]);
      if (format === 'v7') expected.delete('tree/pipe');
      for (const archive of [bytes, gzipSync(bytes)]) expect(await unpackedTree(archive)).toEqual(expected);
    });

    test(`the format ${format} gives the same tree from a dot`, async () => {
      const bytes = pack(join(trees[names], 'tree'), ...exclude, `--format=${format}`, '.');
      const expected = treeOf(join(trees[names], 'tree'));
      if (format === 'v7') expected.delete('pipe');
      expect(await unpackedTree(bytes)).toEqual(expected);
    });
  }

  test('a label, a global header and extended attributes change nothing', async () => {
    await expectTree(pack(trees.any, '--format=gnu', '--label=backup', 'tree'), trees.any);
    const globals = ['--pax-option=globexthdr.name=/x/%n,comment=hello', '--label=backup'];
    await expectTree(pack(trees.any, '--format=pax', ...globals, '--xattrs', 'tree'), trees.any);
  });

  test('absolute names are refused', async () => {
    const bytes = pack('/', '-P', join(trees.any, 'tree/run'));
    await expect(unpackedTree(bytes)).rejects.toMatchObject({ code: 'UNSAFE_PATH', path: join(trees.any, 'tree/run') });
  });

  for (const version of ['gnu', '0.0', '0.1', '1.0']) {
    test(`T18: sparse files are refused, of the version ${version}`, async () => {
      writeFileSync(join(directory, 'holes'), '');
      truncateSync(join(directory, 'holes'), 10_000_000);
      const format = version === 'gnu' ? ['--format=gnu'] : ['--format=pax', `--sparse-version=${version}`];
      const bytes = pack(directory, ...format, '--sparse', 'holes');
      expect(bytes.length).toBeLessThan(100_000);
      await expect(unpackedTree(bytes)).rejects.toMatchObject({ code: 'INVALID_ARCHIVE', path: 'holes' });
    });
  }

  test('a directory without permission comes before its files, as it was packed', async () => {
    const root = mkdtempSync(join(directory, 'locked-'));
    execFileSync('mkdir', [join(root, 'locked')]);
    writeFileSync(join(root, 'locked/file'), 'file');
    chmodSync(join(root, 'locked'), 0o555);
    const entries = await itemsOf(readArchive(chunked(pack(root, 'locked')).stream));
    expect(entries.map(({ path, mode }) => [path, mode])).toEqual([
      ['locked', 0o555],
      ['locked/file', 0o644],
    ]);
  });

  test('archives that were appended to are read to their end', async () => {
    const archive = join(directory, 'appended.tar');
    run(tar, '-C', trees.short, '-cf', archive, 'tree/a');
    run(tar, '-C', trees.short, '-rf', archive, 'tree/run');
    const paths = [...(await unpackedTree(readFileSync(archive))).keys()];
    expect(paths.at(-1)).toBe('tree/run');
  });

  test('an archive without its end gives what it has, and one cut in a file is an error', async () => {
    const archive = join(directory, 'cut.tar');
    run(tar, '-C', trees.short, '-cf', archive, '-b', '1', 'tree/a/text.txt', 'tree/run');
    truncateSync(archive, 4 * 512);
    expect([...(await unpackedTree(readFileSync(archive))).keys()]).toEqual(['tree/a/text.txt', 'tree/run']);
    truncateSync(archive, 3 * 512 + 5);
    await expect(unpackedTree(readFileSync(archive))).rejects.toMatchObject({
      code: 'INVALID_ARCHIVE',
      path: 'tree/run',
    });
  });
});

describeWith('archives of others', { name: 'bsdtar', path: findBsdtar() }, (bsdtar) => {
  for (const [format, names] of [
    ['gnutar', 'any'],
    ['pax', 'any'],
    ['ustar', 'short'],
    ['v7tar', 'short'],
  ] as const) {
    test(`the format ${format} gives the same tree`, async () => {
      const exclude = format === 'v7tar' ? ['--exclude', 'pipe'] : [];
      const bytes = run(bsdtar, '-C', trees[names], '-c', '-f', '-', ...exclude, '--format', format, 'tree');
      const expected = treeOf(trees[names]);
      if (format === 'v7tar') expected.delete('tree/pipe');
      for (const archive of [bytes, gzipSync(bytes)]) expect(await unpackedTree(archive)).toEqual(expected);
    });
  }

  test('T18: the sparse files that it makes of files with holes are refused', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'oras-js-holes-'));
    try {
      writeFileSync(join(directory, 'holes'), '');
      truncateSync(join(directory, 'holes'), 10_000_000);
      const bytes = run(bsdtar, '-C', directory, '-c', '-f', '-', '--format', 'pax', 'holes');
      // Not every file system tells of holes.
      const reading = unpackedTree(bytes);
      if (bytes.length > 1_000_000) expect((await reading).size).toBe(1);
      else await expect(reading).rejects.toMatchObject({ code: 'INVALID_ARCHIVE', path: 'holes' });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test('what it compresses itself is read', async () => {
    const bytes = run(bsdtar, '-C', trees.any, '-c', '-z', '-f', '-', 'tree');
    expect(bytes[0]).toBe(0x1f);
    expect(await unpackedTree(bytes)).toEqual(treeOf(trees.any));
  });
});

const pythonProgram = `
import sys, tarfile
mode, format, root = sys.argv[1:4]
with tarfile.open(fileobj=sys.stdout.buffer, mode=mode, format=getattr(tarfile, format)) as tar:
    tar.add(root + '/tree', arcname='tree')
`;

describeWith('archives of others', { name: 'Python', path: findPython() }, (python) => {
  for (const [format, names] of [
    ['GNU_FORMAT', 'any'],
    ['PAX_FORMAT', 'any'],
    ['USTAR_FORMAT', 'short'],
  ] as const) {
    test.for(['w|', 'w|gz'])(`the format ${format} gives the same tree, in the mode %s`, async (mode) => {
      const bytes = run(python, '-c', pythonProgram, mode, format, trees[names]);
      expect(await unpackedTree(bytes)).toEqual(treeOf(trees[names]));
    });
  }
});

describe('archives of others', () => {
  test('the tree that is packed has everything', () => {
    const types = [...treeOf(trees.any).values()].map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(['file', 'directory', 'symlink', 'other']));
  });
});
