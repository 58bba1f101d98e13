import { readAll } from '../../bytes/streams.ts';
import type { RegistryError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { answerError } from '../answers/error-response.ts';
import { nextLink } from '../answers/locations.ts';
import { withoutQuery } from '../answers/network-error.ts';
import { isWebPage, webPageError } from '../answers/web-page.ts';
import { bodyOf } from '../connection/body.ts';
import type { Connection } from '../connection/connection.ts';

/** Largest page of a list, in bytes; registries without paging send all of it at once. */
const maxPageBytes = 16 * 1024 * 1024;
/** A list that never ends is a broken or a hostile one: of tags, in pages as registries make them, these are a million. */
const maxPages = 10_000;

/** What is listed, for {@link pagesOf}. */
export interface PagesOptions<T> extends AbortOptions {
  /** The media type to ask for. */
  accept: string;
  /** What the caller wants, as the beginning of an error: `Cannot list the tags of ghcr.io/org/hello`. */
  what: string;
  /** What a 404 says is not there; see {@link SendOptions.missing}. */
  missing?: string | undefined;
  /** Reads one page of the list. */
  read: (bytes: Uint8Array, response: Response) => T;
}

/**
 * The pages of a list, each asked for when it is read: what `read` makes of them. The next one is where the `Link` of the
 * answer says (RFC 8288; distribution-spec, "Listing Tags").
 *
 * @throws NotFoundError while reading, for a 404, when it is said what is `missing`
 * @throws NotARegistryError while reading, when a web page answers
 * @throws RegistryError while reading, when the pages lead in a circle, elsewhere, or to more than 10,000 others
 */
export async function* pagesOf<T>(
  connection: Connection,
  first: string,
  { accept, missing, read, signal, what }: PagesOptions<T>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  let url: string | undefined = first;
  while (url) {
    if (seen.has(url) || seen.size === maxPages) throw endless(url);
    seen.add(url);
    const response = await connection.send('GET', url, { headers: { accept }, what, missing, signal });
    // Read before the link, whose error would leave the body open.
    const bytes = await readAll(bodyOf(connection, response, url, signal), maxPageBytes, signal);
    if (isWebPage(bytes)) throw webPageError(what, response.status, url);
    url = nextLink(response, url, connection.options.trust.pages);
    yield read(bytes, response);
  }
}

function endless(url: string): RegistryError {
  return answerError(`Cannot list ${withoutQuery(url)}: its pages lead in a circle or do not end`, 200, url);
}
