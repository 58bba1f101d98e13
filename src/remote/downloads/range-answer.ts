import { MismatchError, type OrasError } from '../../errors.ts';
import { answerError } from '../answers/error-response.ts';

/** The byte range of a range request. */
export interface AskedRange {
  /** URL of the blob. */
  url: string;
  /** Start of the error message, which says what the caller wanted. */
  what: string;
  /** Size of the whole blob in bytes. */
  size: number;
  /** First byte of the range. */
  start: number;
  /** The byte after the last one. */
  end: number;
  /** Content coding of the response, which `fetch` has already decoded. */
  coding?: string | undefined;
}

/**
 * Why the response to a range request does not have the requested bytes: a 206 with another `Content-Range`, a 200 with
 * the whole blob, or a 416. Undefined when it has them. Bytes of another position must never be used (RFC 9110, section
 * 15.3.7).
 */
export function rangeProblem({ headers, status }: Response, asked: AskedRange): OrasError | undefined {
  const { coding, end, size, start, url, what } = asked;
  if (status === 416) return tooShortError(what, size, start);
  // A body that a proxy compressed has another length than the blob; that one is fine.
  const isBlob = status === 206 || Number(headers.get('content-length')) === size;
  if (coding && isBlob) return decodedError(what, coding, size, start);
  if (status === 200) return undefined;
  const range = headers.get('content-range');
  const [, first, total = '*'] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(range ?? '') ?? [];
  if (total !== '*' && Number(total) !== size) return contentChangedError(what, size, Number(total));
  // A page can read `Content-Range` only if CORS exposes it, but always `Content-Length`, which fits no other start.
  const fits = range === null ? Number(headers.get('content-length')) === end - start : Number(first) === start;
  if (fits) return undefined;
  return answerError(`${what}: the registry sent ${range ?? 'other bytes'}, not those from ${start}`, status, url);
}

/** The content coding that `fetch` has decoded; undefined when there is none. */
export function codingOf({ headers }: Response): string | undefined {
  const coding = headers.get('content-encoding')?.toLowerCase() ?? 'identity';
  return coding === 'identity' || !/^[\w, -]{1,64}$/.test(coding) ? undefined : coding;
}

/**
 * The error for a compressed blob that the registry sent with `Content-Encoding`. `fetch` always decodes it, and the
 * decoded bytes are not the blob's.
 */
export function decodedError(what: string, coding: string, size: number, actual: number): MismatchError {
  const message = `${what}: the answer has content-encoding ${coding}, which fetch decoded, so it is not the blob's bytes`;
  return new MismatchError(message, size, actual);
}

/** The error for a blob that is shorter than its size. */
export function tooShortError(what: string, size: number, end: number): MismatchError {
  return new MismatchError(`${what}: it should have ${size} bytes, but ends at ${end}`, size, end);
}

/** The error for a blob that changed during the download. */
export function contentChangedError(what: string, expected: string | number, actual: string | number): MismatchError {
  return new MismatchError(`${what}: it has changed, from ${expected} to ${actual}`, expected, actual);
}
