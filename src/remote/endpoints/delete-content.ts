import { isOrasError, ReferrersError } from '../../errors.ts';
import { splitDigest } from '../../oci/digest.ts';
import { referencesIn, referrerOf, type Subject } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { blobUrl } from './blobs.ts';
import { isManifest, mayBeManifest } from './content-kind.ts';
import { manifestUrl, nameOf } from './manifest-answer.ts';
import { fetchManifestByReference } from './manifests.ts';
import { hasReferrersApi } from './referrers.ts';
import { addReferrer, removeReferrer } from './referrers-tag.ts';
import { sendDelete } from './send-delete.ts';

/** Codes of a registry that refuses to delete, so that the content is certainly still there. */
const refusals = ['UNSUPPORTED', 'UNAUTHORIZED', 'DENIED'] as const;

/**
 * Deletes a blob (distribution-spec, end-10), or a manifest with all its tags (end-9). Content of an unknown type may be
 * either.
 *
 * @throws NotFoundError when it does not exist
 * @throws UnsupportedError when the registry does not delete such content
 * @throws ReferrersError when it is a manifest that cannot be removed from the referrers of its subject
 * @throws TooLargeError when it is a manifest above 4 MiB, and the registry may have no referrers API
 */
export async function deleteContent(
  connection: Connection,
  descriptor: Descriptor,
  { signal }: AbortOptions = {},
): Promise<void> {
  if (isManifest(descriptor)) return deleteManifest(connection, descriptor, signal);
  try {
    await deleteBlob(connection, descriptor, signal);
  } catch (error) {
    if (isCallers(error) || !isOrasError(error, 'NOT_FOUND') || !mayBeManifest(descriptor)) throw error;
    await deleteManifest(connection, descriptor, signal).catch((cause: unknown) => {
      throw isOrasError(cause, 'NOT_FOUND') ? error : cause;
    });
  }
}

async function deleteBlob(connection: Connection, descriptor: Descriptor, signal?: AbortSignal): Promise<void> {
  const { digest } = descriptor;
  const what = `Cannot delete the blob ${digest} of ${connection.reference}`;
  await sendDelete(connection, blobUrl(connection, descriptor), { what, missing: digest, kind: 'blobs', signal });
}

/**
 * Where there is no referrers API, a manifest is first removed from the index of its subject's referrers: a failure in
 * between leaves a manifest that is not listed, but never an entry without a manifest. If the registry then refuses to
 * delete it, it is listed again.
 */
async function deleteManifest(connection: Connection, descriptor: Descriptor, signal?: AbortSignal): Promise<void> {
  const { digest } = descriptor;
  // A tag would be a manifest's name, too.
  splitDigest(digest);
  const url = manifestUrl(connection, digest);
  const subject = await subjectInTag(connection, descriptor, { signal });
  const wasListed = subject && (await unlist(connection, descriptor, subject, { signal }));
  const what = `Cannot delete ${nameOf(connection, digest)}`;
  await sendDelete(connection, url, { what, missing: digest, kind: 'manifests', signal }).catch(async (error) => {
    if (wasListed && !isCallers(error) && isOrasError(error, ...refusals)) {
      await addReferrer(connection, subject, { signal }).catch(() => {});
    }
    throw error;
  });
}

/** The subject of a manifest, if its referrers are those under a tag. */
async function subjectInTag(
  connection: Connection,
  descriptor: Descriptor,
  options: AbortOptions,
): Promise<Subject | undefined> {
  if (connection.capabilities.referrers === 'api') return undefined;
  const { bytes } = await fetchManifestByReference(connection, descriptor.digest, options);
  const subject = referrerOf({ ...descriptor, size: bytes.byteLength }, referencesIn(bytes));
  return subject && !(await hasReferrersApi(connection, options)) ? subject : undefined;
}

async function unlist(
  connection: Connection,
  descriptor: Descriptor,
  subject: Subject,
  options: AbortOptions,
): Promise<boolean> {
  try {
    return await removeReferrer(connection, subject, options);
  } catch (cause) {
    if (options.signal?.aborted || isCallers(cause) || !isOrasError(cause)) throw cause;
    const name = nameOf(connection, descriptor.digest);
    const message = `${name} is not deleted, as it cannot be removed from the referrers of ${subject.digest}: ${cause.message}`;
    throw new ReferrersError(message, descriptor, { cause });
  }
}
