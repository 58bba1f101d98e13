import { describe, expect, test } from 'vitest';
import { isOrasError } from '../../src/errors.ts';
import { rejection } from '../support/content.ts';
import { pax, paxRecord, type TarPart, tarOf, zeros } from '../support/tar-bytes.ts';
import { entriesOf } from './entries.ts';

const before: TarPart = { path: 'before', content: 'b' };
const after: TarPart = { path: 'after', content: 'a' };

/** What reading an archive with these entries fails with. */
async function errorOf(...parts: (TarPart | Uint8Array)[]): Promise<Error & { path?: string }> {
  const error = await rejection(entriesOf(tarOf([before, ...parts, after])));
  expect(isOrasError(error)).toBe(true);
  return error as Error & { path?: string };
}

/** The three ways to write a name. */
const named: Record<string, (path: string) => TarPart[]> = {
  'in its header': (path) => [{ path }],
  'in a PAX header': (path) => [pax({ path }), { path: 'name' }],
  'as a long name of GNU tar': (path) => [{ flag: 'L', content: `${path}\0` }, { path: 'name' }],
};

describe('unsafe archives: paths', () => {
  const absolute = ['/etc/passwd', '////etc/passwd', '/', 'C:\\x', 'C:x', 'C:..\\x', '\\\\srv\\s\\x', '\\\\?\\C:\\x'];
  const outside = ['../x', 'a/../../x', 'a\\..\\..\\x', './../x', '..', 'a/..', 'a/../b'];
  const names = ['.', './', 'a/\n', '\u001b[2J', 'a\u0085b', 'con', 'a/NUL', 'a/COM¹/b'];

  for (const [how, partsOf] of Object.entries(named)) {
    test.for(absolute)(`T01: the path %s is refused ${how}`, async (path) => {
      expect(await errorOf(...partsOf(path))).toMatchObject({ code: 'UNSAFE_PATH' });
    });

    test.for(outside)(`T02: the path %s is refused ${how}`, async (path) => {
      expect(await errorOf(...partsOf(path))).toMatchObject({ code: 'UNSAFE_PATH' });
    });

    // A name that ends in a slash is of a directory, and `.` as one is the root.
    test.for(names.filter((path) => path !== './'))(`T02, T13, T15: the path %j is refused ${how}`, async (path) => {
      expect(await errorOf(...partsOf(path))).toMatchObject({ code: 'UNSAFE_PATH' });
    });
  }

  test('T02: a path that is empty is refused, of a directory too', async () => {
    for (const flag of ['0', '5']) {
      expect(await errorOf({ path: '', flag })).toMatchObject({ code: 'UNSAFE_PATH', path: '' });
    }
  });

  test('T13: a zero in a PAX header is refused, and ends a name elsewhere', async () => {
    expect(await errorOf(pax({ path: 'a\0b' }), { path: 'name' })).toMatchObject({ code: 'UNSAFE_PATH' });
    const parts: TarPart[] = [{ path: 'a\0b' }, { flag: 'L', content: 'c\0d\0' }, { path: 'name' }];
    expect((await entriesOf(tarOf(parts))).map(({ path }) => path)).toEqual(['a', 'c']);
  });

  test('the error has the cleaned path', async () => {
    expect(await errorOf({ path: './a/.//../../x/' })).toMatchObject({ code: 'UNSAFE_PATH', path: 'a/../../x' });
    expect(await errorOf({ path: '//etc/./passwd' })).toMatchObject({ code: 'UNSAFE_PATH', path: '/etc/passwd' });
  });

  test('a name that is no Unicode is refused: two of them could become one', async () => {
    const path = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
    expect(await errorOf({ path })).toMatchObject({ code: 'UNSAFE_PATH', path: 'caf\ufffd' });
    expect(await errorOf({ ...pax({}), content: paxRecord('path', path) }, { path: 'name' })).toMatchObject({
      code: 'UNSAFE_PATH',
    });
  });

  test('a name is kept as it is: neither a byte order mark nor the form of its letters changes', async () => {
    const paths = ['\ufeffa', 'cafe\u0301', 'caf\u00e9'];
    const parts = paths.map((path) => ({ path }));
    expect((await entriesOf(tarOf(parts))).map(({ path }) => path)).toEqual(paths);
  });

  test('T19: paths that are too long or too deep are refused', async () => {
    const paths = ['d/'.repeat(10_000), 'n'.repeat(65_536), `${'n'.repeat(200)}/`.repeat(30), 'n'.repeat(256)];
    for (const path of paths) {
      expect(await errorOf(pax({ path: `${path}x` }), { path: 'name' })).toMatchObject({ code: 'UNSAFE_PATH' });
      expect(await errorOf({ flag: 'L', content: `${path}x\0` }, { path: 'name' })).toMatchObject({
        code: 'UNSAFE_PATH',
      });
    }
  });

  test('T11: the paths of devices are refused as all are', async () => {
    expect(await errorOf({ path: '../x', flag: '3' })).toMatchObject({ code: 'UNSAFE_PATH', path: '../x' });
  });
});

