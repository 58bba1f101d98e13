import { readJson } from '../../json/json.ts';
import { digestOf } from '../../oci/digest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { referrersTag } from '../../oci/referrers.ts';
import { referrersList } from '../../oci/schemas/referrers-list.ts';
import type { AbortOptions } from '../../options.ts';
import type { Digest } from '../../types.ts';
import { discard } from '../answers/discard.ts';
import { isWebPage, webPageError } from '../answers/web-page.ts';
import type { RepositoryAccess } from '../auth/scopes.ts';
import type { Connection } from '../connection/connection.ts';
import { manifestUrl, nameOf, readManifest, typeIn } from './manifest-answer.ts';

/** The index under the referrers tag of a subject (distribution-spec, "Referrers Tag Schema"). */
export interface ReferrersIndex {
  /** The fields of the index besides `manifests`. */
  fields: object;
  /** The entries, unchanged. */
  manifests: Record<string, unknown>[];
  /** The digests of the entries. */
  digests: ReadonlySet<unknown>;
  /** The ETag for `If-Match`, where the registry sends one. */
  etag: string | undefined;
}

/** Options of {@link readReferrersIndex}. */
export interface ReadReferrersIndexOptions extends AbortOptions {
  /** Access that the token must grant: `push` when the index is written afterwards. Default `pull`. */
  access?: RepositoryAccess;
}

/**
 * Reads the index under the referrers tag; an empty one when there is no such tag. Undefined when the tag stands for
 * something else: another type, or the subject itself, which GitLab answers for any tag that is made from its digest.
 *
 * @throws TooLargeError above 4 MiB
 * @throws NotARegistryError when the answer is a web page
 */
export async function readReferrersIndex(
  connection: Connection,
  subject: Digest,
  { access, signal }: ReadReferrersIndexOptions,
): Promise<ReferrersIndex | undefined> {
  const tag = referrersTag(subject);
  const url = manifestUrl(connection, tag);
  const what = `Cannot read ${nameOf(connection, tag)}`;
  const headers = { accept: `${mediaTypes.index}, */*` };
  const response = await connection.send('GET', url, { headers, what, expected: [200, 404], signal, access });
  const fields = { schemaVersion: 2, mediaType: mediaTypes.index };
  if (response.status === 404) {
    discard(response);
    return { fields, manifests: [], digests: new Set(), etag: undefined };
  }
  const bytes = await readManifest(connection, response, url, signal);
  if (isWebPage(bytes)) throw webPageError(what, response.status, url);
  if (digestOf(bytes, subject.startsWith('sha512:') ? 'sha512' : 'sha256') === subject) return undefined;
  const found = typeIn(response, bytes) === mediaTypes.index ? readJson(bytes, referrersList).value : undefined;
  if (!found) return undefined;
  const { manifests = [] } = found;
  const digests = new Set(manifests.map(({ digest }) => digest));
  // A page of another origin can often read the ETag, but is not allowed to send `If-Match`.
  const etag = response.type === 'cors' ? undefined : /^".*"$/.exec(response.headers.get('etag') ?? '')?.[0];
  return { fields: { ...fields, ...found, ...fields }, manifests, digests, etag };
}
