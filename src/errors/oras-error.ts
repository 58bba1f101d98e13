/** Every code an {@link OrasError} can carry; stable across versions. */
export type OrasErrorCode =
  | 'INVALID_REFERENCE'
  | 'INVALID_MANIFEST'
  | 'INVALID_ARCHIVE'
  | 'INVALID_CONTENT'
  | 'NOT_FOUND'
  | 'MISMATCH'
  | 'TOO_LARGE'
  | 'EXISTS'
  | 'UNSAFE_PATH'
  | 'UNSUPPORTED'
  | 'FILE'
  | 'CREDENTIALS'
  | 'REFERRERS'
  | 'COPY'
  | 'REGISTRY'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'RATE_LIMITED'
  | 'NOT_A_REGISTRY'
  | 'NETWORK';

/** Marks the errors of this package; the same symbol in every copy of it. */
export const brand: unique symbol = Symbol.for('oras-js.error');

/**
 * The class name for a code: `RATE_LIMITED` is RateLimitedError. Minifiers rename classes, so `constructor.name`
 * differs.
 */
function nameOf(code: OrasErrorCode): string {
  return `${code.toLowerCase().replace(/(?:^|_)(.)/g, (_, first: string) => first.toUpperCase())}Error`;
}

/** Base class of all errors of this package; only its subclasses are thrown. */
export class OrasError extends Error {
  /** Stable error code; see {@link isOrasError}. */
  readonly code: OrasErrorCode;
  /**
   * Name of the file in the artifact that could not be pushed or pulled; not set if the error is not about one file.
   */
  declare readonly file?: string;

  /** Makes an error; `options.cause` is the error behind it. */
  constructor(code: OrasErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = nameOf(code);
    Object.defineProperty(this, brand, { value: true });
  }

  /**
   * The error as plain data, for `JSON.stringify`, a log or `postMessage`: its name, code, message and fields. Neither
   * the stack nor the cause is in it.
   */
  toJSON(): Record<string, unknown> {
    const { name, code, message } = this;
    return { ...Object.fromEntries(Object.entries(this)), name, code, message };
  }
}
