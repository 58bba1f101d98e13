import { LinkedAbort } from '../../aborts.ts';
import type { Content } from '../../bytes/streams.ts';
import { checkCount } from '../../errors/check-count.ts';
import type { BeginOptions } from '../../target/upload-options.ts';
import type { Connection } from '../connection/connection.ts';
import { commitOrAbort, type PendingUpload } from './pending-upload.ts';
import { uploadAhead } from './upload-ahead.ts';
import { uploadBlob } from './upload-blob.ts';
import { uploadStream } from './upload-stream.ts';

/**
 * Starts to upload content whose digest is not known yet.
 *
 * @throws RangeError when `chunkSize` is invalid
 * @throws OrasError when the upload session of a Blob cannot be started
 */
export async function beginUpload(
  connection: Connection,
  content: Content,
  options: BeginOptions,
): Promise<PendingUpload> {
  checkCount('chunkSize', options.chunkSize);
  if (!(content instanceof Blob)) return uploadStream(connection, content, options);
  const { maxChunkSize = content.size } = connection;
  const { chunkSize = content.size } = options;
  // Before the digest is known, everything is sent as one chunk.
  return content.size <= Math.min(maxChunkSize, chunkSize)
    ? uploadAhead(connection, content, options)
    : uploadLater(connection, content, options);
}

/** Sends nothing before `commit`. */
function uploadLater(connection: Connection, content: Blob, options: BeginOptions): PendingUpload {
  const stop = new LinkedAbort(options.signal);
  const { signal } = stop;
  const upload: PendingUpload = {
    sent: Promise.resolve(),
    commit: (descriptor, transfer = {}) =>
      commitOrAbort(upload, stop, transfer.signal, () =>
        uploadBlob(connection, descriptor, content, { ...options, ...transfer, signal }),
      ),
    async abort(reason) {
      stop.abort(reason);
      stop.release();
    },
  };
  return upload;
}
