import type { Descriptor, RegistryErrorDetail } from '../types.ts';
import { OrasError } from './oras-error.ts';
import type { RegistryErrorInit } from './registry-errors.ts';

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

/** One thing that is wrong with JSON. */
export interface ContentIssue {
  /** Where it is, as in `layers[0].size`; empty when all of it is meant. */
  readonly path: string;
  /** What is wrong, in the words of the schema. */
  readonly message: string;
}

/** Content that is not the JSON that was asked for: no JSON at all, or not what its schema takes. */
export class InvalidContentError extends OrasError {
  declare readonly code: 'INVALID_CONTENT';
  /** What is wrong. */
  readonly issues: readonly ContentIssue[];
  /** Makes the error from its message and what is wrong. */
  constructor(message: string, issues: readonly ContentIssue[], options?: ErrorOptions) {
    super('INVALID_CONTENT', message, options);
    this.issues = issues;
  }
}

/** What was asked for is not there: a tag, a manifest, a blob, a repository, a file, or one removed after it was opened. */
export class NotFoundError extends OrasError {
  declare readonly code: 'NOT_FOUND';
  /** What was looked for: a reference, a digest or a path. */
  readonly reference: string;
  /** The registry's own errors; empty when no registry was asked. */
  readonly errors: readonly RegistryErrorDetail[];
  /** HTTP status of the answer; undefined when no registry said that it is not there. */
  readonly status: number | undefined;
  /** HTTP method of the request; undefined when no registry was asked. */
  readonly method: string | undefined;
  /** URL of the request, without its query; undefined when no registry was asked. */
  readonly url: string | undefined;
  /** Makes the error from its message, what was looked for, and what a registry said. */
  constructor(message: string, reference: string, options?: ErrorOptions & Partial<RegistryErrorInit>) {
    super('NOT_FOUND', message, options);
    this.reference = reference;
    this.errors = options?.errors ?? [];
    this.status = options?.status;
    this.method = options?.method;
    this.url = options?.url;
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

/**
 * A local file that is there but cannot be read or written: no permission, no space, a broken disk, too many open files;
 * or one that changed after it was opened, whose `errno` is `NotReadableError` in Node, too.
 */
export class FileError extends OrasError {
  declare readonly code: 'FILE';
  /** The path as it was given; of a file that was opened before, its name in the artifact. */
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
