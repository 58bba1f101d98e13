import {
  DeniedError,
  NotFoundError,
  type OrasError,
  RateLimitedError,
  RegistryError,
  type RegistryErrorInit,
  UnauthorizedError,
} from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import { errorBody } from '../../oci/schemas/error-body.ts';
import type { RegistryErrorDetail } from '../../types.ts';
import { parseChallenges } from './challenge.ts';
import { pageOrigin, withoutQuery } from './network-error.ts';
import { retryAfter } from './retry-after.ts';
import { readShortStart } from './short-body.ts';
import { isWebPage, webPageError } from './web-page.ts';

const largestErrorBody = 64 * 1024;
const longestMessage = 1024;

/** The request that failed, for the error message. */
export interface FailedRequest {
  /** HTTP method. */
  method: string;
  /** URL of the request. */
  url: string;
  /** Start of the message, which says what the caller wanted: `Cannot pull ghcr.io/org/hello:v1`. */
  what: string;
  /** The reference or digest that a 404 says does not exist. Default: a 404 is a RegistryError. */
  missing?: string | undefined;
  /** Whether the request went to a token service. It need not send a challenge with a 401. */
  isTokenService?: boolean;
  /** Stops reading the body. */
  signal?: AbortSignal | undefined;
}

/**
 * Turns an error response into a typed error, with the registry's own error codes and messages. It reads the body. An
 * abort meanwhile rejects with the signal's reason.
 */
export async function responseError(response: Response, request: FailedRequest): Promise<OrasError> {
  const bytes = await readShortStart(response, largestErrorBody, request.signal);
  request.signal?.throwIfAborted();
  const { status } = response;
  if (response.ok && isWebPage(bytes)) return webPageError(request.what, status, request.url, request.method);
  const errors = errorsIn(bytes);
  const words = errors.map(({ code, message }) => message || code.toLowerCase().replaceAll('_', ' '));
  const said = words.filter(Boolean).join('; ');
  const message = `${request.what}: ${said || statusText(response)} (${status})`;
  const init: RegistryErrorInit = { status, method: request.method, url: withoutQuery(request.url), errors };
  if (status === 404 && request.missing !== undefined) return new NotFoundError(message, request.missing, init);
  if (status === 401) return new UnauthorizedError(message + unansweredReason(response, request), init);
  if (status === 403) return new DeniedError(message, init);
  if (status === 429) return new RateLimitedError(message, init, retryAfter(response));
  return new RegistryError(message, init);
}

/** Explains a 401 that credentials cannot solve: a challenge that is hidden by CORS, or an unsupported scheme. */
function unansweredReason({ headers }: Response, { url, isTokenService }: FailedRequest): string {
  const header = headers.get('www-authenticate');
  const page = pageOrigin();
  if (header === null) {
    const isHidden = !isTokenService && page !== undefined && page !== new URL(url).origin;
    return isHidden
      ? '; this page cannot read how to authenticate: CORS must expose WWW-Authenticate to it, or ' +
          "`hosts` give the registry's `challenge`"
      : '';
  }
  const schemes = parseChallenges(header).map(({ scheme }) => scheme);
  if (schemes.length === 0 || schemes.some((scheme) => scheme === 'bearer' || scheme === 'basic')) return '';
  return `; it asks for authentication by ${schemes.join(' or ')}, which is not supported`;
}

/** The error for an answer that breaks the specification. */
export function answerError(message: string, status: number, url: string, method = 'GET'): RegistryError {
  return new RegistryError(message, { status, method, url: withoutQuery(url), errors: [] });
}

function statusText({ status, statusText }: Response): string {
  const known: Record<number, string> = {
    401: 'credentials are needed, or were refused',
    403: 'access is denied',
    404: 'not found',
  };
  return known[status] ?? (printable(statusText) || 'unexpected answer');
}

/** The errors in the body. The content type is ignored, because many registries send a wrong one. */
function errorsIn(bytes: Uint8Array): RegistryErrorDetail[] {
  const errors = readJson(bytes, errorBody).value?.errors ?? [];
  return errors.slice(0, 16).map(({ code, message, detail }) => ({
    code: printable(code),
    message: printable(message),
    ...(detail !== undefined && isFlat(detail) && { detail }),
  }));
}

/**
 * Tells whether a value is nested at most 32 levels deep. JSON.parse accepts more than JSON.stringify and other
 * recursive code can handle.
 */
function isFlat(value: unknown, depth = 32): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((one) => isFlat(one, depth - 1));
}

/** Makes a registry's text safe to display: no control characters, and a limited length. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, longestMessage);
}
