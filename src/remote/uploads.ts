import { isOrasError, MismatchError, NotFoundError } from '../errors.ts';
import { splitDigest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { TransferOptions } from '../options.ts';
import { progressOf } from '../target/progress.ts';
import type { Descriptor, Digest } from '../types.ts';
import { delay } from './backoff.ts';
import { failed, sendChunks, type Upload, type UploadSession } from './chunks.ts';
import type { Connection } from './connection.ts';
import { responseError, uploadLocation, withParameter } from './response.ts';
import { retriedStatuses } from './transport.ts';

/** Answers to the closing PUT that stand for success; the specification's is 201. */
const stored = [200, 201, 202, 204];

/**
 * Uploads a blob with one POST and one PUT (distribution-spec, "POST then PUT", end-4a and end-6), or with `chunkSize` in
 * several requests. When it fails or is aborted, the upload session is cancelled at the registry.
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
  const { chunkSize } = options;
  if (chunkSize !== undefined && (!Number.isSafeInteger(chunkSize) || chunkSize < 1)) {
    throw new RangeError(`chunkSize must be a whole number from 1, not ${chunkSize}`);
  }
  const progress = progressOf(descriptor, options.onProgress);
  const upload: Upload = { connection, digest, content, progress, signal, chunkSize };
  progress.start();
  const { retry } = connection.options.settings;
  for (let attempt = 1; ; attempt++) {
    // A connection that broke may have left a part of the content at the registry, so every try has its own session.
    const session = await startUpload(upload);
    try {
      await sendContent(upload, session);
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
async function sendContent(upload: Upload, session: UploadSession): Promise<void> {
  const { connection, content, digest, progress, signal } = upload;
  try {
    const isChunked = upload.chunkSize !== undefined && content.size > upload.chunkSize;
    if (isChunked) await sendChunks(upload, session);
    const url = withParameter(session.location, 'digest', digest);
    const headers = { 'content-type': mediaTypes.octetStream };
    const body = isChunked ? {} : { body: content, onSent: progress.transferred };
    const response = await connection.send('PUT', url, { headers, signal, repeatable: false, ...body });
    if (!stored.includes(response.status)) {
      throw await responseError(response, { method: 'PUT', url, what: failed(upload) });
    }
    await response.body?.cancel();
  } catch (error) {
    await cancelUpload(connection, session.location, signal);
    await checkReadable(content, digest);
    throw error;
  }
}

function isPassing(error: unknown, maxRetryAfter: number): boolean {
  if (isOrasError(error, 'NETWORK')) return true;
  if (isOrasError(error, 'RATE_LIMITED')) return (error.retryAfter ?? 0) <= maxRetryAfter;
  return isOrasError(error, 'REGISTRY') && retriedStatuses.includes(error.status);
}

async function startUpload(upload: Upload): Promise<UploadSession> {
  const { connection, signal } = upload;
  const url = `${connection.base}/blobs/uploads/`;
  const response = await connection.send('POST', url, { signal });
  if (response.status !== 202) {
    const missing = String(connection.reference);
    throw await responseError(response, { method: 'POST', url, what: failed(upload), missing });
  }
  await response.body?.cancel();
  return {
    location: uploadLocation(response, url, connection.options.trust.uploads),
    minimum: Number(response.headers.get('oci-chunk-min-length') ?? 0) || 0,
  };
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
