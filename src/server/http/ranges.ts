import { Refusal } from './refusal.ts';

/** A byte range, both ends included. */
export interface ByteRange {
  /** First byte. */
  first: number;
  /** Last byte. */
  last: number;
}

/**
 * Parses a `Range` header for content of `size` bytes (RFC 9110, section 14.1.2). Undefined means the whole content: no
 * header, another unit, or several ranges, which a server may ignore.
 *
 * @throws Refusal 416 when the range is beyond the content
 */
export function rangeOf(header: string | null, size: number): ByteRange | undefined {
  const match = /^bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first > last) {
    throw new Refusal(416, 'SIZE_INVALID', `The content has ${size} bytes, none of them in the range`, {
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return { first, last };
}

/**
 * Parses the `Content-Range` of a chunk, `<first>-<last>` (distribution-spec, "Pushing a blob in chunks").
 *
 * @throws Refusal 400 when it is malformed
 */
export function contentRangeOf(header: string): ByteRange {
  const match = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(header);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  // For an empty chunk some clients send a last byte that is one before the first.
  if (!match || last < first - 1) {
    throw new Refusal(400, 'BLOB_UPLOAD_INVALID', 'The Content-Range must be <first byte>-<last byte>');
  }
  return { first, last };
}
