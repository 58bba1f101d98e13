import { gzipped } from './gzip-bytes.ts';
import { noise } from './noise.ts';
import type { Random } from './random.ts';
import { joined, pax, type TarPart, tarHeader, tarOf, withChecksum, zeros } from './tar-bytes.ts';

const long = `${'directory/'.repeat(15)}name`;
const parts: readonly (readonly TarPart[])[] = [
  [
    { path: 'a/', flag: '5' },
    { path: 'a/b', content: 'hello' },
    { path: 'a/c', content: noise(1500, 9) },
    { path: 'a/link', flag: '2', link: 'b' },
    { path: 'a/same', flag: '1', link: 'a/b' },
  ],
  [
    { path: './', flag: '5', format: 'gnu' },
    { flag: 'L', path: '././@LongLink', content: `${long}\0`, format: 'gnu' },
    { flag: 'K', path: '././@LongLink', content: `${long}/target\0`, format: 'gnu' },
    { path: 'short', flag: '2', link: 'short', format: 'gnu' },
    { path: './file', content: 'content', format: 'gnu' },
  ],
  [
    pax({ comment: 'all' }, 'g'),
    pax({ path: `${long}-ü`, size: '5', mtime: '1.5' }),
    { path: 'short', content: 'hello', size: 0 },
    pax({ linkpath: `${long}-ü` }),
    { path: 'link', flag: '1', link: 'short' },
    { path: 'pipe', flag: '6' },
  ],
];
const whole = parts.map((entries) => tarOf(entries));

/** What fields of headers are replaced by. */
const names = [
  '',
  '.',
  '..',
  '/',
  '../x',
  '/x',
  'a/../../x',
  'a\\b',
  'C:x',
  'con',
  'a\u0001',
  'd/'.repeat(60),
  '\ufeff',
  'a',
];
const flags = [...('\0' + '01234567xgLKSVDMNAXZ'), '\u00ff'];
const sizes = ['', ' ', '7', '-1', 'x', '00000001000', '77777777777', 0, 1, 511, 512, 513, 5000];
const records: Record<string, string>[] = [
  { path: '../x' },
  { path: '' },
  { path: 'a\0b' },
  { size: '0' },
  { size: '99999999999999999999' },
  { size: '-1' },
  { linkpath: '/etc/passwd' },
  { 'GNU.sparse.major': '1' },
  { 'GNU.sparse.name': '/x' },
  { __proto__: 'x', constructor: 'x' },
];

/** A tar or a gzip that is damaged in some way that this chance takes, or in several, or not at all. */
export async function mutatedArchive(random: Random): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = random.pick(whole);
  for (let times = random.below(4); times > 0; times--) bytes = random.pick(inTar)(bytes, random);
  if (random.below(2) === 0) return bytes;
  bytes =
    random.below(4) === 0 ? joined(await gzipped(bytes), await gzipped(random.pick(whole))) : await gzipped(bytes);
  for (let times = random.below(3); times > 0; times--) bytes = random.pick(anywhere)(bytes, random);
  return bytes;
}

type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>;

function replaced(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined(bytes.subarray(0, start), by, bytes.subarray(end));
}

const anywhere: readonly Mutation[] = [
  // One bit.
  (bytes, random) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at + 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
  },
  // Some bytes.
  (bytes, random) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at + random.below(40), noise(random.below(40), 1 + random.below(1e6)));
  },
  // The end is missing.
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  // A part is missing.
  (bytes, random) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at + random.below(600), zeros(0));
  },
  // A part comes twice.
  (bytes, random) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at, bytes.slice(at, at + random.below(600)));
  },
  // Zeros, or what is not, are behind it.
  (bytes, random) => joined(bytes, random.below(2) ? zeros(random.below(2000)) : noise(random.below(2000), 3)),
];

/** A block of a header, or of what is behind one, is replaced. */
function onBlock(change: (block: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array): Mutation {
  return (bytes, random) => {
    if (bytes.length < 512) return bytes;
    const at = 512 * random.below(Math.floor(bytes.length / 512));
    return replaced(bytes, at, at + 512, change(bytes.slice(at, at + 512), random));
  };
}

/** A field is replaced, and the checksum is right again. */
function onField(offset: number, length: number, values: readonly (string | number)[]): Mutation {
  return onBlock((block, random) => {
    const value = random.pick(values);
    const text = typeof value === 'number' ? value.toString(8).padStart(11, '0') : value;
    block.fill(0, offset, offset + length);
    block.set(new TextEncoder().encode(text).subarray(0, length), offset);
    return withChecksum(block);
  });
}

const inTar: readonly Mutation[] = [
  ...anywhere,
  onField(0, 100, names),
  onField(157, 100, names),
  onField(345, 155, names),
  onField(124, 12, sizes),
  onField(100, 8, ['', '0000777', '7777777', 'x', '    644']),
  onField(156, 1, flags),
  onField(257, 8, ['', 'ustar  ', 'ustar\u000000', 'ustarx']),
  onBlock((block, random) => {
    block.set([0x80 | random.below(128), ...noise(11, 1 + random.below(1e6))], 124);
    return withChecksum(block);
  }),
  onBlock(() => zeros(512)),
  onBlock((block) => joined(block, block)),
  onBlock((block, random) => joined(tarOf([pax(random.pick(records), random.pick(['x', 'x', 'g']))], zeros(0)), block)),
  onBlock((block, random) =>
    joined(tarHeader({ flag: random.pick(flags), size: random.pick([0, 0, 512, 2_000_000]) }), block),
  ),
];
