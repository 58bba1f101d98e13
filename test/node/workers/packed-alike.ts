import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NamedDirectory } from '../../../src/actions/push/file-input.ts';
import type { PackOptions } from '../../../src/actions/push/pack-directory.ts';
import type { PackedArchive } from '../../../src/archive/writing/packed-archive.ts';
import { DirectoryStorage } from '../../../src/node/files/directory-storage.ts';
import { archiveTree } from '../../support/archive-tree.ts';
import { noise } from '../../support/noise.ts';

// What every way to pack a directory of the disk has to do, whoever walks it.

const mebibyte = 1024 * 1024;

/** Packs a directory. */
export type Pack = (directory: NamedDirectory, options: PackOptions & { signal?: AbortSignal }) => PackedArchive;

/** What became of it: two that are alike are equal. */
export type Packed = Record<string, unknown>;

/** One directory, and what is done with it. */
export interface PackingCase {
  name: string;
  /** Makes the directory in a folder that is there and empty. */
  make(folder: string): void | Promise<void>;
  options?(folder: string): PackOptions;
  /** The directory in the folder's storage that is packed. Default: the folder. */
  path?: string;
  /** What is done once the first bytes are there. */
  meanwhile?(folder: string): void;
  /** What all have in common. */
  expected?: Packed;
}

/** Writes files by their paths; those that end in a slash are directories. */
function files(folder: string, contents: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    if (path.endsWith('/')) mkdirSync(join(folder, path), { recursive: true });
    else writeFileSync(join(folder, path), content);
  }
}

/** Writes the tree of the pinned archives. */
async function pinnedTree(folder: string): Promise<void> {
  for (const { path, type, content, mode, linkTarget } of archiveTree()) {
    const place = join(folder, path.slice('v/'.length));
    if (type === 'directory') mkdirSync(place, { recursive: true });
    if (type === 'symlink') symlinkSync(linkTarget ?? '', place);
    if (type === 'file') writeFileSync(place, new Uint8Array(await content!.arrayBuffer()), { mode });
  }
}

const tree = {
  digest: 'sha256:95d1cd5a873b2a5a72adf9a576cd86d7cde5025c2961e6972e663d830b25a9dd',
  tarDigest: 'sha256:c1ee592fcef5ad360c56fa35c6123ceb0d67e4adaf13be75d8bac9d437a3d2bd',
};
const some = { 'a.txt': 'a', 'b/c.txt': 'c', 'b/d/e.txt': 'e', 'b.txt': 'b', 'empty/': '' };
const large = (folder: string): void => {
  writeFileSync(join(folder, 'large'), '');
  truncateSync(join(folder, 'large'), 64 * mebibyte);
};
const plain = (): PackOptions => ({ compression: 'none' });
const changed = { code: 'FILE', path: 'v/large', errno: 'NotReadableError' };

