import { isOrasError, ReferrersError } from '../../errors.ts';
import { type References, referrerOf, type Subject } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers, passOver } from '../../target/callers.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { nameOf } from './manifest-answer.ts';
import { hasReferrersApi } from './referrers.ts';
import { changeReferrersIndex, indexProblem } from './referrers-write.ts';

/**
 * Makes a stored manifest discoverable from its subject, if it has one: adds it to the index under the referrers tag,
 * unless the `answer` to its push says that the registry has processed the subject itself (distribution-spec, "Pushing
 * Manifests with Subject").
 *
 * @throws ReferrersError when it cannot be added; the manifest stays stored
 */
export async function listAsReferrer(
  connection: Connection,
  descriptor: Descriptor,
  references: References,
  answer: Response,
  options: AbortOptions,
): Promise<void> {
  const subject = referrerOf(descriptor, references);
  if (!subject || (await isListed(connection, answer, options))) return;
  await addReferrer(connection, subject, options).catch((cause: unknown) => {
    if (options.signal?.aborted || isCallers(cause) || !isOrasError(cause)) throw cause;
    const name = nameOf(connection, descriptor.digest);
    const message = `${name} is stored, but cannot be listed as a referrer of ${subject.digest}: ${cause.message}`;
    throw new ReferrersError(message, descriptor, { cause });
  });
}

/**
 * Adds an entry to the index under the referrers tag of its subject. All other entries are kept.
 *
 * @throws OrasError when the index cannot be read or written, or the tag stands for something else
 */
export async function addReferrer(
  connection: Connection,
  { digest: subject, referrer }: Subject,
  options: AbortOptions,
): Promise<void> {
  await changeReferrersIndex(connection, subject, options, (index) => {
    if (!index) {
      throw indexProblem(connection, subject, 'is not a list of referrers here: this registry cannot store referrers');
    }
    return index.digests.has(referrer.digest) ? undefined : [...index.manifests, { ...referrer }];
  });
}

/**
 * Removes the entry of a manifest from the index under the referrers tag of its subject; the last one leaves an empty
 * index. Nothing is written when the manifest is not in it. Tells whether it was.
 *
 * @throws OrasError when the index cannot be read or written
 */
export async function removeReferrer(
  connection: Connection,
  { digest: subject, referrer }: Subject,
  options: AbortOptions,
): Promise<boolean> {
  let wasListed = false;
  await changeReferrersIndex(connection, subject, options, (index) => {
    if (!index?.digests.has(referrer.digest)) return undefined;
    wasListed = true;
    return index.manifests.filter(({ digest }) => digest !== referrer.digest);
  });
  return wasListed;
}

/**
 * Tells whether the registry lists the manifest itself, which the `OCI-Subject` header of the push says. Where CORS may
 * hide that header from a page, it checks whether the referrers API exists.
 */
async function isListed(connection: Connection, answer: Response, options: AbortOptions): Promise<boolean> {
  if (answer.headers.has('oci-subject')) {
    connection.capabilities.referrers ??= 'api';
    return true;
  }
  return answer.type === 'cors' && (await hasReferrersApi(connection, options).catch(passOver)) === true;
}
