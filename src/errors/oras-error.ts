/** Every code an {@link OrasError} can carry; stable across versions. */
export type OrasErrorCode =
  | 'INVALID_REFERENCE'
  | 'INVALID_MANIFEST'
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
  | 'REGISTRY'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'RATE_LIMITED'
  | 'NOT_A_REGISTRY'
  | 'NETWORK';

/** What marks the errors of this package, also those of another copy of it. */
export const brand: unique symbol = Symbol.for('oras-js.error');

/** `RATE_LIMITED` is of a RateLimitedError. The class does not say it, as a minifier gives it another name. */
function nameOf(code: OrasErrorCode): string {
  return `${code.toLowerCase().replace(/(?:^|_)(.)/g, (_, first: string) => first.toUpperCase())}Error`;
}

/** Base of every error this package throws on its own; never thrown bare. */
export class OrasError extends Error {
  /** Stable code to switch on; see {@link isOrasError}. */
  readonly code: OrasErrorCode;
  /** Name of the file of the artifact that could not be pushed or pulled; not set when it is about no single file. */
  declare readonly file?: string;

  /** Makes an error; `options.cause` keeps what led to it. */
  constructor(code: OrasErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = nameOf(code);
    Object.defineProperty(this, brand, { value: true });
  }

  /**
   * The error as plain data, for `JSON.stringify`, a log or `postMessage`: its name, code, message and fields. Neither the
   * stack nor the cause is in it.
   */
  toJSON(): Record<string, unknown> {
    const { name, code, message } = this;
    return { ...Object.fromEntries(Object.entries(this)), name, code, message };
  }
}
