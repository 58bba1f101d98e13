import { checkCount } from '../../errors/check-count.ts';
import { isOrasError, NotARegistryError, TooLargeError } from '../../errors.ts';
import { readJson, readValue } from '../../json/json.ts';
import { splitDigest } from '../../oci/digest.ts';
import { readOf } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { referrerDescriptors, referrersPage } from '../../oci/schemas/referrers-list.ts';
import type { AbortOptions, Paginated } from '../../options.ts';
import { paginated } from '../../pagination.ts';
import { isCallers } from '../../target/callers.ts';
import type { ReferrersOptions } from '../../target/target.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { withParameter } from '../answers/locations.ts';
import { withoutQuery } from '../answers/network-error.ts';
import type { Connection } from '../connection/connection.ts';
import { typeIn } from './manifest-answer.ts';
import { pagesOf } from './pages.ts';
import { readReferrersIndex } from './referrers-index.ts';

/** Maximum number of referrers of one manifest. They are remembered, because each is listed once. */
const maxReferrers = 100_000;
const filter = 'artifactType';
const filtersAnnotation = 'org.opencontainers.referrers.filtersApplied';
/** No content has this digest; the referrers API answers with an empty index for it. */
const nothing = `sha256:${'0'.repeat(64)}`;

/** A page of referrers, and whether only those of the wanted type are in it. */
interface Page {
  manifests: Descriptor[];
  isFiltered: boolean;
}

/**
 * The manifests whose subject has this digest, page by page (distribution-spec, end-12, "Listing Referrers"). Each is
 * listed once. Without the referrers API they are those in the index under the referrers tag, if there is one.
 *
 * @throws RangeError at once, when `pageSize` is invalid
 * @throws InvalidReferenceError or UnsupportedError at once, when the digest cannot be verified
 * @throws NotFoundError while reading, when the registry says that there is no such repository
 * @throws TooLargeError while reading, with more than 100,000 referrers, or an index above 4 MiB under the tag
 * @throws RegistryError while reading, as {@link pagesOf}
 */
export function listReferrers(
  connection: Connection,
  { digest }: Pick<Descriptor, 'digest'>,
  options: ReferrersOptions = {},
): Paginated<Descriptor> {
  splitDigest(digest);
  checkCount('pageSize', options.pageSize);
  return paginated(() => pagesOfReferrers(connection, digest, options));
}

async function* pagesOfReferrers(
  connection: Connection,
  subject: Digest,
  options: ReferrersOptions,
): AsyncGenerator<Descriptor[], void, undefined> {
  const { artifactType, onSource, signal } = options;
  const open = (): Promise<AsyncGenerator<Page> | undefined> => openApi(connection, subject, options);
  const api = (await connection.capabilities.whenUnknown(open, options)) ?? (await open());
  await (onSource?.(api ? 'api' : 'tag') as unknown);
  // A manifest cannot have itself as its subject.
  const seen = new Set([subject]);
  for await (const { isFiltered, manifests } of api ?? tagPage(connection, subject, options)) {
    signal?.throwIfAborted();
    const page: Descriptor[] = [];
    for (const descriptor of manifests) {
      if (seen.has(descriptor.digest)) continue;
      seen.add(descriptor.digest);
      if (isFiltered || !artifactType || descriptor.artifactType === artifactType) page.push(descriptor);
    }
    if (seen.size - 1 > maxReferrers) throw tooMany(subject, seen.size - 1);
    if (page.length > 0) yield page;
  }
}

/**
 * Tells whether the registry has the referrers API for a repository that is known to exist. It is asked at most once per
 * repository.
 *
 * @throws RegistryError when the answer does not tell it
 */
export async function hasReferrersApi(connection: Connection, options: AbortOptions): Promise<boolean> {
  const { capabilities } = connection;
  const ask = (): Promise<unknown> => openApi(connection, nothing, options);
  await capabilities.whenUnknown(ask, options).catch((error: unknown) => {
    // Some registries call the repository unknown when it is the path that they do not know.
    if (isCallers(error) || !isOrasError(error, 'NOT_FOUND')) throw error;
  });
  return capabilities.referrers === 'api';
}

/** Asks the referrers API for its first page; undefined when the registry does not have it. */
async function openApi(
  connection: Connection,
  subject: Digest,
  options: ReferrersOptions,
): Promise<AsyncGenerator<Page, void, undefined> | undefined> {
  const { capabilities } = connection;
  if (capabilities.referrers === 'tag') return undefined;
  const pages = apiPages(connection, subject, options);
  const first = await pages.next().catch((error: unknown) => {
    if (!saysNoApi(error)) throw error;
  });
  capabilities.referrers ??= first ? 'api' : 'tag';
  return first && !first.done ? from(first.value, pages) : undefined;
}

async function* from<T>(first: T, rest: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  yield first;
  yield* rest;
}

function apiPages(
  connection: Connection,
  subject: Digest,
  { artifactType, pageSize, signal }: ReferrersOptions,
): AsyncGenerator<Page, void, undefined> {
  let url = `${connection.base}/referrers/${subject}`;
  if (artifactType) url = withParameter(url, filter, artifactType);
  if (pageSize) url = withParameter(url, 'n', `${pageSize}`);
  const what = `Cannot list the referrers of ${connection.reference.with(subject)}`;
  const read = (bytes: Uint8Array, response: Response): Page => {
    if (typeIn(response, bytes) !== mediaTypes.index) {
      const init = { status: response.status, method: 'GET', url: withoutQuery(url), errors: [] };
      throw new NotARegistryError(`${what}: the answer is not an index`, init);
    }
    const { annotations, manifests } = readOf(readJson(bytes, referrersPage), 'The list of referrers');
    const applied = [response.headers.get('oci-filters-applied'), annotations?.[filtersAnnotation]];
    return { manifests, isFiltered: applied.some(namesFilter) };
  };
  return pagesOf(connection, url, {
    accept: mediaTypes.index,
    what,
    missing: String(connection.reference),
    read,
    signal,
  });
}

/** Tells whether a comma-separated list of applied filters has the filter by artifact type. */
function namesFilter(applied: string | null | undefined): boolean {
  return applied?.split(',').some((name) => name.trim() === filter) === true;
}

/**
 * Tells whether an error says that there is no referrers API: a 404 that is not about the repository, or an answer of
 * another type than an index. A redirect to a web page is one, too.
 */
function saysNoApi(error: unknown): boolean {
  if (isCallers(error)) return false;
  if (isOrasError(error, 'NOT_FOUND')) return !error.errors.some(({ code }) => code === 'NAME_UNKNOWN');
  return isOrasError(error, 'NOT_A_REGISTRY');
}

async function* tagPage(
  connection: Connection,
  subject: Digest,
  options: AbortOptions,
): AsyncGenerator<Page, void, undefined> {
  const index = await readReferrersIndex(connection, subject, { signal: options.signal });
  // Whatever else the tag stands for does not list referrers.
  if (index) yield { manifests: readValue(index.manifests, referrerDescriptors).value ?? [], isFiltered: false };
}

function tooMany(subject: Digest, count: number): TooLargeError {
  return new TooLargeError(`${subject} has more than ${maxReferrers} referrers`, maxReferrers, count);
}
