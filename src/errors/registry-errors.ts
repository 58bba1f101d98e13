import type { RegistryErrorDetail } from '../types.ts';
import { OrasError } from './oras-error.ts';

/** The request and the response that a {@link RegistryError} is about. */
export interface RegistryErrorInit extends ErrorOptions {
  /** HTTP status of the response. */
  status: number;
  /** HTTP method of the request. */
  method: string;
  /** URL of the request, without its query. */
  url: string;
  /** The registry's own errors. */
  errors: readonly RegistryErrorDetail[];
}

/** A registry rejected a request, or its response broke the specification. */
export class RegistryError extends OrasError {
  declare readonly code: 'REGISTRY' | 'UNAUTHORIZED' | 'DENIED' | 'RATE_LIMITED' | 'NOT_A_REGISTRY';
  /** HTTP status of the response. */
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

/** The registry requires credentials, or rejects those it got (401). */
export class UnauthorizedError extends RegistryError {
  declare readonly code: 'UNAUTHORIZED';
  /** Makes the error from its message and the request. */
  constructor(message: string, init: RegistryErrorInit) {
    super(message, init, 'UNAUTHORIZED');
  }
}

/** The credentials are valid but lack the permission (403). */
export class DeniedError extends RegistryError {
  declare readonly code: 'DENIED';
  /** Makes the error from its message and the request. */
  constructor(message: string, init: RegistryErrorInit) {
    super(message, init, 'DENIED');
  }
}

/** The registry limits the rate of requests (429), and all retries were used up. */
export class RateLimitedError extends RegistryError {
  declare readonly code: 'RATE_LIMITED';
  /** The `Retry-After` of the response in milliseconds; undefined if it had none. */
  readonly retryAfter: number | undefined;
  /** Makes the error from its message, the request and `Retry-After`. */
  constructor(message: string, init: RegistryErrorInit, retryAfter?: number) {
    super(message, init, 'RATE_LIMITED');
    this.retryAfter = retryAfter;
  }
}

/** The response is a web page, not that of a registry: a wrong host, a login page, a proxy. Nothing was stored. */
export class NotARegistryError extends RegistryError {
  declare readonly code: 'NOT_A_REGISTRY';
  /** Makes the error from its message and the request. */
  constructor(message: string, init: RegistryErrorInit) {
    super(message, init, 'NOT_A_REGISTRY');
  }
}

/** There was no response: the connection was refused, unreachable, broken, or blocked by the browser. */
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
