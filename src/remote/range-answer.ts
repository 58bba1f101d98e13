import { MismatchError, type OrasError } from '../errors.ts';
import { answerError } from './response.ts';

/** A part of a blob that was asked for. */
export interface AskedRange {
  /** URL of the blob. */
  url: string;
  /** What the caller wanted, as the beginning of an error. */
  what: string;
  /** Size of the whole blob in bytes. */
  size: number;
  /** First byte that was asked for. */
  start: number;
  /** The byte after the last one. */
  end: number;
}

/**
 * Why a part that was answered (206), or a refusal to give one (416), is not what was asked for: bytes of another place
 * must never be taken for it (RFC 9110, section 15.3.7). Undefined when it is.
 */
export function rangeProblem({ headers, status }: Response, asked: AskedRange): OrasError | undefined {
  const { end, size, start, url, what } = asked;
  if (status === 416) return tooShort(what, size, start);
  const range = headers.get('content-range');
  const [, first, total = '*'] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(range ?? '') ?? [];
  if (total !== '*' && Number(total) !== size) return changed(what, size, Number(total));
  // A page cannot read the range unless CORS exposes it, but can always read the length, which fits no other start.
  const fits = range === null ? Number(headers.get('content-length')) === end - start : Number(first) === start;
  if (fits) return undefined;
  return answerError(`${what}: the registry sent ${range ?? 'other bytes'}, not those from ${start}`, status, url);
}

/** The error for a blob that ends before its size. */
export function tooShort(what: string, size: number, end: number): MismatchError {
  return new MismatchError(`${what}: it should have ${size} bytes, but there are none from ${end}`, size, end);
}

/** The error for a blob that is not what it was. */
export function changed(what: string, expected: string | number, actual: string | number): MismatchError {
  return new MismatchError(`${what}: it has changed, from ${expected} to ${actual}`, expected, actual);
}
