import type { ArchiveEntry } from '../entry.ts';
import { tarBlockSize, tarPadding } from '../tar-block.ts';

/** The largest size that a header can say without a PAX record: eleven octal digits. */
const largestSize = 0o77777777777;
const longestName = 100;
const longestPrefix = 155;
const typeFlags = { file: '0', directory: '5', symlink: '2' } as const;
const encoder = new TextEncoder();

/** What a tar of ours has entries for: hard links are packed as files, and devices not at all. */
export type PackedEntry = ArchiveEntry & { type: keyof typeof typeFlags };

/**
 * What comes before the content of an entry (POSIX.1-2024, pax, "ustar Interchange Format"): a header that has nothing in it
 * of who made the file and when, and before it a PAX header for what ustar has no room for. Of the mode only the owner's
 * right to execute a file counts.
 */
export function tarHeader(entry: PackedEntry): Uint8Array<ArrayBuffer> {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const link = entry.type === 'symlink' ? (entry.linkTarget ?? '') : '';
  const size = entry.type === 'file' ? entry.size : 0;
  const split = splitPath(path);
  const records: string[] = [];
  if (!split) records.push(paxRecord('path', path));
  if (!isAscii(link) || link.length > longestName) records.push(paxRecord('linkpath', link));
  if (size > largestSize) records.push(paxRecord('size', String(size)));
  const [prefix, name] = split ?? ['', path];
  const header = ustarHeader({ name, prefix, mode: modeOf(entry), size, flag: typeFlags[entry.type], link });
  return records.length > 0 ? joined([...paxHeader(records.join('')), header]) : header;
}

/** What a tar ends with: two blocks of zeros, and no more. */
export function tarEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(2 * tarBlockSize);
}

function modeOf({ type, mode }: PackedEntry): number {
  if (type === 'symlink') return 0o777;
  return type === 'directory' || mode & 0o100 ? 0o755 : 0o644;
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text);
}

/** The path in the two fields of ustar, the first as long as it can be; undefined when it does not fit. */
function splitPath(path: string): [prefix: string, name: string] | undefined {
  if (!isAscii(path)) return undefined;
  if (path.length <= longestName) return ['', path];
  const slash = path.lastIndexOf('/', Math.min(longestPrefix, path.length - 2));
  return slash > 0 && path.length - slash - 1 <= longestName
    ? [path.slice(0, slash), path.slice(slash + 1)]
    : undefined;
}

function paxHeader(records: string): Uint8Array<ArrayBuffer>[] {
  const body = encoder.encode(records);
  const header = ustarHeader({
    name: 'PaxHeader',
    prefix: '',
    mode: 0o644,
    size: body.byteLength,
    flag: 'x',
    link: '',
  });
  return [header, body, new Uint8Array(tarPadding(body.byteLength))];
}

/** A record begins with its own length in decimal digits, these included. */
function paxRecord(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).byteLength;
  let length = rest + 1;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

interface UstarFields {
  name: string;
  prefix: string;
  mode: number;
  size: number;
  flag: string;
  link: string;
}

function ustarHeader({ name, prefix, mode, size, flag, link }: UstarFields): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(tarBlockSize);
  const put = (offset: number, text: string): void => {
    for (let i = 0; i < text.length; i++) header[offset + i] = text.charCodeAt(i);
  };
  put(0, shown(name));
  put(100, octal(mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size > largestSize ? 0 : size, 11));
  put(136, octal(0, 11));
  // Its own field counts as spaces in the sum.
  put(148, '        ');
  put(156, flag);
  put(157, shown(link));
  put(257, 'ustar\u000000');
  put(329, octal(0, 7));
  put(337, octal(0, 7));
  put(345, prefix);
  put(148, `${octal(sumOf(header), 6)}\0`);
  return header;
}

/** What a field has room for; of what is in the PAX header, something that stands for it. */
function shown(text: string): string {
  const ascii = isAscii(text) ? text : String.fromCharCode(...encoder.encode(text)).replace(/[^\0-\x7f]/g, '_');
  return ascii.slice(0, longestName);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.byteLength;
  }
  return result;
}
