import { NetworkError } from '../../errors.ts';

/** Turns the network failure of a request into a NetworkError whose message names likely causes. */
export function toNetworkError(error: unknown, method: string, url: string): NetworkError {
  const bare = withoutQuery(url);
  const isForeign = pageOrigin() !== undefined && pageOrigin() !== new URL(url).origin;
  const foreign = isForeign && !isRedirectProblem(error);
  const hint = foreign
    ? '. In a page this may also be missing CORS headers, such as Access-Control-Allow-Origin, an http registry called ' +
      'from an https page, or a refused local-network permission: `diagnose` tells which, and what to do'
    : '';
  const cause = quotesUrl(error) ? {} : { cause: error };
  return new NetworkError(`${method} ${bare} failed: ${reasonOf(error)}${hint}`, bare, foreign, cause);
}

/** The error for a timeout: `GET https://…: no answer in 60 s`. */
export function timeoutError(
  method: string | undefined,
  url: string,
  what: string,
  milliseconds: number,
): NetworkError {
  const bare = withoutQuery(url);
  return new NetworkError(`${method} ${bare}: ${what} ${milliseconds / 1000} s`, bare, false);
}

/** Tells whether `fetch` failed because of a redirect: there were too many, or the request allows none. */
function isRedirectProblem(error: unknown): boolean {
  return chainOf(error).some(({ message }) => /\bredirect/i.test(message));
}

/** Error codes of Node for certificates that are not trusted, and for connections that are not allowed. */
const permanentCodes = /CERT|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^ERR_TLS_|^EACCES$/;

/** Tells whether a network failure is permanent, so that a retry cannot succeed. */
export function isPermanent(error: unknown): boolean {
  return (
    isRedirectProblem(error) || chainOf(error).some((link) => 'code' in link && permanentCodes.test(String(link.code)))
  );
}

/** The message of the innermost cause: `fetch failed` alone does not name the reason. */
function reasonOf(error: unknown): string {
  const last = chainOf(error).at(-1);
  if (!last) return 'no answer';
  return quotesUrl(last) ? last.name : last.message || last.name;
}

/**
 * Tells whether an error quotes the URL, in its message or in a property, as some engines do. The URL can contain
 * secrets.
 */
function quotesUrl(error: unknown): boolean {
  return chainOf(error).some((link) => [link.message, ...Object.values(link)].some((text) => /https?:\/\//.test(text)));
}

/** An error and its causes. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && !chain.includes(link); link = link.cause) chain.push(link);
  return chain;
}

/** Origin of the page or worker this runs in; undefined outside browsers. */
export function pageOrigin(): string | undefined {
  return (globalThis as { location?: { origin?: string } }).location?.origin;
}

/** A URL that is safe to show: without query, fragment and credentials, which can contain secrets. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
