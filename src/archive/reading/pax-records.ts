/** The records of a PAX header that matter here. */
export interface PaxRecords {
  /** The path of the entry. */
  path?: Uint8Array;
  /** The target of a link. */
  link?: Uint8Array;
  /** Bytes of the content. */
  size?: number;
  /** The entry is sparse, by an extension of GNU tar. */
  isSparse?: boolean;
}

const fields: ReadonlyMap<string, 'path' | 'link' | 'size'> = new Map([
  ['path', 'path'],
  ['GNU.sparse.name', 'path'],
  ['linkpath', 'link'],
  ['size', 'size'],
]);
const space = 0x20;
const equals = 0x3d;
const newline = 0x0a;
/** Most digits of a record's length, and the space after them. */
const longestLength = 12;
/** Keys and numbers are cut to this length: those that matter are shorter. */
const longestWord = 64;

/**
 * Parses a PAX header. A record is length, space, key, `=`, value, newline (POSIX.1-2024, pax, "pax Extended Header"). The
 * last value of a key counts. Undefined if a record is malformed.
 */
export function readPaxRecords(bytes: Uint8Array): PaxRecords | undefined {
  const records: PaxRecords = {};
  for (let start = 0; start < bytes.length; ) {
    const digits = bytes.subarray(start, start + longestLength).indexOf(space);
    const length = digits > 0 ? wordOf(bytes.subarray(start, start + digits)) : '';
    const end = start + Number(length);
    if (!/^[1-9]\d*$/.test(length) || bytes[end - 1] !== newline) return undefined;
    const record = bytes.subarray(start + digits + 1, end - 1);
    const keyEnd = record.indexOf(equals);
    if (keyEnd < 1 || !take(records, wordOf(record.subarray(0, keyEnd)), record.subarray(keyEnd + 1))) return undefined;
    start = end;
  }
  return records;
}

/** Adds a record. An empty value removes the previous one. False if the value is malformed. */
function take(records: PaxRecords, key: string, value: Uint8Array): boolean {
  if (key.startsWith('GNU.sparse.')) records.isSparse = true;
  const field = fields.get(key);
  if (field === undefined) return true;
  delete records[field];
  if (value.length === 0) return true;
  if (field !== 'size') {
    records[field] = value;
    return true;
  }
  const digits = wordOf(value);
  records.size = Number(digits);
  return /^\d+$/.test(digits) && Number.isSafeInteger(records.size);
}

function wordOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, longestWord));
}
