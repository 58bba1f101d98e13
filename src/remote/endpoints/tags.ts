import { readJson } from '../../json/json.ts';
import { readOf } from '../../oci/manifest.ts';
import { inNaturalOrder } from '../../oci/natural-order.ts';
import { tagList } from '../../oci/schemas/tag-list.ts';
import type { Paginated, TagsOptions } from '../../options.ts';
import { collected } from '../../pagination.ts';
import type { Connection } from '../connection/connection.ts';
import { listNames } from './names.ts';

/**
 * The tags of a repository, page by page (distribution-spec, end-8). Entries that are not valid tags are left out.
 *
 * @throws RangeError or TypeError at once, when an option is invalid
 * @throws NotFoundError while reading, when the repository does not exist
 * @throws RegistryError while reading, as {@link listNames}
 */
export function listTags(connection: Connection, options: TagsOptions = {}): Paginated<string> {
  const { order } = options;
  if (order !== undefined && order !== 'natural') throw new TypeError("order is 'natural', or undefined");
  const missing = String(connection.reference);
  const what = `Cannot list the tags of ${missing}`;
  const tags = listNames(connection, { url: `${connection.base}/tags/list`, what, missing, read: readTags }, options);
  return order ? collected(tags, inNaturalOrder) : tags;
}

function readTags(bytes: Uint8Array): string[] {
  return readOf(readJson(bytes, tagList), 'The list of tags').tags;
}
