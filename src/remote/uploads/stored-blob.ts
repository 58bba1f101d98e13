import type { Digest } from '../../types.ts';
import { checkStoredDigest } from '../answers/content-headers.ts';
import { discard } from '../answers/discard.ts';
import { answerError } from '../answers/error-response.ts';
import { hasWebPage, webPageError } from '../answers/web-page.ts';
import { blobExists } from '../endpoints/blobs.ts';
import { Persistence } from '../http/persistence.ts';
import type { Upload } from './upload-session.ts';

/** Answers to the closing request of an upload that may stand for success; the specification's is 201. */
const successStatuses = [200, 201, 202, 204];

/**
 * Tells whether the answer to the closing request means that a blob is stored: 201 does; of another success HEAD must
 * find the blob, as a host that is no registry also answers 200. The body of a refusal is left to be read.
 *
 * @throws MismatchError when the registry says that it stored another digest
 * @throws NotARegistryError when a web page answers
 * @throws RegistryError when the blob is not there after all
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
    // Some registries need a moment until they know what they took.
    while (!(await blobExists(connection, descriptor, { signal, access: 'push' }))) await persistence.again(missing);
  }
  await checkStoredDigest(response, digest, content instanceof Blob ? content : undefined, upload);
  return true;
}
