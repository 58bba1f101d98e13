import { MismatchError, type OrasError } from '../../errors.ts';
import { answerError } from '../answers/error-response.ts';

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
  /** Content coding of the answer, which `fetch` has undone. */
  coding?: string | undefined;
}

/**
 * Why a part that was answered (206), all there is in its place (200), or a refusal to give one (416), is not what was
 * asked for: bytes of another place must never be taken for it (RFC 9110, section 15.3.7). Undefined when it is.
 */
export function rangeProblem({ headers, status }: Response, asked: AskedRange): OrasError | undefined {
  const { coding, end, size, start, url, what } = asked;
  if (status === 416) return tooShort(what, size, start);
  // What is compressed on the way only has another length than the blob.
  const isBlob = status === 206 || Number(headers.get('content-length')) === size;
  if (coding && isBlob) return decodedProblem(what, coding, size, start);
  if (status === 200) return undefined;
  const range = headers.get('content-range');
  const [, first, total = '*'] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(range ?? '') ?? [];
  if (total !== '*' && Number(total) !== size) return contentChangedError(what, size, Number(total));
  // A page cannot read the range unless CORS exposes it, but can always read the length, which fits no other start.
  const fits = range === null ? Number(headers.get('content-length')) === end - start : Number(first) === start;
  if (fits) return undefined;
  return answerError(`${what}: the registry sent ${range ?? 'other bytes'}, not those from ${start}`, status, url);
}

/** The coding of an answer that `fetch` has undone by now; undefined when there is none. */
export function codingOf({ headers }: Response): string | undefined {
  const coding = headers.get('content-encoding')?.toLowerCase() ?? 'identity';
  return coding === 'identity' || !/^[\w, -]{1,64}$/.test(coding) ? undefined : coding;
}

/**
 * The error for a blob that is compressed itself and was labelled so: `fetch` undoes a coding, whatever it was asked for,
 * and what is left is another content.
 */
export function decodedProblem(what: string, coding: string, size: number, actual: number): MismatchError {
  const message = `${what}: the answer has content-encoding ${coding}, which fetch decoded, so it is not the blob's bytes`;
  return new MismatchError(message, size, actual);
}

/** The error for a blob that ends before its size. */
export function tooShort(what: string, size: number, end: number): MismatchError {
  return new MismatchError(`${what}: it should have ${size} bytes, but there are none from ${end}`, size, end);
}

/** The error for a blob that is not what it was. */
export function contentChangedError(what: string, expected: string | number, actual: string | number): MismatchError {
  return new MismatchError(`${what}: it has changed, from ${expected} to ${actual}`, expected, actual);
}
