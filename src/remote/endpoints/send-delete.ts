import { isOrasError, type OrasError, UnsupportedError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import { discard } from '../answers/discard.ts';
import { responseError } from '../answers/error-response.ts';
import { withoutQuery } from '../answers/network-error.ts';
import type { RepositoryAccess } from '../auth/scopes.ts';
import type { Connection } from '../connection/connection.ts';
import { Persistence } from '../http/persistence.ts';

/** Statuses that say that the registry does not have the method at this path. */
const unsupportedStatuses: readonly number[] = [405, 501];

/** Options of {@link sendDelete}. */
export interface SendDeleteOptions extends AbortOptions {
  /** Start of the error message, which says what the caller wants: `Cannot delete sha256:… from ghcr.io/org/hello`. */
  what: string;
  /** The reference or digest that a 404 says does not exist. */
  missing: string;
  /** What is deleted: it is the feature of an UnsupportedError. */
  kind: 'blobs' | 'manifests' | 'tags';
}

/**
 * Sends a DELETE (distribution-spec, end-9 and end-10), until it succeeds or fails for good. When it is sent again after
 * a failure that may have deleted the content, a 404 is a success.
 *
 * @throws NotFoundError when there is nothing to delete
 * @throws UnsupportedError when the registry does not delete this kind of content
 * @throws NotARegistryError when the answer is a web page
 */
export async function sendDelete(connection: Connection, url: string, options: SendDeleteOptions): Promise<void> {
  const persistence = new Persistence(connection.options.settings.retry, options.signal);
  let access: RepositoryAccess = 'delete';
  let mayBeDone = false;
  for (;;) {
    try {
      return await deleteOnce(connection, url, access, options);
    } catch (error) {
      if (mayBeDone && !isCallers(error) && isOrasError(error, 'NOT_FOUND')) return;
      if (access === 'delete' && refusesScope(error, url)) {
        access = 'push';
        continue;
      }
      await persistence.failed(error);
      mayBeDone ||= !isOrasError(error, 'RATE_LIMITED');
    }
  }
}

async function deleteOnce(
  connection: Connection,
  url: string,
  access: RepositoryAccess,
  { kind, missing, signal, what }: SendDeleteOptions,
): Promise<void> {
  // Not repeated by the client, which would hide that an earlier attempt may have succeeded.
  const response = await connection.send('DELETE', url, { access, repeatable: false, signal });
  if (response.status === 202) return discard(response);
  const error = await responseError(response, { method: 'DELETE', url, what, missing, signal });
  if (response.ok && !isOrasError(error, 'NOT_A_REGISTRY')) return;
  throw saysUnsupported(error, response.status, kind) ? unsupported(error, kind) : error;
}

/** Tells whether a registry has no deletion of this kind. Docker's 2.8 says of a tag that it is no digest (400). */
function saysUnsupported(error: OrasError, status: number, kind: SendDeleteOptions['kind']): boolean {
  if (unsupportedStatuses.includes(status)) return true;
  if (!isOrasError(error, 'REGISTRY', 'NOT_FOUND')) return false;
  return (kind === 'tags' && status === 400) || error.errors.some(({ code }) => code === 'UNSUPPORTED');
}

function unsupported(cause: OrasError, kind: SendDeleteOptions['kind']): UnsupportedError {
  const advice = 'allow it in the configuration of the registry, or use its own page or API';
  return new UnsupportedError(`${cause.message}: it does not delete ${kind} this way; ${advice}`, `deleting ${kind}`, {
    cause,
  });
}

/**
 * Tells whether the token service refused to parse the scope: Quay's knows no `delete`, but lets whoever may push
 * delete.
 */
function refusesScope(error: unknown, url: string): boolean {
  return !isCallers(error) && isOrasError(error, 'REGISTRY') && error.status === 400 && error.url !== withoutQuery(url);
}
