import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/archive/reading/read-archive.ts';
import { readAll } from '../../src/bytes/streams.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { bytesOf } from '../support/content.ts';
import { chunked, gzipped } from '../support/gzip-bytes.ts';
import { joined, pax, type TarPart, tarOf } from '../support/tar-bytes.ts';
import { entriesOf, tree, treeEntries } from './entries.ts';

const pathsOf = async (parts: readonly (TarPart | Uint8Array)[]): Promise<string[]> =>
  (await entriesOf(tarOf(parts))).map(({ path }) => path);

const long = `${'directory/'.repeat(20)}${'name'.repeat(20)}`;
describe('archives: what is read', () => {
  test.for([1, 100, 512, 1000, 65_536])('a tar gives its entries when it comes in chunks of %i bytes', async (size) => {
    expect(await entriesOf(tarOf(tree), {}, size)).toEqual(treeEntries);
  });

  test.for([1, 100, 65_536])('a compressed tar gives the same, in chunks of %i bytes', async (size) => {
    expect(await entriesOf(await gzipped(tarOf(tree)), {}, size)).toEqual(treeEntries);
  });

  test.for(['ustar', 'gnu', 'v7'] as const)('a tar gives its entries in the format %s', async (format) => {
    expect(await entriesOf(tarOf(tree.map((part) => ({ ...part, format }))))).toEqual(treeEntries);
  });

  test('a directory is known by its slash alone', async () => {
    const parts: TarPart[] = [
      { path: 'a/', flag: '\0', format: 'v7' },
      { path: 'b/', flag: '0' },
    ];
    expect((await entriesOf(tarOf(parts))).map(({ type }) => type)).toEqual(['directory', 'directory']);
  });

  test('an entry of the root is left out, and paths lose what does not change them', async () => {
    const paths = ['./', '.', './/', './a', 'a//b', './a/./b/', 'c/.'];
    const flags = ['5', '5', '5', '0', '0', '5', '5'];
    const parts = paths.map((path, index) => ({ path, flag: flags[index]! }));
    expect(await pathsOf(parts)).toEqual(['a', 'a/b', 'a/b', 'c']);
  });

  test('a long name of ustar has its prefix, which the other formats do not have', async () => {
    const part = { path: 'name', prefix: 'a/b/c' };
    expect(await pathsOf([part])).toEqual(['a/b/c/name']);
    expect(await pathsOf([{ ...part, format: 'gnu' }])).toEqual(['name']);
  });

  test('long names and targets of GNU tar are those of the next entry alone', async () => {
    const entries = await entriesOf(
      tarOf([
        { path: '././@LongLink', flag: 'L', content: `${long}\0` },
        { path: '././@LongLink', flag: 'K', content: `${long}/target\0` },
        { path: 'short', flag: '2', link: 'short' },
        { path: 'next', flag: '2', link: 'target' },
      ]),
    );
    expect(entries).toMatchObject([
      { path: long, linkTarget: `${long}/target` },
      { path: 'next', linkTarget: 'target' },
    ]);
  });

  test('a PAX header says path, target and size of the next entry alone', async () => {
    const entries = await entriesOf(
      tarOf([
        pax({ mtime: '1.5', path: `${long}/ü`, size: '5', 'SCHILY.xattr.user.x': 'a=b\nc' }),
        { path: 'short', content: 'hello', size: 0 },
        pax({ linkpath: '日本', uid: '1' }),
        { path: 'link', flag: '2', link: 'short' },
        { path: 'last', content: 'last' },
      ]),
    );
    expect(entries).toMatchObject([
      { path: `${long}/ü`, size: 5, content: 'hello' },
      { path: 'link', linkTarget: '日本' },
      { path: 'last', size: 4, content: 'last' },
    ]);
  });

  test('an empty value in a PAX header takes back what it said before', async () => {
    const header = joined(...['a', ''].map((path) => pax({ path }).content as Uint8Array));
    expect(await pathsOf([{ ...pax({}), content: header }, { path: 'name' }])).toEqual(['name']);
  });

  test('a global header is passed over, as is the label of the archive', async () => {
    const parts: TarPart[] = [
      pax({ comment: 'of git' }, 'g'),
      { path: 'Label', flag: 'V', content: 'l' },
      { path: 'a', content: 'a' },
      pax({ path: 'b' }),
      pax({ mtime: '1' }, 'g'),
      { path: 'c' },
    ];
    expect(await pathsOf(parts)).toEqual(['a', 'b']);
  });

  test('a size in base 256 is read', async () => {
    const size = new Uint8Array(12);
    size[0] = 0x80;
    size[11] = 5;
    expect(await entriesOf(tarOf([{ path: 'a', content: 'hello', size }]))).toMatchObject([
      { size: 5, content: 'hello' },
    ]);
  });

  test('a size over 8 GiB is what it is', async () => {
    const size = Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0);
    const entries = readArchive(chunked(tarOf([{ path: 'a', size }])).stream);
    expect((await entries.next()).value).toMatchObject({ size: 3 * 2 ** 32 });
    await entries.return();
    const withPax = readArchive(chunked(tarOf([pax({ size: '9999999999' }), { path: 'a' }])).stream);
    expect((await withPax.next()).value).toMatchObject({ size: 9_999_999_999 });
    await withPax.return();
  });

  test('a checksum of signed bytes is taken', async () => {
    const bytes = tarOf([{ path: 'ü', content: 'u' }]);
    const sum = bytes.subarray(0, 512).reduce((total, byte, index) => {
      const value = index >= 148 && index < 156 ? 0x20 : byte;
      return total + (value < 0x80 ? value : value - 0x100);
    }, 0);
    bytes.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    expect(await entriesOf(bytes)).toMatchObject([{ path: 'ü', content: 'u' }]);
  });

  test('T12: of a mode only the permission bits are kept', async () => {
    const modes = [0o4755, 0o2755, 0o1777, 0o100644, 0];
    const entries = await entriesOf(tarOf(modes.map((mode, index) => ({ path: `${index}`, mode }))));
    expect(entries.map(({ mode }) => mode)).toEqual([0o755, 0o755, 0o777, 0o644, 0]);
  });

  test('T11: devices, pipes and unknown kinds are others, and their contents are skipped', async () => {
    const parts: TarPart[] = [
      { path: 'character', flag: '3' },
      { path: 'block', flag: '4', size: 4096 },
      { path: 'pipe', flag: '6' },
      { path: 'socket', flag: 's' },
      { path: 'unknown', flag: 'Z', content: 'x'.repeat(700) },
      { path: 'dump', flag: 'D', content: 'Yfile\0' },
      { path: 'file', content: 'file' },
    ];
    const entries = await entriesOf(tarOf(parts));
    expect(entries.slice(0, -1).map(({ type, size }) => [type, size])).toEqual(Array(6).fill(['other', 0]));
    expect(entries.at(-1)).toMatchObject({ type: 'file', content: 'file' });
  });

  test('links have no content, whatever size their headers say', async () => {
    const parts: TarPart[] = [
      { path: 'a', content: 'a' },
      { path: 'b', flag: '1', link: 'a', size: 1 },
      { path: 'c', flag: '2', link: 'target', size: 6 },
      { path: 'd', content: 'd' },
    ];
    expect((await entriesOf(tarOf(parts))).map(({ path, size }) => [path, size])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 0],
      ['d', 1],
    ]);
  });

  test('T16: a path that comes again comes again', async () => {
    const parts: TarPart[] = [
      { path: 'a', content: '1' },
      { path: 'a/', flag: '5' },
      { path: 'a', content: '2' },
    ];
    expect((await entriesOf(tarOf(parts))).map(({ type, content }) => [type, content])).toEqual([
      ['file', '1'],
      ['directory', undefined],
      ['file', '2'],
    ]);
  });

  test('a compressed tar in a tar is a file', async () => {
    const inner = await gzipped(tarOf(tree));
    for await (const entry of readArchive(
      chunked(await gzipped(tarOf([{ path: 'a.tar.gz', content: inner }]))).stream,
    )) {
      expect(digestOf(await readAll(entry.stream(), 100_000))).toBe(digestOf(inner));
    }
  });
});
