/** What a PAX header says that matters here; an absent one was not said. */
export interface PaxRecords {
  /** The path of the entry. */
  path?: Uint8Array | undefined;
  /** The target of a link. */
  link?: Uint8Array | undefined;
  /** Bytes of the content. */
  size?: number | undefined;
  /** The entry has holes that are not stored, which only GNU tar and some others know. */
  isSparse: boolean;
}

const space = 0x20;
const equals = 0x3d;
const newline = 0x0a;
/** Digits of the length of a record, and a space. */
const longestLength = 12;
/** Characters of keys and numbers that are looked at: those that matter are shorter. */
const longestKey = 64;

/**
 * Reads the records of a PAX header: length, space, key, `=`, value, newline (POSIX.1-2024, pax, "pax Extended Header").
 * Undefined when they are damaged. Of a key that comes again the last value counts.
 */
export function readPaxRecords(bytes: Uint8Array): PaxRecords | undefined {
  const records: PaxRecords = { isSparse: false };
  for (let start = 0; start < bytes.length; ) {
    const lengthSize = bytes.subarray(start, start + longestLength).indexOf(space);
    const length = lengthSize > 0 ? asciiOf(bytes.subarray(start, start + lengthSize)) : '';
    const keyStart = start + lengthSize + 1;
    const end = start + Number(length);
    const keyEnd = bytes.indexOf(equals, keyStart);
    if (!/^[1-9]\d*$/.test(length) || end > bytes.length || bytes[end - 1] !== newline) return undefined;
    if (keyEnd <= keyStart || keyEnd >= end) return undefined;
    if (!take(records, asciiOf(bytes.subarray(keyStart, keyEnd)), bytes.subarray(keyEnd + 1, end - 1)))
      return undefined;
    start = end;
  }
  return records;
}

/** Keeps what a record says; an empty value takes back what was said before. False when it makes no sense. */
function take(records: PaxRecords, key: string, value: Uint8Array): boolean {
  const isEmpty = value.length === 0;
  if (key.startsWith('GNU.sparse.')) records.isSparse = true;
  if (key === 'path') records.path = isEmpty ? undefined : value;
  if (key === 'linkpath') records.link = isEmpty ? undefined : value;
  if (key !== 'size') return true;
  const size = asciiOf(value);
  records.size = isEmpty ? undefined : Number(size);
  return isEmpty || (/^\d+$/.test(size) && Number.isSafeInteger(records.size));
}

function asciiOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, longestKey));
}
