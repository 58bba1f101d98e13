import { bytesOf } from './content.ts';

/** One header of a tar with what is behind it, to be written as it is said, right or wrong. */
export interface TarPart {
  /** The name, whose first 100 bytes are written. */
  path?: string | Uint8Array;
  /** The type flag. Default `0`, a file. */
  flag?: string;
  /** What is behind the header. Default nothing. */
  content?: string | Uint8Array;
  /** What the header says of its size, a number or the field itself. Default the size of the content. */
  size?: number | string | Uint8Array;
  /** Default 0o644. */
  mode?: number | string;
  /** The target of a link. */
  link?: string;
  /** What comes before the name in ustar. */
  prefix?: string;
  /** Default ustar. */
  format?: 'ustar' | 'gnu' | 'v7';
}

const magics = { ustar: 'ustar\u000000', gnu: 'ustar  \0', v7: '' };

/** A header with a right checksum. */
export function tarHeader(part: TarPart): Uint8Array<ArrayBuffer> {
  const { path = '', flag = '0', content = '', mode = 0o644, link = '', prefix = '', format = 'ustar' } = part;
  const { size = toBytes(content).length } = part;
  const header = new Uint8Array(512);
  const put = (offset: number, length: number, value: string | Uint8Array): void =>
    header.set(toBytes(value).subarray(0, length), offset);
  const number = (value: number | string | Uint8Array, digits: number): string | Uint8Array =>
    typeof value === 'number' ? value.toString(8).padStart(digits, '0') : value;
  put(0, 100, path);
  put(100, 8, number(mode, 7));
  put(108, 8, '0000000');
  put(116, 8, '0000000');
  put(124, 12, number(size, 11));
  put(136, 12, '00000000000');
  put(156, 1, flag);
  put(157, 100, link);
  put(257, 8, magics[format]);
  if (format === 'ustar') put(345, 155, prefix);
  return withChecksum(header);
}

/** The header with the checksum that it should have. */
export function withChecksum(header: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0`), 148);
  return header;
}

/** A tar of these parts, or of bytes as they are. Default end: two blocks of zeros. */
export function tarOf(
  parts: readonly (TarPart | Uint8Array)[],
  end: Uint8Array = zeros(1024),
): Uint8Array<ArrayBuffer> {
  const pieces = parts.flatMap((part) => {
    if (part instanceof Uint8Array) return [part];
    const content = toBytes(part.content ?? '');
    return [tarHeader(part), content, zeros((512 - (content.length % 512)) % 512)];
  });
  return joined(...pieces, end);
}

/** The records of a PAX header for the next entry, or with the flag `g` for all. */
export function pax(records: Readonly<Record<string, string>>, flag = 'x'): TarPart {
  const content = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return { path: 'PaxHeader', flag, content: joined(...content) };
}

/** One record, which begins with its own length. */
export function paxRecord(key: string, value: string | Uint8Array): Uint8Array {
  const rest = joined(bytesOf(` ${key}=`), toBytes(value), bytesOf('\n'));
  let length = rest.length + 1;
  while (length !== rest.length + String(length).length) length++;
  return joined(bytesOf(String(length)), rest);
}

/** So many zeros. */
export function zeros(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length);
}

/** All of the bytes, one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? bytesOf(value) : value;
}
