import type {
  CredentialsError,
  ExistsError,
  FileError,
  InvalidArchiveError,
  InvalidContentError,
  InvalidManifestError,
  InvalidReferenceError,
  MismatchError,
  NotFoundError,
  ReferrersError,
  TooLargeError,
  UnsafePathError,
  UnsupportedError,
} from './errors/content-errors.ts';
import type { CopyError } from './errors/copy-error.ts';
import { brand, type OrasError, type OrasErrorCode } from './errors/oras-error.ts';
import type {
  DeniedError,
  NetworkError,
  NotARegistryError,
  RateLimitedError,
  RegistryError,
  UnauthorizedError,
} from './errors/registry-errors.ts';

export * from './errors/content-errors.ts';
export { CopyError, type CopyErrorInit } from './errors/copy-error.ts';
export { OrasError, type OrasErrorCode } from './errors/oras-error.ts';
export * from './errors/registry-errors.ts';

/** The class of the errors that carry a given code. */
export type OrasErrorOf<C extends OrasErrorCode> = {
  INVALID_REFERENCE: InvalidReferenceError;
  INVALID_MANIFEST: InvalidManifestError;
  INVALID_ARCHIVE: InvalidArchiveError;
  INVALID_CONTENT: InvalidContentError;
  NOT_FOUND: NotFoundError;
  MISMATCH: MismatchError;
  TOO_LARGE: TooLargeError;
  EXISTS: ExistsError;
  UNSAFE_PATH: UnsafePathError;
  UNSUPPORTED: UnsupportedError;
  FILE: FileError;
  CREDENTIALS: CredentialsError;
  REFERRERS: ReferrersError;
  COPY: CopyError;
  REGISTRY: RegistryError;
  UNAUTHORIZED: UnauthorizedError;
  DENIED: DeniedError;
  RATE_LIMITED: RateLimitedError;
  NOT_A_REGISTRY: NotARegistryError;
  NETWORK: NetworkError;
}[C];

/** Codes of the RegistryError class and its subclasses. */
const registryCodes: readonly OrasErrorCode[] = [
  'REGISTRY',
  'UNAUTHORIZED',
  'DENIED',
  'RATE_LIMITED',
  'NOT_A_REGISTRY',
] satisfies RegistryError['code'][];

/**
 * Tells whether `error` comes from this package; with codes, whether it has one of them. `REGISTRY` matches every
 * {@link RegistryError}: also `UNAUTHORIZED`, `DENIED`, `RATE_LIMITED` and `NOT_A_REGISTRY`. Unlike `instanceof`, it
 * also recognises errors of another copy of the package in the same program.
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
/** Narrows to the errors of these codes. */
export function isOrasError<C extends OrasErrorCode>(error: unknown, ...codes: C[]): error is OrasErrorOf<C>;
export function isOrasError(error: unknown, ...codes: OrasErrorCode[]): boolean {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  if (codes.length === 0) return true;
  const code = 'code' in error ? (error.code as OrasErrorCode) : undefined;
  return code !== undefined && (codes.includes(code) || (codes.includes('REGISTRY') && registryCodes.includes(code)));
}
