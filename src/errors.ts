import type { Descriptor, RegistryErrorDetail } from './types.ts';

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

const brand = Symbol.for('oras-js.error');

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

/** A reference, tag, repository name or digest that breaks the grammar; nothing was sent. */
export class InvalidReferenceError extends OrasError {
  declare readonly code: 'INVALID_REFERENCE';
  /** Makes the error from its message. */
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_REFERENCE', message, options);
  }
}

/** A manifest, index or descriptor that is not what the image-spec asks for. */
export class InvalidManifestError extends OrasError {
  declare readonly code: 'INVALID_MANIFEST';
  /** Makes the error from its message. */
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_MANIFEST', message, options);
  }
}

/** What was asked for is not there: a tag, a manifest, a blob, a repository, a file. */
export class NotFoundError extends OrasError {
  declare readonly code: 'NOT_FOUND';
  /** What was looked for: a reference, a digest or a path. */
  readonly reference: string;
  /** The registry's own errors; empty when no registry was asked. */
  readonly errors: readonly RegistryErrorDetail[];
  /** Makes the error from its message and what was looked for. */
  constructor(
    message: string,
    reference: string,
    options?: ErrorOptions & { errors?: readonly RegistryErrorDetail[] },
  ) {
    super('NOT_FOUND', message, options);
    this.reference = reference;
    this.errors = options?.errors ?? [];
  }
}

