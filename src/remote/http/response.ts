import { abortable, readAll, readStart } from '../../bytes/streams.ts';
import {
  DeniedError,
  NotFoundError,
  type OrasError,
  RateLimitedError,
  RegistryError,
  type RegistryErrorInit,
  UnauthorizedError,
} from '../../errors.ts';
import type { RegistryErrorDetail } from '../../types.ts';
import { type TrustOptions, uploadProblem } from '../trust/trust.ts';
import { parseChallenges } from './challenge.ts';
import { parseLinks } from './link.ts';
import { pageOrigin, withoutQuery } from './network-error.ts';
import { retryAfter } from './retry-after.ts';
import { isWebPage, webPageError } from './web-page.ts';

const largestErrorBody = 64 * 1024;
const longestMessage = 1024;
/** Milliseconds for all of a short body. */
const shortBodyTimeout = 10_000;
const longestUrl = 8 * 1024;

/** What failed, for the error made of an answer. */
export interface FailedRequest {
  /** HTTP method. */
  method: string;
  /** URL of the request. */
  url: string;
  /** What the caller wanted, as the beginning of a sentence: `Cannot pull ghcr.io/org/hello:v1`. */
  what: string;
  /** What a 404 says is not there: a reference or a digest. Without it, a 404 is a RegistryError. */
  missing?: string;
  /** Whether a token service was asked, which need not say how to authenticate to it. */
  isTokenService?: boolean;
  /** Ends the reading of the answer. */
  signal?: AbortSignal | undefined;
}

/**
 * The error an answer stands for, with the registry's own codes and messages. Its body is read; an abort meanwhile
 * rejects with the signal's reason, as the caller no longer asks.
 */
export async function responseError(response: Response, request: FailedRequest): Promise<OrasError> {
  const bytes = await readStartInTime(response, request.signal);
  request.signal?.throwIfAborted();
  const { status } = response;
  if (response.ok && isWebPage(bytes)) return webPageError(request.what, status, request.url, request.method);
  const errors = errorsIn(bytes);
  const words = errors.map(({ code, message }) => message || code.toLowerCase().replaceAll('_', ' '));
  const said = words.filter(Boolean).join('; ');
  const message = `${request.what}: ${said || statusText(response)} (${status})`;
  const init: RegistryErrorInit = { status, method: request.method, url: withoutQuery(request.url), errors };
  if (status === 404 && request.missing !== undefined) return new NotFoundError(message, request.missing, { errors });
  if (status === 401) return new UnauthorizedError(message + unanswered(response, request), init);
  if (status === 403) return new DeniedError(message, init);
  if (status === 429) return new RateLimitedError(message, init, retryAfter(response));
  return new RegistryError(message, init);
}

/** Why a challenge was not answered, where that is not for want of credentials. */
function unanswered({ headers }: Response, { url, isTokenService }: FailedRequest): string {
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

/** The error for an answer outside the specification. */
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

/** What a refusal says, as far as it comes in time; a body that breaks says nothing. */
async function readStartInTime({ body }: Response, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const limit = AbortSignal.timeout(shortBodyTimeout);
  return body
    ? readStart(abortable(body, signal), largestErrorBody, limit).catch(() => new Uint8Array())
    : new Uint8Array();
}

/** `{"errors": [{code, message, detail}]}` (distribution-spec, "Error Codes"), whatever the content type says. */
function errorsIn(bytes: Uint8Array): RegistryErrorDetail[] {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(bytes)) as { errors?: unknown };
    return Array.isArray(errors) ? errors.slice(0, 16).flatMap(readError) : [];
  } catch {
    return [];
  }
}

/** All of a body that is only a few lines; it fails when they do not come in time.
 *
 * @throws TooLargeError above the limit
 */
export async function readShort(
  { body }: Response,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return body ? readAll(abortable(body, signal), limit, AbortSignal.timeout(shortBodyTimeout)) : new Uint8Array();
}

function readError(value: unknown): RegistryErrorDetail[] {
  if (typeof value !== 'object' || value === null) return [];
  const { code, message, detail } = value as Record<string, unknown>;
  const text = (field: unknown): string => (typeof field === 'string' ? printable(field) : '');
  const hasDetail = detail !== undefined && detail !== null && isFlat(detail);
  return [{ code: text(code), message: text(message), ...(hasDetail && { detail }) }];
}

/** JSON.parse takes what is nested so deeply that JSON.stringify does not, nor many who look inside. */
function isFlat(value: unknown, depth = 32): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((one) => isFlat(one, depth - 1));
}

/** A registry's words end up on screens: no control characters, and not endless. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, longestMessage);
}

/**
 * Where an upload goes on: the `Location` of an answer (distribution-spec, "Pushing blobs"), relative or absolute.
 *
 * @throws RegistryError when it is missing, is no http(s) address, has credentials (no `fetch` takes such an address),
 *   or leads where the registry may not send content; see {@link TrustOptions.uploads}
 */
export function uploadLocation(
  response: Response,
  requestUrl: string,
  trusted: TrustOptions['uploads'] = 'any',
): string {
  const location = response.headers.get('location') ?? '';
  const problem = (why: string): RegistryError =>
    answerError(
      `Cannot upload to ${withoutQuery(requestUrl)}: the registry's Location ${why}`,
      response.status,
      requestUrl,
      'POST',
    );
  if (location === '') throw problem('is missing; a page can only read it when CORS exposes Location');
  // The answer may be that of a redirect; what is trusted goes by who was asked.
  const base = response.url || requestUrl;
  if (location.length > longestUrl || !URL.canParse(location, base)) throw problem('is no address');
  const url = new URL(location, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw problem(`is a ${url.protocol} address`);
  if (url.username || url.password) throw problem('has credentials in it');
  if (url.href.includes('#')) throw problem('has a fragment');
  const why = uploadProblem(url, new URL(requestUrl), trusted);
  if (why) throw problem(why);
  return url.href;
}

/** The location with a query parameter, added as text: URLSearchParams would rewrite the parameters that are there. */
export function withParameter(location: string, name: string, value: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}

/**
 * The next page of a list, if there is one: the `Link` of an answer with the relation `next` (RFC 8288).
 *
 * @throws RegistryError when it leads to another origin, or cannot be read: the list would seem to end
 */
export function nextLink(response: Response, requestUrl: string, trusted: readonly string[] = []): string | undefined {
  const header = response.headers.get('link') ?? '';
  const problem = (why: string): RegistryError =>
    answerError(
      `Cannot list ${withoutQuery(requestUrl)}: the link to the next page ${why}`,
      response.status,
      requestUrl,
    );
  const { links, isWhole } = parseLinks(header);
  const next = links.find(({ relations }) => relations.includes('next'));
  if (!next) {
    if (!isWhole) throw problem('cannot be read');
    return undefined;
  }
  if (next.target.length > longestUrl) throw problem('is too long');
  const base = response.url || requestUrl;
  const url = URL.canParse(next.target, base) ? new URL(next.target, base) : undefined;
  const origins = [new URL(requestUrl).origin, ...trusted];
  if (url && origins.includes(url.origin) && !url.username && !url.password) return url.href;
  throw problem('leads to another origin');
}