describe('unsafe archives: links', () => {
  const targets = ['/etc/passwd', '../x', '..', 'a/../../x', 'C:../../../target.txt', 'c:foo', '\\\\srv\\x', '', '.'];

  test.for(targets)('T06, T07: a hard link to %j is refused, with its own path', async (link) => {
    const error = await errorOf({ path: './x', flag: '1', link });
    expect(error).toMatchObject({ code: 'UNSAFE_PATH', path: 'x', message: expect.stringContaining('"x"') });
  });

  test.for(targets.filter((link) => link.length > 1))(
    'T06, T07: a PAX header does not get %s past',
    async (linkpath) => {
      const link = { path: 'x', flag: '1', link: 'before' };
      expect(await errorOf(pax({ linkpath }), link)).toMatchObject({ code: 'UNSAFE_PATH', path: 'x' });
      expect(await errorOf({ flag: 'K', content: `${linkpath}\0` }, link)).toMatchObject({
        code: 'UNSAFE_PATH',
        path: 'x',
      });
    },
  );

  test('a symlink keeps its target as it is, for who makes it', async () => {
    const targets = ['/etc', '..', 'a/..', 'C:../../../target.txt', './a//b/'];
    const parts = targets.map((link, index) => ({ path: `${index}`, flag: '2', link }));
    expect((await entriesOf(tarOf(parts))).map(({ linkTarget }) => linkTarget)).toEqual(targets);
  });

  test('a symlink to nothing, to a zero, or to what is no Unicode is refused', async () => {
    const link = { path: 'x', flag: '2', link: '' };
    const error = { code: 'INVALID_ARCHIVE', path: 'x' };
    expect(await errorOf(link)).toMatchObject(error);
    expect(await errorOf(pax({ linkpath: 'a\0b' }), link)).toMatchObject(error);
    const content = paxRecord('linkpath', Uint8Array.of(0xe9));
    expect(await errorOf({ ...pax({}), content }, link)).toMatchObject(error);
  });

  test('a symlink to more than 4,096 characters is refused', async () => {
    const link = { path: 'x', flag: '2' };
    const [longest] = await entriesOf(tarOf([pax({ linkpath: 'a'.repeat(4096) }), link]));
    expect(longest?.linkTarget).toHaveLength(4096);
    const error = { code: 'INVALID_ARCHIVE', path: 'x' };
    expect(await errorOf(pax({ linkpath: 'a'.repeat(4097) }), link)).toMatchObject(error);
  });
});

