import { checkCount } from '../../errors/check-count.ts';
import { readJson } from '../../json/json.ts';
import { readOf } from '../../oci/manifest.ts';
import { tagList } from '../../oci/schemas/tag-list.ts';
import type { PageOptions, Paginated } from '../../options.ts';
import { paginated } from '../../pagination.ts';
import type { Connection } from '../connection/connection.ts';
import { pagesOf } from './pages.ts';

/**
 * The tags of a repository, page by page (distribution-spec, end-8). Entries that are not valid tags are left out.
 *
 * @throws RangeError at once, when `pageSize` is invalid
 * @throws NotFoundError while reading, when the repository does not exist
 * @throws RegistryError while reading, as {@link pagesOf}
 */
export function listTags(connection: Connection, options: PageOptions = {}): Paginated<string> {
  const { pageSize, signal } = options;
  checkCount('pageSize', pageSize);
  const n = pageSize && Math.min(pageSize, connection.maxPageSize ?? pageSize);
  const url = `${connection.base}/tags/list${n ? `?n=${n}` : ''}`;
  const missing = String(connection.reference);
  const what = `Cannot list the tags of ${missing}`;
  return paginated(() =>
    pagesOf(connection, url, { accept: 'application/json', what, missing, read: readTags, signal }),
  );
}

function readTags(bytes: Uint8Array): string[] {
  return readOf(readJson(bytes, tagList), 'The list of tags').tags;
}
