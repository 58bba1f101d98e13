import { MismatchError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { splitDigest } from '../../oci/digest.ts';
import { progressOf } from '../../target/progress.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor, Digest } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { BlobUpload, usualChunk } from './blob-upload.ts';
import { checkChunkSize } from './chunks.ts';
import { recordOf } from './upload-record.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/**
 * Uploads a blob with one POST and one PUT (distribution-spec, "POST then PUT", end-4a and end-6), or in chunks: with
 * `chunkSize` or `resume`, when the registry refuses so large a request, and after a connection broke. What the registry
 * has by then is not sent again. Chunks that it does not take are given up for one request.
 *
 * @throws MismatchError when the Blob has not the descriptor's size; nothing is sent then
 * @throws RegistryError when the registry refuses, for example as the content has another digest
 */
export async function uploadBlob(
  connection: Connection,
  descriptor: Descriptor,
  content: Blob,
  options: UploadOptions = {},
): Promise<void> {
  checkUpload(descriptor, content, options);
  const { digest } = descriptor;
  const upload = uploadOf(connection, descriptor, options);
  const record = await recordOf(upload, descriptor, options);
  upload.onAdvance = record?.save;
  const session = (await record?.resume()) ?? (await startSession(upload, digest, content, options));
  if (!session) return options.onProgress?.({ type: 'skip', descriptor, reason: 'mounted' });
  await new BlobUpload(upload, descriptor, content, record).run(session);
}

/** The upload of a descriptor. */
export function uploadOf(connection: Connection, descriptor: Descriptor, options: UploadOptions): Upload {
  const { chunkSize = options.resume && usualChunk, onProgress, signal } = options;
  const { annotations, digest } = descriptor;
  const what = `Cannot push ${digest} to ${connection.reference}`;
  const name = annotations?.[annotationKeys.title] ?? digest;
  return { connection, what, name, progress: progressOf(descriptor, onProgress), signal, chunkSize };
}

function checkUpload({ digest, size }: Descriptor, content: Blob, { chunkSize }: UploadOptions): void {
  splitDigest(digest);
  if (content.size !== size) {
    const message = `Cannot push ${digest}: it should have ${size} bytes, but has ${content.size}`;
    throw new MismatchError(message, size, content.size);
  }
  checkChunkSize(chunkSize);
}

/** A session, or none when one of the other repositories has the blob. */
async function startSession(
  upload: Upload,
  digest: Digest,
  content: Blob,
  { mountFrom = [] }: UploadOptions,
): Promise<UploadSession | undefined> {
  const own = upload.connection.reference.repository;
  let session: UploadSession | undefined;
  for (const from of mountFrom.filter((name) => name !== own)) {
    await session?.cancel();
    session = await UploadSession.mount(upload, digest, content, from);
    if (!session) return undefined;
  }
  return session ?? UploadSession.start(upload);
}