/** The cases. */
export const packingCases: readonly PackingCase[] = [
  { name: 'the pinned tree', make: pinnedTree, expected: tree },
  {
    name: 'the pinned tree, not compressed',
    make: pinnedTree,
    options: plain,
    expected: { digest: tree.tarDigest, tarDigest: tree.tarDigest },
  },
  {
    name: 'a directory of a storage',
    make: (folder) => pinnedTree(join(folder, 'deep/er')),
    path: 'deep/er',
    expected: tree,
  },
  { name: 'an empty directory', make: () => {}, expected: { tarSize: 1536 } },
  { name: 'a storage that is not there', make: (folder) => rmSync(folder, { recursive: true }) },
  {
    name: 'names in the order of their bytes',
    make: (folder) =>
      files(folder, { 'a-b': '1', 'a/b': '2', 'a.b': '3', a0: '4', A: '5', ﬀ: '6', '😀': '7', 'e\u0301': '8' }),
  },
  {
    name: 'names longer than a header holds',
    make: (folder) => files(folder, { [`${'d'.repeat(120)}/${'f'.repeat(200)}`]: '1', ['ü'.repeat(120)]: '2' }),
  },
  {
    name: 'a tar of whole blocks',
    make: (folder) => files(folder, { a: noise(2 * mebibyte - 512 * 4, 1) }),
    expected: { tarSize: 2 * mebibyte },
  },
  {
    name: 'more blocks than are in memory',
    make: (folder) => files(folder, { a: noise(9_000_000, 2), b: noise(7_000_000, 3) }),
  },
  {
    name: 'many small files',
    make: (folder) =>
      files(
        folder,
        Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`${i % 70}/${i}.txt`, `${i}\n`.repeat(i % 100)])),
      ),
  },
  {
    name: 'files that are being written are left out',
    make: (folder) => files(folder, { a: 'a', '.oras-js-0123456789abcdef.tmp': 'half' }),
  },
  {
    name: 'a filter that leaves out a directory',
    make: (folder) => files(folder, some),
    options: () => ({ filter: ({ path }) => path !== 'b' && path !== 'empty' }),
  },
  {
    name: 'a filter that leaves out all files',
    make: (folder) => files(folder, some),
    options: () => ({ filter: ({ type }) => type === 'directory' }),
    expected: { tarSize: 512 * 6 },
  },
  {
    name: 'modes of some files',
    make: (folder) => files(folder, some),
    options: () => ({ modes: (path) => (path.endsWith('c.txt') ? 0o755 : undefined) }),
  },
  {
    name: 'symlinks that stay inside',
    make: (folder) => {
      files(folder, some);
      symlinkSync('../a.txt', join(folder, 'b/up'));
      symlinkSync('missing', join(folder, 'dangling'));
      symlinkSync('b', join(folder, 'directory'));
      symlinkSync('circle/x', join(folder, 'circle'));
    },
  },
  {
    name: 'a symlink that leads outside',
    make: (folder) => symlinkSync('../x', join(folder, 'up')),
    expected: { code: 'UNSAFE_PATH', path: 'up' },
  },
  {
    name: 'a symlink that is absolute',
    make: (folder) => symlinkSync('/etc/passwd', join(folder, 'passwd')),
    expected: { code: 'UNSAFE_PATH', path: 'passwd' },
  },
  {
    name: 'a file with a backslash in its name',
    make: (folder) => files(folder, { 'a\\b': '1' }),
    expected: { code: 'UNSAFE_PATH', path: 'a\\b' },
  },
  {
    name: 'a directory with the name of a device',
    make: (folder) => files(folder, { 'nul/': '' }),
    expected: { code: 'UNSAFE_PATH', path: 'v/nul' },
  },
  {
    name: 'a name that is not UTF-8',
    make: (folder) => writeFileSync(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.from([0xff])]), '1'),
    expected: { code: 'UNSAFE_PATH', path: 'a\ufffd' },
  },
  { name: 'a name with the character that stands for such bytes', make: (folder) => files(folder, { 'a\ufffd': '1' }) },
  {
    name: 'more directories in each other than a path may have parts',
    make: (folder) => files(folder, { [`${'d/'.repeat(256)}`]: '' }),
    expected: { code: 'UNSAFE_PATH' },
  },
  {
    name: 'a directory of the storage that is not there',
    make: () => {},
    path: 'missing',
    expected: { code: 'NOT_FOUND', path: 'missing' },
  },
  {
    name: 'a file of the storage',
    make: (folder) => files(folder, some),
    path: 'a.txt',
    expected: { code: 'NOT_FOUND', path: 'a.txt' },
  },
  {
    name: 'a symlink to a directory of the storage',
    make: (folder) => {
      files(folder, some);
      symlinkSync('b', join(folder, 'link'));
    },
    path: 'link',
    expected: { code: 'UNSAFE_PATH' },
  },
  {
    name: 'a path that leads outside',
    make: () => {},
    path: '../v',
    expected: { code: 'UNSAFE_PATH', path: '../v' },
  },
  {
    name: 'a file that is removed before its turn',
    make: (folder) => files(folder, some),
    options: (folder) => ({
      filter: ({ path }) => {
        if (path === 'b.txt') rmSync(join(folder, path));
        return true;
      },
    }),
    expected: { code: 'NOT_FOUND', path: 'v/b.txt' },
  },
  {
    name: 'a filter that throws',
    make: (folder) => files(folder, some),
    options: () => ({
      filter: () => {
        throw new SyntaxError('the caller’s own');
      },
    }),
    expected: { name: 'SyntaxError', message: 'the caller’s own' },
  },
  {
    name: 'a file that grows while it is packed',
    make: large,
    options: plain,
    meanwhile: (folder) => appendFileSync(join(folder, 'large'), 'x'),
    expected: changed,
  },
  {
    name: 'a file that becomes shorter while it is packed',
    make: large,
    options: plain,
    meanwhile: (folder) => truncateSync(join(folder, 'large'), mebibyte),
    expected: changed,
  },
];

/** Packs the directory of a case, and says what became of it. */
export async function outcome({ path, options, meanwhile }: PackingCase, folder: string, pack: Pack): Promise<Packed> {
  const directory: NamedDirectory = { name: 'v', directory: new DirectoryStorage(folder), ...(path && { path }) };
  try {
    const { stream, described } = pack(directory, options?.(folder) ?? {});
    const reader = stream.getReader();
    await reader.read();
    meanwhile?.(folder);
    while (!(await reader.read()).done);
    return { ...(await described) };
  } catch (error) {
    const { name, message, code, path, reference, errno } = error as Record<string, unknown>;
    return { name, message, code, path: path ?? reference, errno };
  }
}
