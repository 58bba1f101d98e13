import type { Descriptor, RegistryErrorDetail } from '../types.ts';
import { OrasError } from './oras-error.ts';
import type { RegistryErrorInit } from './registry-errors.ts';

/** A reference, tag, repository name or digest breaks the grammar; nothing was sent. */
export class InvalidReferenceError extends OrasError {
  declare readonly code: 'INVALID_REFERENCE';
  /** Makes the error from its message. */
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_REFERENCE', message, options);
  }
}

/** A manifest, index or descriptor breaks the image-spec. */
export class InvalidManifestError extends OrasError {
  declare readonly code: 'INVALID_MANIFEST';
  /** Makes the error from its message. */
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_MANIFEST', message, options);
  }
}

/** One fault in JSON. */
export interface ContentIssue {
  /** Path of the value, as in `layers[0].size`; empty for the whole document. */
  readonly path: string;
  /** What is wrong with it: the message of the schema. */
  readonly message: string;
}

/** Content is not JSON, or its schema rejects it. */
export class InvalidContentError extends OrasError {
  declare readonly code: 'INVALID_CONTENT';
  /** The faults. */
  readonly issues: readonly ContentIssue[];
  /** Makes the error from its message and the faults. */
  constructor(message: string, issues: readonly ContentIssue[], options?: ErrorOptions) {
    super('INVALID_CONTENT', message, options);
    this.issues = issues;
  }
}

/** A tag, manifest, blob, repository or file does not exist, or a file was removed after it was opened. */
export class NotFoundError extends OrasError {
  declare readonly code: 'NOT_FOUND';
  /** The missing reference, digest or path. */
  readonly reference: string;
  /** The registry's own errors; empty without a response of a registry. */
  readonly errors: readonly RegistryErrorDetail[];
  /** HTTP status of the response; undefined without a response of a registry. */
  readonly status: number | undefined;
  /** HTTP method of the request; undefined without a response of a registry. */
  readonly method: string | undefined;
  /** URL of the request, without its query; undefined without a response of a registry. */
  readonly url: string | undefined;
  /** Makes the error from its message, the missing reference, and the response of a registry, if any. */
  constructor(message: string, reference: string, options?: ErrorOptions & Partial<RegistryErrorInit>) {
    super('NOT_FOUND', message, options);
    this.reference = reference;
    this.errors = options?.errors ?? [];
    this.status = options?.status;
    this.method = options?.method;
    this.url = options?.url;
  }
}

/** Content has another size, digest or media type than expected. It was not delivered as complete. */
export class MismatchError extends OrasError {
  declare readonly code: 'MISMATCH';
  /** The expected digest, media type, or size in bytes. */
  readonly expected: string | number;
  /** The actual value. */
  readonly actual: string | number;
  /** Makes the error from its message and both values. */
  constructor(message: string, expected: string | number, actual: string | number, options?: ErrorOptions) {
    super('MISMATCH', message, options);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Content is larger than a limit; reading stopped there. */
export class TooLargeError extends OrasError {
  declare readonly code: 'TOO_LARGE';
  /** The limit in bytes, or in entries of an archive. */
  readonly limit: number;
  /** How much there is as far as it is known: announced, or read when the limit was passed. */
  readonly actual: number;
  /** Path of the entry of an archive where the limit was exceeded; undefined elsewhere. */
  readonly path: string | undefined;
  /** Makes the error from its message, the limit and the size. */
  constructor(message: string, limit: number, actual: number, options?: ErrorOptions & { path?: string | undefined }) {
    super('TOO_LARGE', message, options);
    this.limit = limit;
    this.actual = actual;
    this.path = options?.path;
  }
}

/** An archive that is damaged, cut off, or of a kind that cannot be read; nothing of it was put in place. */
export class InvalidArchiveError extends OrasError {
  declare readonly code: 'INVALID_ARCHIVE';
  /** Path of the entry where it showed; undefined when it is no entry's fault. */
  readonly path: string | undefined;
  /** Makes the error from its message and the path of the entry. */
  constructor(message: string, path?: string, options?: ErrorOptions) {
    super('INVALID_ARCHIVE', message, options);
    this.path = path;
  }
}

/** The path to write to already exists; it was not overwritten. */
export class ExistsError extends OrasError {
  declare readonly code: 'EXISTS';
  /** The existing path. */
  readonly path: string;
  /** Makes the error from its message and the path. */
  constructor(message: string, path: string, options?: ErrorOptions) {
    super('EXISTS', message, options);
    this.path = path;
  }
}

/** A path is, or could be, outside of its storage; nothing was written. */
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

/** This runtime, target or version does not support the call. */
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

/**
 * A local file exists but cannot be read or written: no permission, no space, a broken disk, too many open files; or it
 * changed after it was opened (`errno` is then `NotReadableError`, also in Node).
 */
export class FileError extends OrasError {
  declare readonly code: 'FILE';
  /** The path as it was given; for a file that was opened before, its name in the artifact. */
  readonly path: string;
  /**
   * Name of the system error, such as `EACCES`, `EMFILE`, `ENOSPC` or `EIO`; in a page the name of the DOMException.
   */
  readonly errno: string;
  /** Makes the error from its message, the path and the name of the system error. */
  constructor(message: string, path: string, errno: string, options?: ErrorOptions) {
    super('FILE', message, options);
    this.path = path;
    this.errno = errno;
  }
}

/** Stored credentials cannot be read or written. The message never contains a secret. */
export class CredentialsError extends OrasError {
  declare readonly code: 'CREDENTIALS';
  /** Where they are stored: the path of a file, or the name of an environment variable or of a credential helper. */
  readonly source: string;
  /** Makes the error from its message and where the credentials are. */
  constructor(message: string, source: string, options?: ErrorOptions) {
    super('CREDENTIALS', message, options);
    this.source = source;
  }
}

/**
 * The registry has no referrers API, and the index under the referrers tag could not be updated: a manifest with a
 * `subject` exists under its digest, but is not listed as a referrer of its subject; or it was not deleted, as it could
 * not be removed from the index. See `cause`.
 */
export class ReferrersError extends OrasError {
  declare readonly code: 'REFERRERS';
  /** The manifest, which is stored. */
  readonly descriptor: Descriptor;
  /** Makes the error from its message and the manifest. */
  constructor(message: string, descriptor: Descriptor, options?: ErrorOptions) {
    super('REFERRERS', message, options);
    this.descriptor = descriptor;
  }
}
