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

/** Further parts of a {@link Refusal}. */
export interface RefusalInit extends ErrorOptions {
  /** The `detail` of the error. */
  detail?: unknown;
  /** Further response headers. */
  headers?: Record<string, string>;
}

/** An error response: thrown by the endpoints, and turned into the response by the handler. */
export class Refusal extends Error {
  /** HTTP status of the response. */
  readonly status: number;
  /** Error code of the distribution-spec. */
  readonly code: RefusalCode;
  readonly #init: RefusalInit;

  /** An error response; the message is for the user of the client. */
  constructor(status: number, code: RefusalCode, message: string, init: RefusalInit = {}) {
    super(message, init);
    this.status = status;
    this.code = code;
    this.#init = init;
  }

  /** The response, with the error body of the distribution-spec ("Error Codes"). */
  toResponse(): Response {
    const { detail, headers } = this.#init;
    const error = { code: this.code, message: this.message, ...(detail !== undefined && { detail }) };
    return json(this.status, { errors: [error] }, headers);
  }
}

/** A JSON response with `Content-Length`. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Response {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', ...headers, 'content-length': `${body.byteLength}` },
  });
}

/** A response without a body. */
export function empty(status: number, headers: Record<string, string> = {}): Response {
  const bodiless = status === 204 || status === 304;
  return new Response(null, { status, headers: { ...headers, ...(!bodiless && { 'content-length': '0' }) } });
}

/** The error response for a chunk whose size differs from its `Content-Range` (400 SIZE_INVALID). */
export function sizeInvalid(said: number, is: number): Refusal {
  return new Refusal(400, 'SIZE_INVALID', `The Content-Range is one of ${said} bytes, but there are ${is}`);
}
