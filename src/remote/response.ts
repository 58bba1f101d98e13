import { readAll } from '../bytes/streams.ts';
import {
  DeniedError,
  NotFoundError,
  type OrasError,
  RateLimitedError,
  RegistryError,
  type RegistryErrorInit,
  UnauthorizedError,
} from '../errors.ts';
import type { RegistryErrorDetail } from '../types.ts';
import { withoutQuery } from './transport.ts';

const largestErrorBody = 64 * 1024;
const longestMessage = 1024;
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
}

/** The error an answer stands for, with the registry's own codes and messages. Its body is read. */
export async function responseError(response: Response, request: FailedRequest): Promise<OrasError> {
  const errors = await readErrors(response);
  const { status } = response;
  const said = errors.map(({ code, message }) => message || code.toLowerCase().replaceAll('_', ' ')).join('; ');
  const message = `${request.what}: ${said || statusText(response)} (${status})`;
  const init: RegistryErrorInit = { status, method: request.method, url: withoutQuery(request.url), errors };
  if (status === 404 && request.missing !== undefined) return new NotFoundError(message, request.missing, { errors });
  if (status === 401) return new UnauthorizedError(message, init);
  if (status === 403) return new DeniedError(message, init);
  if (status === 429) return new RateLimitedError(message, init, retryAfter(response));
  return new RegistryError(message, init);
}

function statusText({ status, statusText }: Response): string {
  const known: Record<number, string> = { 401: 'credentials are needed', 403: 'access is denied', 404: 'not found' };
  return known[status] ?? (printable(statusText) || 'unexpected answer');
}

/** `{"errors": [{code, message, detail}]}` (distribution-spec, "Error Codes"), whatever the content type says. */
async function readErrors(response: Response): Promise<RegistryErrorDetail[]> {
  try {
    const bytes = response.body ? await readAll(response.body, largestErrorBody) : new Uint8Array();
    const { errors } = JSON.parse(new TextDecoder().decode(bytes)) as { errors?: unknown };
    return Array.isArray(errors) ? errors.slice(0, 16).flatMap(readError) : [];
  } catch {
    return [];
  }
}

function readError(value: unknown): RegistryErrorDetail[] {
  if (typeof value !== 'object' || value === null) return [];
  const { code, message, detail } = value as Record<string, unknown>;
  const text = (field: unknown): string => (typeof field === 'string' ? printable(field) : '');
  return [{ code: text(code), message: text(message), ...(detail === undefined ? {} : { detail }) }];
}

/** A registry's words end up on screens: no control characters, and not endless. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, longestMessage);
}

/** `Retry-After` in milliseconds; it is in seconds or a date (RFC 9110, section 10.2.3). */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  // Date.parse makes dates of numbers as well.
  const date = /^[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : date - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

/**
 * Where an upload goes on: the `Location` of an answer (distribution-spec, "Pushing blobs"), relative or absolute.
 *
 * @throws RegistryError when it is missing, is no http(s) address, has credentials, or steps down from https to http
 */
export function uploadLocation(response: Response, requestUrl: string): string {
  const location = response.headers.get('location') ?? '';
  const problem = (why: string): RegistryError =>
    new RegistryError(`Cannot upload to ${withoutQuery(requestUrl)}: the registry's Location ${why}`, {
      status: response.status,
      method: 'POST',
      url: withoutQuery(requestUrl),
      errors: [],
    });
  if (location === '') throw problem('is missing; a page can only read it when CORS exposes Location');
  if (location.length > longestUrl || !URL.canParse(location, requestUrl)) throw problem('is no address');
  const url = new URL(location, requestUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw problem(`is a ${url.protocol} address`);
  if (url.username || url.password) throw problem('has credentials in it');
  if (url.href.includes('#')) throw problem('has a fragment');
  if (url.protocol === 'http:' && requestUrl.startsWith('https:')) throw problem('steps down from https to http');
  return url.href;
}

/** The location with a query parameter, added as text: URLSearchParams would rewrite the parameters that are there. */
export function withParameter(location: string, name: string, value: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}

const linkPattern = /<([^<>]*)>((?:[^,"]|"[^"]*")*)/g;

/**
 * The next page of a list, if there is one: the `Link` of an answer with `rel="next"` (RFC 8288), quoted or not.
 *
 * @throws RegistryError when it leads to another origin, or cannot be read: the list would seem to end
 */
export function nextLink(response: Response, requestUrl: string): string | undefined {
  const header = (response.headers.get('link') ?? '').slice(0, longestUrl);
  const problem = (why: string): RegistryError =>
    new RegistryError(`Cannot list ${withoutQuery(requestUrl)}: the link to the next page ${why}`, {
      status: response.status,
      method: 'GET',
      url: withoutQuery(requestUrl),
      errors: [],
    });
  for (const [, target = '', parameters = ''] of header.matchAll(linkPattern)) {
    if (!/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=[\s;]|$))/i.test(parameters)) continue;
    const url = URL.canParse(target, requestUrl) ? new URL(target, requestUrl) : undefined;
    if (url && url.origin === new URL(requestUrl).origin && !url.username && !url.password) return url.href;
    throw problem('leads to another origin');
  }
  if (/\brel\s*=\s*"?next/i.test(header.replace(linkPattern, ''))) throw problem('cannot be read');
  return undefined;
}
