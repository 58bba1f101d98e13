import { isOrasError, UnsupportedError } from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import { readOf } from '../../oci/manifest.ts';
import { repositoryList } from '../../oci/schemas/repository-list.ts';
import type { ListOptions, Paginated } from '../../options.ts';
import { paginated } from '../../pagination.ts';
import { isCallers } from '../../target/callers.ts';
import type { Connection } from '../connection/connection.ts';
import { listNames } from './names.ts';

/** Statuses of registries that have no catalog. */
const missingStatuses: readonly (number | undefined)[] = [404, 405, 501];

/**
 * The names of the repositories of a registry, page by page (`_catalog` of Docker's registry; not in the
 * distribution-spec). The connection may be to any repository of it. Entries that are not valid names are left out.
 *
 * @throws RangeError or TypeError at once, when an option is invalid
 * @throws UnsupportedError while reading, when the registry has no such list
 * @throws UnauthorizedError or DeniedError while reading, when this user may not read it
 * @throws RegistryError while reading, as {@link listNames}
 */
export function listRepositories(connection: Connection, options: ListOptions = {}): Paginated<string> {
  const { host } = connection.reference;
  const what = `Cannot list the repositories of ${host}`;
  const url = new URL('/v2/_catalog', connection.base).href;
  const request = { url, what, missing: host, read: readRepositories, scopes: ['registry:catalog:*'] };
  const list = listNames(connection, request, options);
  return paginated(async function* () {
    try {
      yield* list.pages();
    } catch (error) {
      if (isCallers(error) || !isOrasError(error, 'NOT_FOUND', 'REGISTRY')) throw error;
      if (!missingStatuses.includes(error.status)) throw error;
      throw new UnsupportedError(`${error.message}: it has no catalog`, 'listing repositories', { cause: error });
    }
  });
}

function readRepositories(bytes: Uint8Array): string[] {
  return readOf(readJson(bytes, repositoryList), 'The list of repositories').repositories;
}
