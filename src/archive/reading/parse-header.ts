import { tarBlockSize } from '../tar-block.ts';

/** A parsed header block. Names are not decoded, because an extended header may replace them. */
export interface ParsedHeader {
  /** The type flag, one character; `\0` for a file in the v7 format. */
  flag: string;
  /** The path, including the prefix. */
  path: Uint8Array;
  /** The target of a link; empty for everything else. */
  link: Uint8Array;
  /** Permission bits. */
  mode: number;
  /** Bytes of the content. */
  size: number;
}

const checksum = { start: 148, end: 156 };
const space = 0x20;
const slash = 0x2f;

/** Tells whether all bytes are zero. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/**
 * Parses a header block in the formats v7, ustar, pax or GNU (POSIX.1-2024, pax, "ustar Interchange Format"). Undefined if it
 * is not a valid header.
 */
export function parseHeader(block: Uint8Array): ParsedHeader | undefined {
  const size = numberAt(block, 124, 12);
  const mode = numberAt(block, 100, 8);
  if (!hasChecksum(block) || size === undefined || mode === undefined) return undefined;
  // The GNU format has another magic, and times in place of the prefix.
  const isUstar = String.fromCharCode(...block.subarray(257, 263)) === 'ustar\0';
  const prefix = isUstar ? textAt(block, 345, 155) : new Uint8Array(0);
  const name = textAt(block, 0, 100);
  return {
    flag: String.fromCharCode(block[156]!),
    path: prefix.length > 0 ? Uint8Array.of(...prefix, slash, ...name) : name,
    link: textAt(block, 157, 100),
    mode: mode & 0o777,
    size,
  };
}

/** The bytes up to the first zero. */
export function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function textAt(block: Uint8Array, offset: number, length: number): Uint8Array {
  return untilZero(block.subarray(offset, offset + length));
}

/** Verifies the checksum: the sum of all bytes, its own field counted as spaces. Some old programs sum signed bytes. */
function hasChecksum(block: Uint8Array): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < tarBlockSize; index++) {
    const value = index >= checksum.start && index < checksum.end ? space : block[index]!;
    unsigned += value;
    signed += value < 0x80 ? value : value - 0x100;
  }
  const stored = numberAt(block, checksum.start, checksum.end - checksum.start);
  return stored === unsigned || stored === signed;
}

/** Parses a number, octal or base-256. Undefined if it is malformed, negative or beyond the safe integers. */
function numberAt(block: Uint8Array, offset: number, length: number): number | undefined {
  const field = block.subarray(offset, offset + length);
  if (field[0]! & 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, field[0]! & 0x7f);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = String.fromCharCode(...field).replace(/^[\0 ]+|[\0 ]+$/g, '');
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}
