import { mediaTypes } from '../../oci/media-types.ts';
import type { Descriptor } from '../../types.ts';
import { json } from '../http/refusal.ts';
import { countOf, requireDigestForm } from '../http/route.ts';
import type { StoredRepository } from '../store/repository.ts';
import type { Exchange } from './exchange.ts';

/** Maximum size of a page in bytes, because clients read no larger index (distribution-spec, "Listing Referrers"). */
const largestPage = 4 * 1024 * 1024 - 1024;
const longestPage = 1000;

/**
 * `GET /v2/<name>/referrers/<digest>` (end-12a, end-12b); an empty index without referrers, also for an unknown
 * repository.
 */
export async function listReferrers(
  { url, signal }: Exchange,
  repository: StoredRepository,
  reference: string,
): Promise<Response> {
  const subject = requireDigestForm(reference);
  const artifactType = url.searchParams.get('artifactType');
  const last = url.searchParams.get('last') ?? '';
  const paths = (await repository.referrerPaths(subject, { signal })).filter((path) => nameOf(path) > last);
  const manifests: Descriptor[] = [];
  const count = countOf(url, longestPage);
  let size = 0;
  let next: string | undefined;
  // An empty page has no last entry that a Link could continue after.
  for (const [index, path] of count === 0 ? [] : paths.entries()) {
    const referrer = await repository.referrer(path, { signal });
    if (!referrer || (artifactType && referrer.artifactType !== artifactType)) continue;
    size += new TextEncoder().encode(JSON.stringify(referrer)).byteLength + 1;
    if (manifests.length === count || (manifests.length > 0 && size > largestPage)) {
      next = nameOf(paths[index - 1] ?? '');
      break;
    }
    manifests.push(referrer);
  }
  return json(
    200,
    { schemaVersion: 2, mediaType: mediaTypes.index, manifests },
    {
      'content-type': mediaTypes.index,
      ...(artifactType && { 'oci-filters-applied': 'artifactType' }),
      ...(next !== undefined && { link: linkTo(url, next) }),
    },
  );
}

function linkTo(url: URL, last: string): string {
  const query = new URLSearchParams(url.searchParams);
  query.set('last', last);
  return `<${url.pathname}?${query}>; rel="next"`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
