import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tarBlocks } from '../../../src/archive/blocks.ts';
import { sortEntries } from '../../../src/archive/entry-order.ts';
import { gzipOf } from '../../../src/archive/gzip.ts';
import { type TarSource, tarParts } from '../../../src/archive/tar-parts.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { archiveTree, directoryOf, fileOf, linkOf } from '../../support/archive-tree.ts';
import { findExecutable } from '../../support/executables.mjs';
import { noise } from '../../support/noise.ts';

const python = findExecutable('python3');
const folder = mkdtempSync(join(tmpdir(), 'oras-js-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const names = ['d'.repeat(60), 'e'.repeat(60), 'f'.repeat(60)];
const tree = sortEntries([
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
]);
let [tar, archive] = ['', ''];

beforeAll(async () => {
  const write = async (name: string, compression: 'gzip' | 'none'): Promise<string> => {
    const { stream } = gzipOf(tarBlocks(tarParts(tree)), { compression });
    const path = join(folder, name);
    writeFileSync(path, Buffer.from(await new Response(stream).arrayBuffer()));
    return path;
  };
  tar = await write('v.tar', 'none');
  archive = await write('v.tar.gz', 'gzip');
});

/** What is below a folder, as text that says all of it but times and owners. */
function below(root: string, path: string): string[] {
  const found = lstatSync(join(root, path));
  if (found.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(root, path))}`];
  const mode = (found.mode & 0o777).toString(8);
  if (found.isFile()) return [`${path} ${mode} ${digestOf(readFileSync(join(root, path)))}`];
  return [`${path}/ ${mode}`, ...readdirSync(join(root, path)).flatMap((name) => below(root, `${path}/${name}`))];
}

async function expected(): Promise<string[]> {
  const lines = tree.map(async ({ path, type, mode, content, linkTarget }: TarSource) => {
    if (type === 'symlink') return `${path} -> ${linkTarget}`;
    if (type === 'directory') return `${path}/ 755`;
    return `${path} ${mode.toString(8)} ${digestOf(new Uint8Array(await content!.arrayBuffer()))}`;
  });
  return (await Promise.all(lines)).sort();
}

const programs: Readonly<Record<string, (archive: string, to: string) => [name: string, ...parameters: string[]]>> = {
  'GNU tar': (path, to) => ['tar', '-xpf', path, '-C', to],
  bsdtar: (path, to) => ['bsdtar', '-xpf', path, '-C', to],
  Python: (path, to) => [
    'python3',
    '-c',
    'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])',
    path,
    to,
  ],
};

for (const [program, commandOf] of Object.entries(programs)) {
  const [name] = commandOf('', '');
  test.skipIf(!findExecutable(name)).for(['compressed', 'plain'])(
    `${program}: a %s archive becomes the tree`,
    async (kind) => {
      const to = join(folder, `${name}-${kind}`);
      mkdirSync(to);
      const [, ...parameters] = commandOf(kind === 'plain' ? tar : archive, to);
      expect(execFileSync(name, parameters, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } })).toBe('');
      expect(below(to, 'v').sort()).toEqual(await expected());
    },
  );
}

test('GNU tar: entries are listed in their order, without a complaint', () => {
  const parameters = ['--list', '--file', archive, '--quoting-style=literal', '--show-stored-names'];
  const listed = execFileSync('tar', parameters, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  expect(listed.trimEnd().split('\n')).toEqual(
    tree.map(({ path, type }) => (type === 'directory' ? `${path}/` : path)),
  );
});

test('gzip and zlib: the archive is right, and has the tar in it', () => {
  expect(execFileSync('gzip', ['--test', archive], { encoding: 'utf8' })).toBe('');
  expect(digestOf(gunzipSync(readFileSync(archive)))).toBe(digestOf(readFileSync(tar)));
});

// Some systems have zlib-ng in its place, which finds other matches.
const hasZlib = (): boolean =>
  python !== undefined &&
  /^[\d.]+$/.test(
    execFileSync(python, ['-c', 'import zlib; print(zlib.ZLIB_RUNTIME_VERSION)'], { encoding: 'utf8' }).trim(),
  );

test.skipIf(!hasZlib())('zlib itself: it makes the same bytes by the recipe', () => {
  const options = { input: readFileSync(tar), maxBuffer: 2 ** 26 };
  const made = execFileSync(python!, [join(import.meta.dirname, 'recipe.py')], options);
  expect(digestOf(made)).toBe(digestOf(readFileSync(archive)));
});