describe('unsafe archives: what programs would not read alike', () => {
  const invalid = { code: 'INVALID_ARCHIVE' };

  test('T18: sparse files are refused, of both kinds, with their path', async () => {
    const sparse = { path: './holes', flag: 'S', content: zeros(512) };
    expect(await errorOf({ ...sparse, format: 'gnu' })).toMatchObject({ ...invalid, path: 'holes' });
    const records = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'holes' };
    const part = { path: 'GNUSparseFile.0/holes', content: '1\n0\n' };
    expect(await errorOf(pax(records), part)).toMatchObject({ ...invalid, path: 'holes' });
    expect(await errorOf(pax({ 'GNU.sparse.map': '0,1' }), { path: 'holes' })).toMatchObject({
      ...invalid,
      path: 'holes',
    });
  });

  test('a header is damaged when its checksum, its size or its mode is', async () => {
    const damaged: TarPart[] = [
      { path: 'x', size: '0000000000x' },
      { path: 'x', size: '-0000000001' },
      { path: 'x', size: '8' },
      { path: 'x', size: new Uint8Array(12).fill(0xff) },
      { path: 'x', size: Uint8Array.of(0x80, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0) },
      { path: 'x', mode: 'rwxr-xr' },
    ];
    // It shows before the entry is known.
    for (const part of damaged) expect(await errorOf(part)).toMatchObject({ ...invalid, path: undefined });
    const bytes = tarOf([before, after]);
    for (const index of [0, 100, 124, 148, 156, 511]) {
      const changed = Uint8Array.from(bytes);
      changed[1024 + index] = changed[1024 + index]! ^ 1;
      await expect(entriesOf(changed), `byte ${index}`).rejects.toMatchObject(invalid);
    }
  });

  const headers: [string, TarPart[]][] = [
    ['has no length', [{ flag: 'x', content: 'path=x\n' }]],
    ['has a length of zero', [{ flag: 'x', content: '0 path=x\n' }]],
    ['has a record beyond its end', [{ flag: 'x', content: '99 path=x\n' }]],
    ['has a record that is too short', [{ flag: 'x', content: '3 path=x\n' }]],
    ['has a record without a line end', [{ flag: 'x', content: '9 path=x ' }]],
    ['has a record without a key', [{ flag: 'x', content: '5 =x\n' }]],
    ['has a record without a value', [{ flag: 'x', content: '7 path\n' }]],
    ['has a length that is not decimal', [{ flag: 'x', content: '0x0a path=x\n' }]],
    ['has a negative size', [pax({ size: '-1' })]],
    ['has a size that is no number', [pax({ size: '1e3' })]],
    ['has a size beyond what is exact', [pax({ size: '9007199254740993' })]],
    ['comes twice', [pax({ mtime: '1' }), pax({ path: 'y' })]],
    [
      'comes as two long names',
      [
        { flag: 'L', content: 'x' },
        { flag: 'L', content: 'y' },
      ],
    ],
    ['says the name that a long name says, too', [{ flag: 'L', content: 'x' }, pax({ path: 'y' })]],
    ['says the target that a long target says, too', [pax({ linkpath: 'y' }), { flag: 'K', content: 'x' }]],
    ['is for all, and says a path', [pax({ path: 'x' }, 'g')]],
    ['is for all, and says a size', [pax({ size: '0' }, 'g')]],
    ['is for all, and says a target', [pax({ linkpath: 'x' }, 'g')]],
    ['is for all, and says that they are sparse', [pax({ 'GNU.sparse.major': '1' }, 'g')]],
  ];
  test.for(headers)('an extended header is refused that %s', async ([, parts]) => {
    expect(await errorOf(...parts, { path: 'x' })).toMatchObject({ ...invalid, path: undefined });
  });

  test('the size of a PAX header is not that of a header between it and its entry', async () => {
    const parts = [pax({ size: '3' }), { flag: 'L', content: 'long name\0' }, { path: 'x', content: 'abc', size: 0 }];
    expect(await entriesOf(tarOf(parts))).toMatchObject([{ path: 'long name', size: 3, content: 'abc' }]);
  });

  test('an archive does not end where an entry must follow', async () => {
    const bytes = tarOf([before, pax({ path: 'x' })]);
    await expect(entriesOf(bytes)).rejects.toMatchObject(invalid);
    await expect(entriesOf(bytes.subarray(0, -1024))).rejects.toMatchObject(invalid);
  });

  test('zeros between entries are an error: programs stop there, or do not', async () => {
    expect(await errorOf(zeros(512))).toMatchObject(invalid);
  });

  test('a directory with content is an error', async () => {
    const part = { path: 'x/', content: 'content' };
    expect(await errorOf(part)).toMatchObject({ ...invalid, path: 'x' });
  });
});
