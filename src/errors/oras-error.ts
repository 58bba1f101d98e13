/** Every code an {@link OrasError} can carry; stable across versions. */
export type OrasErrorCode =
  | 'INVALID_REFERENCE'
  | 'INVALID_MANIFEST'
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

/** Written out, as a minifier renames the classes. */
const names: Record<OrasErrorCode, string> = {
  INVALID_REFERENCE: 'InvalidReferenceError',
  INVALID_MANIFEST: 'InvalidManifestError',
  NOT_FOUND: 'NotFoundError',
  MISMATCH: 'MismatchError',
  TOO_LARGE: 'TooLargeError',
  EXISTS: 'ExistsError',
  UNSAFE_PATH: 'UnsafePathError',
  UNSUPPORTED: 'UnsupportedError',
  FILE: 'FileError',
  CREDENTIALS: 'CredentialsError',
  REFERRERS: 'ReferrersError',
  REGISTRY: 'RegistryError',
  UNAUTHORIZED: 'UnauthorizedError',
  DENIED: 'DeniedError',
  RATE_LIMITED: 'RateLimitedError',
  NOT_A_REGISTRY: 'NotARegistryError',
  NETWORK: 'NetworkError',
};

/** Base of every error this package throws on its own; never thrown bare. */
export class OrasError extends Error {
  /** Stable code to switch on; see {@link isOrasError}. */
  readonly code: OrasErrorCode;

  /** Makes an error; `options.cause` keeps what led to it. */
  constructor(code: OrasErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = names[code];
    Object.defineProperty(this, brand, { value: true });
  }
}
