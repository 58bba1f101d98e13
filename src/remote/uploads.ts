import { MismatchError, NotFoundError } from '../errors.ts';
import { splitDigest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { TransferOptions } from '../options.ts';
import { progressOf } from '../target/progress.ts';
import type { Descriptor, Digest } from '../types.ts';
import type { Connection } from './connection.ts';
import { responseError, uploadLocation, withParameter } from './response.ts';

/** Answers to the closing PUT that stand for success; the specification's is 201. */
const stored = [200, 201, 202, 204];

/**
 * Uploads a blob with one POST and one PUT (distribution-spec, "POST then PUT", end-4a and end-6). When it fails or is
 * aborted, the upload session is cancelled at the registry.
 *
 * @throws MismatchError when the Blob has not the descriptor's size; nothing is sent then
 * @throws RegistryError when the registry refuses, for example as the content has another digest
 */
export async function uploadBlob(
  connection: Connection,
  descriptor: Descriptor,
  content: Blob,
  options: TransferOptions = {},
): Promise<void> {
  const { digest, size } = descriptor;
  const { signal } = options;
  splitDigest(digest);
  if (content.size !== size) {
    throw new MismatchError(
      `Cannot push ${digest}: it should have ${size} bytes, but has ${content.size}`,
      size,
      content.size,
    );
  }
  const progress = progressOf(descriptor, options.onProgress);
  progress.start();
  const what = `Cannot push ${digest} to ${connection.reference}`;
  const location = await startUpload(connection, what, signal);
  try {
    const url = withParameter(location, 'digest', digest);
    const headers = { 'content-type': mediaTypes.octetStream };
    const response = await connection.send('PUT', url, {
      headers,
      body: content,
      signal,
      onSent: progress.transferred,
    });
    if (!stored.includes(response.status)) throw await responseError(response, { method: 'PUT', url, what });
    await response.body?.cancel();
  } catch (error) {
    await cancelUpload(connection, location, signal);
    await checkReadable(content, digest);
    throw error;
  }
  progress.done();
}

async function startUpload(connection: Connection, what: string, signal: AbortSignal | undefined): Promise<string> {
  const url = `${connection.base}/blobs/uploads/`;
  const response = await connection.send('POST', url, { signal });
  if (response.status !== 202) {
    throw await responseError(response, { method: 'POST', url, what, missing: String(connection.reference) });
  }
  await response.body?.cancel();
  return uploadLocation(response, url);
}

/** A file that changed fails the request as a broken connection does, which it would be taken for. */
async function checkReadable(content: Blob, digest: Digest): Promise<void> {
  await content
    .slice(0, 1)
    .arrayBuffer()
    .catch((cause: unknown) => {
      const message = `Cannot push ${digest}: the file with this content has changed or is gone`;
      throw new NotFoundError(message, digest, { cause });
    });
}

/** Milliseconds that are waited for a registry to forget a session, and for one whose caller is leaving. */
const cancelTimeout = { usual: 5000, aborted: 500 };

/** distribution-spec main, end-14. The upload has failed already: what comes of this does not matter. */
async function cancelUpload(connection: Connection, location: string, aborted?: AbortSignal): Promise<void> {
  const signal = AbortSignal.timeout(aborted?.aborted ? cancelTimeout.aborted : cancelTimeout.usual);
  await connection.send('DELETE', location, { signal }).then(
    (response) => response.body?.cancel(),
    () => {},
  );
}