/** Content whose size, digest or media type is not the expected one. None of it was delivered as complete. */
export class MismatchError extends OrasError {
  declare readonly code: 'MISMATCH';
  /** What it should have been: a digest, a media type, or a size in bytes. */
  readonly expected: string | number;
  /** What it was. */
  readonly actual: string | number;
  /** Makes the error from its message and both values. */
  constructor(message: string, expected: string | number, actual: string | number, options?: ErrorOptions) {
    super('MISMATCH', message, options);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Content beyond a limit; reading stopped there. */
export class TooLargeError extends OrasError {
  declare readonly code: 'TOO_LARGE';
  /** The limit in bytes. */
  readonly limit: number;
  /** The size in bytes as far as it is known: announced, or read when the limit was passed. */
  readonly actual: number;
  /** Makes the error from its message, the limit and the size. */
  constructor(message: string, limit: number, actual: number, options?: ErrorOptions) {
    super('TOO_LARGE', message, options);
    this.limit = limit;
    this.actual = actual;
  }
}

/** Something is already where content was to be written; it was kept. */
export class ExistsError extends OrasError {
  declare readonly code: 'EXISTS';
  /** The path that is taken. */
  readonly path: string;
  /** Makes the error from its message and the path. */
  constructor(message: string, path: string, options?: ErrorOptions) {
    super('EXISTS', message, options);
    this.path = path;
  }
}

/** A path that leads, or could lead, outside its place; nothing was written. */
export class UnsafePathError extends OrasError {
  declare readonly code: 'UNSAFE_PATH';
  /** The path as it was given. */
  readonly path: string;
  /** Makes the error from its message and the path. */
  constructor(message: string, path: string, options?: ErrorOptions) {
    super('UNSAFE_PATH', message, options);
    this.path = path;
  }
}

/** This runtime, this target or this version cannot do what was asked for. */
export class UnsupportedError extends OrasError {
  declare readonly code: 'UNSUPPORTED';
  /** What is not supported, in a few words. */
  readonly feature: string;
  /** Makes the error from its message and the feature. */
  constructor(message: string, feature: string, options?: ErrorOptions) {
    super('UNSUPPORTED', message, options);
    this.feature = feature;
  }
}

/** A local file that is there but cannot be read or written: no permission, no space, a broken disk, too many files. */
export class FileError extends OrasError {
  declare readonly code: 'FILE';
  /** The path as it was given. */
  readonly path: string;
  /** Name of the system error, such as `EACCES`, `EMFILE`, `ENOSPC` or `EIO`; in a page the name of the DOMException. */
  readonly errno: string;
  /** Makes the error from its message, the path and the name of the system error. */
  constructor(message: string, path: string, errno: string, options?: ErrorOptions) {
    super('FILE', message, options);
    this.path = path;
    this.errno = errno;
  }
}

/** Stored credentials that cannot be read or written. The message never has what is in them. */
export class CredentialsError extends OrasError {
  declare readonly code: 'CREDENTIALS';
  /** Where they are: the path of a file, or the name of an environment variable or of a helper program. */
  readonly source: string;
  /** Makes the error from its message and where the credentials are. */
  constructor(message: string, source: string, options?: ErrorOptions) {
    super('CREDENTIALS', message, options);
    this.source = source;
  }
}

/**
 * A manifest with a `subject` was stored, but the registry has no referrers API and the tag that lists the referrers
 * could not be updated: the manifest is there under its digest, but not found from its subject. The `cause` says why.
 */
export class ReferrersError extends OrasError {
  declare readonly code: 'REFERRERS';
  /** The manifest that was stored. */
  readonly descriptor: Descriptor;
  /** Makes the error from its message and the manifest that was stored. */
  constructor(message: string, descriptor: Descriptor, options?: ErrorOptions) {
    super('REFERRERS', message, options);
    this.descriptor = descriptor;
  }
}

/** What a {@link RegistryError} tells of the failed request. */
export interface RegistryErrorInit extends ErrorOptions {
  /** HTTP status of the answer. */
  status: number;
  /** HTTP method of the request. */
  method: string;
  /** URL of the request, without its query. */
  url: string;
  /** The registry's own errors. */
  errors: readonly RegistryErrorDetail[];
}

/** A registry refused a request or answered outside the specification. */
export class RegistryError extends OrasError {
  declare readonly code: 'REGISTRY' | 'UNAUTHORIZED' | 'DENIED' | 'RATE_LIMITED' | 'NOT_A_REGISTRY';
  /** HTTP status of the answer. */
  readonly status: number;
  /** HTTP method of the request. */
  readonly method: string;
  /** URL of the request, without its query. */
  readonly url: string;
  /** The registry's own errors, with their codes and messages; empty when it sent none. */
  readonly errors: readonly RegistryErrorDetail[];
  /** Makes the error from its message and the request. */
  constructor(message: string, init: RegistryErrorInit, code: RegistryError['code'] = 'REGISTRY') {
    super(code, message, init);
    this.status = init.status;
    this.method = init.method;
    this.url = init.url;
    this.errors = init.errors;
  }
}

/** The registry wants credentials, or refuses the ones it got (401). */
export class UnauthorizedError extends RegistryError {
  declare readonly code: 'UNAUTHORIZED';
  /** Makes the error from its message and the request. */
  constructor(message: string, init: RegistryErrorInit) {
    super(message, init, 'UNAUTHORIZED');
  }
}

/** The credentials are known but may not do this (403). */
export class DeniedError extends RegistryError {
  declare readonly code: 'DENIED';
  /** Makes the error from its message and the request. */
  constructor(message: string, init: RegistryErrorInit) {
    super(message, init, 'DENIED');
  }
}

/** The registry limits the rate of requests (429) and its limit outlasted the retries. */
export class RateLimitedError extends RegistryError {
  declare readonly code: 'RATE_LIMITED';
  /** How long the registry asked to wait, in milliseconds, when it said so. */
  readonly retryAfter: number | undefined;
  /** Makes the error from its message, the request and the wait. */
  constructor(message: string, init: RegistryErrorInit, retryAfter?: number) {
    super(message, init, 'RATE_LIMITED');
    this.retryAfter = retryAfter;
  }
}

/** The host answered with a web page, not as a registry: a wrong host, a login page, a proxy. Nothing was stored. */
export class NotARegistryError extends RegistryError {
  declare readonly code: 'NOT_A_REGISTRY';
  /** Makes the error from its message and the request. */
  constructor(message: string, init: RegistryErrorInit) {
    super(message, init, 'NOT_A_REGISTRY');
  }
}

/** No answer came: refused, unreachable, cut off, or blocked by the browser. */
export class NetworkError extends OrasError {
  declare readonly code: 'NETWORK';
  /** URL of the request, without its query. */
  readonly url: string;
  /** True in a page when the registry is on another origin, so that missing CORS headers may be the reason. */
  readonly maybeCors: boolean;
  /** Makes the error from its message and the request. */
  constructor(message: string, url: string, maybeCors: boolean, options?: ErrorOptions) {
    super('NETWORK', message, options);
    this.url = url;
    this.maybeCors = maybeCors;
  }
}

/** The class of the errors that carry a given code. */
export type OrasErrorOf<C extends OrasErrorCode> = {
  INVALID_REFERENCE: InvalidReferenceError;
  INVALID_MANIFEST: InvalidManifestError;
  NOT_FOUND: NotFoundError;
  MISMATCH: MismatchError;
  TOO_LARGE: TooLargeError;
  EXISTS: ExistsError;
  UNSAFE_PATH: UnsafePathError;
  UNSUPPORTED: UnsupportedError;
  FILE: FileError;
  CREDENTIALS: CredentialsError;
  REFERRERS: ReferrersError;
  REGISTRY: RegistryError;
  UNAUTHORIZED: UnauthorizedError;
  DENIED: DeniedError;
  RATE_LIMITED: RateLimitedError;
  NOT_A_REGISTRY: NotARegistryError;
  NETWORK: NetworkError;
}[C];

/**
 * Tells whether `error` comes from this package, and with `code` whether it is that one. It also knows errors made by
 * another copy of the package in the same program, where `instanceof` would not.
 *
 * @example
 * import { isOrasError } from 'oras-js';
 *
 * try {
 *   await registry.inspect('ghcr.io/org/missing:v1');
 * } catch (error) {
 *   if (!isOrasError(error, 'NOT_FOUND')) throw error;
 *   render(`There is no ${error.reference}`);
 * }
 */
export function isOrasError(error: unknown): error is OrasError;
/** Narrows to the errors of one code. */
export function isOrasError<C extends OrasErrorCode>(error: unknown, code: C): error is OrasErrorOf<C>;
export function isOrasError(error: unknown, code?: OrasErrorCode): boolean {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}
