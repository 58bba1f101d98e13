import { expect, test } from 'vitest';
import { type PackedEntry, tarHeader } from '../../src/archive/writing/tar-header.ts';
import { tarFields } from '../support/tar-fields.ts';

const file: PackedEntry = { path: 'a', type: 'file', mode: 0o644, size: 0 };

/** The header of an entry, and the records of the PAX header before it. */
function headerOf(entry: Partial<PackedEntry>): { records: string; fields: ReturnType<typeof tarFields> } {
  const bytes = tarHeader({ ...file, ...entry });
  expect(bytes.length % 512).toBe(0);
  const fields = tarFields(bytes, bytes.length - 512);
  if (bytes.length === 512) return { records: '', fields };
  const pax = tarFields(bytes);
  expect(pax).toMatchObject({ name: 'PaxHeader', flag: 'x', mode: '0000644', mtime: '00000000000', prefix: '' });
  const records = bytes.subarray(512, 512 + Number.parseInt(pax.size, 8));
  expect(bytes.subarray(512 + records.length, bytes.length - 512).every((byte) => byte === 0)).toBe(true);
  return { records: new TextDecoder().decode(records), fields };
}

test('tar header: nothing says who made the file, and when', () => {
  expect(headerOf({ path: 'dir/a', size: 9 }).fields).toEqual({
    name: 'dir/a',
    mode: '0000644',
    uid: '0000000',
    gid: '0000000',
    size: '00000000011',
    mtime: '00000000000',
    checksum: expect.stringMatching(/^[0-7]{6}$/),
    flag: '0',
    link: '',
    magic: 'ustar00',
    owner: '',
    group: '',
    device: '0000000 0000000',
    prefix: '',
  });
});

test('tar header: the checksum counts its own field as spaces', () => {
  const bytes = tarHeader({ ...file, path: 'some/path' });
  const stored = Number.parseInt(tarFields(bytes).checksum, 8);
  bytes.fill(0x20, 148, 156);
  expect(stored).toBe(bytes.reduce((sum, byte) => sum + byte));
});

test('tar header: of a mode only the owner’s right to execute a file counts', () => {
  const modeOf = (entry: Partial<PackedEntry>): string => headerOf(entry).fields.mode;
  expect(modeOf({ mode: 0o100 })).toBe('0000755');
  expect(modeOf({ mode: 0o4711 })).toBe('0000755');
  expect(modeOf({ mode: 0o677 })).toBe('0000644');
  expect(modeOf({ mode: 0 })).toBe('0000644');
  expect(modeOf({ type: 'directory', mode: 0o500 })).toBe('0000755');
  expect(modeOf({ type: 'symlink', mode: 0o644, linkTarget: 'b' })).toBe('0000777');
});

test('tar header: directories end with a slash, links have their target, and neither has a size', () => {
  expect(headerOf({ type: 'directory', size: 5 }).fields).toMatchObject({ name: 'a/', flag: '5', size: '00000000000' });
  const link = headerOf({ type: 'symlink', linkTarget: '../b', size: 5 });
  expect(link).toMatchObject({ records: '', fields: { flag: '2', link: '../b', size: '00000000000' } });
});

test('tar header: a long path is in both of its fields, the first as long as it can be', () => {
  const [a, b, c] = ['a'.repeat(60), 'b'.repeat(60), 'c'.repeat(60)];
  expect(headerOf({ path: `${a}/${b}/${c}` })).toMatchObject({ records: '', fields: { prefix: `${a}/${b}`, name: c } });
  const exact = headerOf({ path: `${'p'.repeat(155)}/${'n'.repeat(100)}` });
  expect(exact).toMatchObject({ records: '', fields: { prefix: 'p'.repeat(155), name: 'n'.repeat(100) } });
  expect(headerOf({ path: 'n'.repeat(100) })).toMatchObject({
    records: '',
    fields: { prefix: '', name: 'n'.repeat(100) },
  });
  // The slash at the end counts, and splits nothing.
  const directory = headerOf({ type: 'directory', path: `${a}/${b}` });
  expect(directory).toMatchObject({ records: '', fields: { prefix: a, name: `${b}/` } });
});

test.for([
  ['a name that is too long', 'n'.repeat(101)],
  ['a folder that is too long', `${'p'.repeat(156)}/n`],
  ['no slash at the right place', `${'p'.repeat(50)}/${'n'.repeat(101)}`],
])('tar header: a path with %s is in a PAX header', ([, path]) => {
  const { records, fields } = headerOf({ path: path! });
  expect(records).toMatch(/^\d+ path=.*\n$/);
  expect(records).toBe(`${records.length} path=${path}\n`);
  expect(fields).toMatchObject({ name: path!.slice(0, 100), prefix: '' });
});

test('tar header: a directory whose slash does not fit is in a PAX header', () => {
  const { records, fields } = headerOf({ type: 'directory', path: 'n'.repeat(100) });
  expect(records).toBe(`111 path=${'n'.repeat(100)}/\n`);
  expect(fields.name).toBe('n'.repeat(100));
});

test('tar header: text that is not ASCII is in a PAX header, and something stands for each of its bytes', () => {
  const path = headerOf({ path: 'dir/é' });
  expect(path).toMatchObject({ records: '15 path=dir/é\n', fields: { name: 'dir/__' } });
  const link = headerOf({ type: 'symlink', linkTarget: '日' });
  expect(link).toMatchObject({ records: '16 linkpath=日\n', fields: { name: 'a', link: '___' } });
  const both = headerOf({ type: 'symlink', path: 'ü', linkTarget: 'ö' });
  expect(both.records).toBe('11 path=ü\n15 linkpath=ö\n');
});

test('tar header: a link target of more than 100 bytes is in a PAX header', () => {
  const target = (size: number): Partial<PackedEntry> => ({ type: 'symlink', linkTarget: 't'.repeat(size) });
  expect(headerOf(target(100))).toMatchObject({ records: '', fields: { link: 't'.repeat(100) } });
  expect(headerOf(target(101)).records).toBe(`115 linkpath=${'t'.repeat(101)}\n`);
});

test('tar header: a size of 8 GiB or more is in a PAX header', () => {
  const most = 2 ** 33 - 1;
  expect(headerOf({ size: most })).toMatchObject({ records: '', fields: { size: '77777777777' } });
  expect(headerOf({ size: most + 1 })).toMatchObject({
    records: '19 size=8589934592\n',
    fields: { size: '00000000000' },
  });
  expect(headerOf({ size: 2 ** 53 - 1 }).records).toBe('25 size=9007199254740991\n');
});

test('tar header: a PAX record counts the digits of its own length', () => {
  // Around the lengths at which one more digit makes the record longer.
  for (let size = 60; size < 1_100; size++) {
    const { records } = headerOf({ path: `é${'n'.repeat(size)}` });
    expect(records.startsWith(`${new TextEncoder().encode(records).length} path=é`)).toBe(true);
  }
});
