import { isOrasError, MismatchError, NotFoundError } from '../errors.ts';
import { splitDigest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { TransferOptions } from '../options.ts';
import { type Progress, progressOf } from '../target/progress.ts';
import type { Descriptor, Digest } from '../types.ts';
import { delay } from './backoff.ts';
import type { Connection } from './connection.ts';
import { responseError, uploadLocation, withParameter } from './response.ts';
import { retriedStatuses } from './transport.ts';

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
  const { retry } = connection.options.settings;
  for (let attempt = 1; ; attempt++) {
    // A connection that broke may have left a part of the content at the registry, so every try has its own session.
    const location = await startUpload(connection, digest, signal);
    try {
      await sendContent(connection, location, digest, content, progress, signal);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt > retry.limit || !isPassing(error, retry.maxRetryAfter)) throw error;
      await delay(Math.random() * retry.delay(attempt), signal);
    }
  }
  progress.done();
}

/** Sends the content to an upload session, which is cancelled when that fails. */
async function sendContent(
  connection: Connection,
  location: string,
  digest: Digest,
  body: Blob,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const what = `Cannot push ${digest} to ${connection.reference}`;
  try {
    const url = withParameter(location, 'digest', digest);
    const headers = { 'content-type': mediaTypes.octetStream };
    const response = await connection.send('PUT', url, { headers, body, signal, onSent: progress.transferred });
    if (!stored.includes(response.status)) throw await responseError(response, { method: 'PUT', url, what });
    await response.body?.cancel();
  } catch (error) {
    await cancelUpload(connection, location, signal);
    await checkReadable(body, digest);
    throw error;
  }
}

function isPassing(error: unknown, maxRetryAfter: number): boolean {
  if (isOrasError(error, 'NETWORK')) return true;
  if (isOrasError(error, 'RATE_LIMITED')) return (error.retryAfter ?? 0) <= maxRetryAfter;
  return isOrasError(error, 'REGISTRY') && retriedStatuses.includes(error.status);
}

async function startUpload(connection: Connection, digest: Digest, signal: AbortSignal | undefined): Promise<string> {
  const what = `Cannot push ${digest} to ${connection.reference}`;
  const url = `${connection.base}/blobs/uploads/`;
  const response = await connection.send('POST', url, { signal });
  if (response.status !== 202) {
    throw await responseError(response, { method: 'POST', url, what, missing: String(connection.reference) });
  }
  await response.body?.cancel();
  return uploadLocation(response, url, connection.options.trust.uploads);
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
  await connection.send('DELETE', location, { signal, repeatable: false }).then(
    (response) => response.body?.cancel(),
    () => {},
  );
}
