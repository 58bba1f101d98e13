import { readAll } from '../../bytes/streams.ts';
import { InvalidManifestError, type RegistryError } from '../../errors.ts';
import { isTag } from '../../oci/reference.ts';
import type { PageOptions, Paginated } from '../../options.ts';
import { paginated } from '../../pagination.ts';
import { bodyOf } from '../connection/body.ts';
import type { Connection } from '../connection/connection.ts';
import { withoutQuery } from '../http/network-error.ts';
import { answerError, nextLink, responseError } from '../http/response.ts';
import { isWebPage, webPageError } from '../http/web-page.ts';

/** Largest page of a list, in bytes; registries without paging send all tags at once. */
const largestPage = 16 * 1024 * 1024;
/** A list that never ends is a broken or a hostile one: in pages as registries make them, these are a million tags. */
const mostPages = 10_000;

/**
 * The tags of a repository, page by page (distribution-spec, end-8). What is no tag by the grammar is left out.
 *
 * @throws RegistryError while reading, when the pages lead in a circle, elsewhere, or to more than 10,000 others
 */
export function listTags(connection: Connection, options: PageOptions = {}): Paginated<string> {
  const { pageSize, signal } = options;
  if (pageSize !== undefined && (!Number.isSafeInteger(pageSize) || pageSize < 1)) {
    throw new RangeError(`pageSize must be a whole number from 1, not ${pageSize}`);
  }
  return paginated(async function* () {
    const seen = new Set<string>();
    const n = pageSize && Math.min(pageSize, connection.maxPageSize ?? pageSize);
    let url: string | undefined = `${connection.base}/tags/list${n ? `?n=${n}` : ''}`;
    while (url) {
      if (seen.has(url) || seen.size === mostPages) throw endless(url);
      seen.add(url);
      const response = await connection.send('GET', url, { headers: { accept: 'application/json' }, signal });
      if (response.status !== 200) {
        const name = String(connection.reference);
        throw await responseError(response, {
          method: 'GET',
          url,
          what: `Cannot list the tags of ${name}`,
          missing: name,
          signal,
        });
      }
      // Read before the link, whose error would leave the body open.
      const bytes = await readAll(bodyOf(connection, response, url, signal), largestPage, signal);
      if (isWebPage(bytes)) throw webPageError(`Cannot list the tags of ${connection.reference}`, response.status, url);
      url = nextLink(response, url, connection.options.trust.pages);
      yield readTags(bytes);
    }
  });
}

/** `{"name", "tags": []}`; distribution sends `null` for no tags, Nexus `null` among them. */
function readTags(bytes: Uint8Array): string[] {
  try {
    const { tags } = JSON.parse(new TextDecoder().decode(bytes)) as { tags?: unknown };
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string' && isTag(tag)) : [];
  } catch (cause) {
    throw new InvalidManifestError('The list of tags is not JSON', { cause });
  }
}

function endless(url: string): RegistryError {
  return answerError(`Cannot list ${withoutQuery(url)}: its pages lead in a circle or do not end`, 200, url);
}
