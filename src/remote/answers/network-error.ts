import { NetworkError } from '../../errors.ts';

/** The network failure of one request as a typed error that says what it may be. */
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

/** The error for what did not come in time: `GET https://…: no answer in 60 s`. */
export function timeoutError(
  method: string | undefined,
  url: string,
  what: string,
  milliseconds: number,
): NetworkError {
  const bare = withoutQuery(url);
  return new NetworkError(`${method} ${bare}: ${what} ${milliseconds / 1000} s`, bare, false);
}

/** Tells whether a failure of `fetch` is one of redirects: too many of them, or one where none is followed. */
function isRedirectProblem(error: unknown): boolean {
  return chainOf(error).some(({ message }) => /\bredirect/i.test(message));
}

/** Codes of Node for certificates that are not trusted, and for a connection that is not allowed. */
const lasting = /CERT|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^ERR_TLS_|^EACCES$/;

/** Tells whether a network failure is one that trying again cannot change. */
export function isLasting(error: unknown): boolean {
  return isRedirectProblem(error) || chainOf(error).some((link) => 'code' in link && lasting.test(String(link.code)));
}

/** `fetch failed` says nothing; the reason is at the end of the chain of causes. */
function reasonOf(error: unknown): string {
  const last = chainOf(error).at(-1);
  if (!last) return 'no answer';
  return quotesUrl(last) ? last.name : last.message || last.name;
}

/** Some engines quote the whole URL, with the secrets in it: in the message, or as a property. */
function quotesUrl(error: unknown): boolean {
  return chainOf(error).some((link) => [link.message, ...Object.values(link)].some((text) => /https?:\/\//.test(text)));
}

/** An error and what led to it. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && !chain.includes(link); link = link.cause) chain.push(link);
  return chain;
}

/** Origin of the page or worker this runs in; undefined outside browsers. */
export function pageOrigin(): string | undefined {
  return (globalThis as { location?: { origin?: string } }).location?.origin;
}

/** A URL as it may be shown: without query, fragment and credentials, which can hold secrets. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
