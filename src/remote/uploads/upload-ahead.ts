import { LinkedAbort } from '../../aborts.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { passOver } from '../../target/callers.ts';
import { silent } from '../../target/progress.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { discard } from '../http/discard.ts';
import { BlobUpload, usualChunk } from './blob-upload.ts';
import { smallerChunk } from './chunks.ts';
import { uploadOf } from './upload-blob.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/**
 * Sends content while its digest is computed: all of it with one PATCH without a range, as docker does it, so every
 * registry knows it; the digest comes with the closing PUT. When the content turns out to be there already
 * (`naming` becomes undefined) or cannot be read, the upload is cancelled. Where it breaks it goes on as any upload.
 */
export async function uploadAhead(
  connection: Connection,
  content: Blob,
  naming: Promise<Descriptor | undefined>,
  options: UploadOptions = {},
): Promise<void> {
  const { signal } = options;
  const name = naming.then((descriptor) => descriptor?.annotations?.[annotationKeys.title] ?? descriptor?.digest ?? '');
  // It is waited for below, and may fail before.
  name.catch(() => {});
  let sent = 0;
  const transferred = (bytes: number): void => {
    sent = bytes;
  };
  const upload: Upload = {
    connection,
    what: `Cannot push to ${connection.reference}`,
    name,
    progress: { ...silent, transferred },
    signal,
    chunkSize: undefined,
  };
  const session = await UploadSession.start(upload);
  const stop = new LinkedAbort(signal);
  // When the connection breaks it goes on below; anything else ends it.
  const sending = session
    .patch(content, { isRest: true, signal: stop.signal })
    .catch((error: unknown): undefined => {
      if (!stop.signal.aborted) passOver(error);
    })
    .finally(stop.release);
  let descriptor: Descriptor | undefined;
  let response: Response | undefined;
  try {
    descriptor = await Promise.race([naming, sending.then(() => naming)]);
    if (descriptor) {
      Object.assign(upload, uploadOf(connection, descriptor, options));
      upload.progress.start();
      upload.progress.transferred(sent);
    } else stop.abort();
    response = await sending;
  } catch (error) {
    stop.abort();
    await sending.then(discard).catch(() => {});
    await session.cancel().catch(() => {});
    throw error;
  }
  discard(response);
  if (!descriptor) return session.cancel();
  const next = await continued(upload, session, response, content);
  await new BlobUpload(upload, descriptor, content).run(next);
}

/** The session to go on with after the first request, whatever came of it. */
async function continued(
  upload: Upload,
  session: UploadSession,
  response: Response | undefined,
  { size }: Blob,
): Promise<UploadSession> {
  if (response?.ok) {
    session.offset = size;
    return session;
  }
  if (!response) upload.chunkSize = usualChunk;
  if (response?.status === 413) upload.chunkSize = smallerChunk(response, size);
  const confirmed = await session.status().catch(async (error: unknown) => {
    await session.cancel().catch(() => {});
    throw error;
  });
  session.offset = confirmed ?? 0;
  if (confirmed !== undefined) return session;
  await session.cancel();
  return UploadSession.start(upload);
}
