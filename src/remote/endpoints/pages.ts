import { readAll } from '../../bytes/streams.ts';
import type { RegistryError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { answerError } from '../answers/error-response.ts';
import { nextLink } from '../answers/locations.ts';
import { withoutQuery } from '../answers/network-error.ts';
import { isWebPage, webPageError } from '../answers/web-page.ts';
import { bodyOf } from '../connection/body.ts';
import type { Connection } from '../connection/connection.ts';

/** Maximum size of one page in bytes; registries without paging send the whole list at once. */
const maxPageBytes = 16 * 1024 * 1024;
/** Maximum number of pages, against lists without an end. With the usual page size these are a million tags. */
const maxPages = 10_000;

/** Options of {@link pagesOf}. */
export interface PagesOptions<T> extends AbortOptions {
  /** The `Accept` header. */
  accept: string;
  /** Start of the error message, which says what the caller wants: `Cannot list the tags of ghcr.io/org/hello`. */
  what: string;
  /** The reference that a 404 says does not exist; see {@link SendOptions.missing}. */
  missing?: string | undefined;
  /** Token scopes. Default: to pull from the repository. */
  scopes?: readonly string[] | undefined;
  /** Parses one page. */
  read: (bytes: Uint8Array, response: Response) => T;
  /** URL of the next page when there is no link to it; undefined when there is no more. Default: there is no more. */
  next?: ((page: T) => string | undefined) | undefined;
}

/**
 * The pages of a list as parsed by `read`, each fetched when it is read. The next page is the one in the `Link` header
 * (RFC 8288; distribution-spec, "Listing Tags").
 *
 * @throws NotFoundError while reading, for a 404 with `missing`
 * @throws NotARegistryError while reading, when the response is a web page
 * @throws RegistryError while reading, when the links form a loop or name another origin, or there are more than 10,000
 *   pages
 */
export async function* pagesOf<T>(
  connection: Connection,
  first: string,
  { accept, missing, next, read, scopes, signal, what }: PagesOptions<T>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  let url: string | undefined = first;
  while (url) {
    if (seen.has(url) || seen.size === maxPages) throw endlessListError(url);
    seen.add(url);
    const wanted = { headers: { accept }, what, missing, signal, ...(scopes && { scopes }) };
    const response = await connection.send('GET', url, wanted);
    // The body is read first: an error in the link would leave it open.
    const bytes = await readAll(bodyOf(connection, response, url, signal), maxPageBytes, signal);
    if (isWebPage(bytes)) throw webPageError(what, response.status, url);
    const link = nextLink(response, url, connection.options.trust.pages);
    const page = read(bytes, response);
    url = link ?? next?.(page);
    yield page;
  }
}

function endlessListError(url: string): RegistryError {
  return answerError(`Cannot list ${withoutQuery(url)}: its pages form a loop or do not end`, 200, url);
}
