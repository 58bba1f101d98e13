import { isTag } from '../../oci/reference.ts';
import { json, Refusal } from '../http/refusal.ts';
import { countOf } from '../http/route.ts';
import type { StoredRepository } from '../store/repository.ts';
import type { Exchange } from './exchange.ts';

/** Maximum page size, whatever the client asks for. */
const longestPage = 10_000;

/** `GET /v2/<name>/tags/list` (end-8a, end-8b). */
export async function listTags({ url, signal }: Exchange, repository: StoredRepository): Promise<Response> {
  if (!(await repository.exists({ signal }))) {
    throw new Refusal(404, 'NAME_UNKNOWN', `There is no repository ${repository.name}`);
  }
  // A layout of another program may have names that are not tags of a registry, such as a full reference.
  const { page, link } = pageOf((await repository.tags({ signal })).filter(isTag), url);
  return json(200, { name: repository.name, tags: page }, link);
}

/** `GET /v2/_catalog`: not in the specification, but supported by Docker's registry. */
export async function listRepositories({ url, repositoryNames }: Exchange): Promise<Response> {
  const { page, link } = pageOf(await repositoryNames(), url);
  return json(200, { repositories: page }, link);
}

/** One page of a sorted list: at most `n` entries after `last`, and the `Link` to the next page. */
function pageOf(entries: readonly string[], url: URL): { page: string[]; link: Record<string, string> } {
  const last = url.searchParams.get('last') ?? '';
  const rest = entries.filter((entry) => entry > last);
  const page = rest.slice(0, countOf(url, longestPage));
  const final = page.at(-1);
  if (page.length === rest.length || final === undefined) return { page, link: {} };
  const query = `n=${page.length}&last=${encodeURIComponent(final)}`;
  return { page, link: { link: `<${url.pathname}?${query}>; rel="next"` } };
}
