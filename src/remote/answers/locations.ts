import type { RegistryError } from '../../errors.ts';
import { type TrustOptions, uploadProblem } from '../trust/trust.ts';
import { answerError } from './error-response.ts';
import { parseLinks } from './link.ts';
import { withoutQuery } from './network-error.ts';

const longestUrl = 8 * 1024;

/**
 * URL of the next request of an upload session: the `Location` of an answer (distribution-spec, "Pushing blobs"),
 * relative or absolute.
 *
 * @throws RegistryError when it is missing, is not an http(s) URL, contains credentials (`fetch` refuses such URLs), or
 *   is on an origin that {@link TrustOptions.uploads} does not allow
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
  // After a redirect, a relative Location is relative to the final URL. Trust depends on the URL that was requested.
  const base = response.url || requestUrl;
  if (location.length > longestUrl || !URL.canParse(location, base)) throw problem('is not a URL');
  const url = new URL(location, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw problem(`is a ${url.protocol} address`);
  if (url.username || url.password) throw problem('has credentials in it');
  if (url.href.includes('#')) throw problem('has a fragment');
  const why = uploadProblem(url, new URL(requestUrl), trusted);
  if (why) throw problem(why);
  return url.href;
}

/** Appends a query parameter to a location as text. URLSearchParams would rewrite the parameters it already has. */
export function withParameter(location: string, name: string, value: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}

/**
 * URL of the next page of a list: the link with the relation `next` in the `Link` header (RFC 8288). Undefined when
 * there is none.
 *
 * @throws RegistryError when the link is on an origin that is not allowed, or the header is malformed: without this
 *   error the list would seem to end
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
  throw problem('is on another origin');
}
