import type { Digest } from '../../types.ts';
import { checkStoredDigest } from '../answers/content-headers.ts';
import { discard } from '../answers/discard.ts';
import { answerError } from '../answers/error-response.ts';
import { hasWebPage, webPageError } from '../answers/web-page.ts';
import { blobExists } from '../endpoints/blobs.ts';
import { Persistence } from '../http/persistence.ts';
import type { Upload } from './upload-session.ts';

/** Success statuses of the closing request; the specification's is 201. */
const successStatuses = [200, 201, 202, 204];

/**
 * Tells whether the closing request of an upload stored the blob. After 201 it did. After another success HEAD must
 * find the blob, because a host that is not a registry may also answer 200. The body of an error response is left
 * unread.
 *
 * @throws MismatchError when the registry stored it under another digest
 * @throws NotARegistryError when the response is a web page
 * @throws RegistryError when the registry does not have the blob after all
 */
export async function isStored(
  upload: Upload,
  response: Response,
  digest: Digest,
  content: Blob | { size: number },
): Promise<boolean> {
  const { connection, signal, what } = upload;
  const { status } = response;
  if (!successStatuses.includes(status)) return false;
  const url = response.url || connection.base;
  if (status === 201) discard(response);
  else {
    if (await hasWebPage(response, { method: 'PUT', url, signal })) throw webPageError(what, status, url, 'PUT');
    const descriptor = { mediaType: '', digest, size: content.size };
    const persistence = new Persistence(connection.options.settings.retry, signal);
    const missing = answerError(`${what}: the registry answered ${status}, but does not have it`, status, url, 'PUT');
    // Some registries are eventually consistent, and find a new blob only after a moment.
    while (!(await blobExists(connection, descriptor, { signal, access: 'push' }))) await persistence.again(missing);
  }
  await checkStoredDigest(response, digest, content instanceof Blob ? content : undefined, upload);
  return true;
}
