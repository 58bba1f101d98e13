/** The error codes of the distribution-spec ("Error Codes") that this registry uses. */
export type RefusalCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'UNKNOWN';

/** What a {@link Refusal} may say beside its code and message. */
export interface RefusalInit extends ErrorOptions {
  /** Put into the error's `detail`. */
  detail?: unknown;
  /** Further headers of the answer. */
  headers?: Record<string, string>;
}

/** A request that is answered with an error; thrown by the endpoints, turned into the answer by the handler. */
export class Refusal extends Error {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Code of the distribution-spec. */
  readonly code: RefusalCode;
  readonly #init: RefusalInit;

  /** Makes the refusal; the message is for the user of the client. */
  constructor(status: number, code: RefusalCode, message: string, init: RefusalInit = {}) {
    super(message, init);
    this.status = status;
    this.code = code;
    this.#init = init;
  }

  /** The answer, in the form of the distribution-spec ("Error Codes"). */
  toResponse(): Response {
    const { detail, headers } = this.#init;
    const error = { code: this.code, message: this.message, ...(detail !== undefined && { detail }) };
    return json(this.status, { errors: [error] }, headers);
  }
}

/** An answer of JSON, with its length: a server must not have to guess it. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Response {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', ...headers, 'content-length': `${body.byteLength}` },
  });
}

/** An answer without a body. */
export function empty(status: number, headers: Record<string, string> = {}): Response {
  const bodiless = status === 204 || status === 304;
  return new Response(null, { status, headers: { ...headers, ...(!bodiless && { 'content-length': '0' }) } });
}

/** Refuses a chunk that is not as long as it says (400 SIZE_INVALID). */
export function sizeInvalid(said: number, is: number): Refusal {
  return new Refusal(400, 'SIZE_INVALID', `The Content-Range is one of ${said} bytes, but there are ${is}`);
}
