import { checkCount } from '../../errors/check-count.ts';
import { MismatchError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { splitDigest } from '../../oci/digest.ts';
import { progressOf } from '../../target/progress.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { ChunkSizes, defaultChunkBytes } from './chunk-sizes.ts';
import { type BegunUpload, mountOrStart } from './mount-or-start.ts';
import { ResumeNote } from './resume-note.ts';
import { UploadAttempts } from './upload-attempts.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/**
 * Uploads a blob with one POST and one PUT (distribution-spec, "POST then PUT", end-4a and end-6), or in chunks: with
 * `chunkSize` or `resume`, after a 413, and after a connection broke. Bytes that the registry already has are not sent
 * again. When the registry does not support chunks, everything is sent in one request.
 *
 * @throws MismatchError when the Blob does not have the descriptor's size; nothing is sent then
 * @throws RegistryError when the registry refuses it, for example because the content has another digest
 */
export async function uploadBlob(
  connection: Connection,
  descriptor: Descriptor,
  content: Blob,
  options: UploadOptions = {},
  begun?: BegunUpload,
): Promise<void> {
  const { mountFrom, onProgress, resume, signal } = options;
  const { chunkSize = resume && defaultChunkBytes } = options;
  const { annotations, digest } = descriptor;
  checkBlob(descriptor, content.size);
  checkCount('chunkSize', options.chunkSize);
  const note = resume && new ResumeNote(connection, descriptor, resume);
  const sizes = begun?.sizes ?? new ChunkSizes(connection, chunkSize);
  const upload: Upload = {
    connection,
    what: `Cannot push ${digest} to ${connection.reference}`,
    name: annotations?.[annotationKeys.title] ?? digest,
    progress: progressOf(descriptor, onProgress),
    signal,
    sizes,
    onAdvance: note && ((session) => note.save(session, sizes)),
  };
  const session = begun
    ? new UploadSession(upload, begun.location)
    : ((await note?.resume(upload, onProgress)) ?? (await mountOrStart(upload, digest, mountFrom, content)));
  if (!session) return onProgress?.({ type: 'skip', descriptor, reason: 'mounted' });
  await new UploadAttempts(upload, descriptor, content, note).run(session);
}

/**
 * Checks content before it is sent, or before it is stored when it was already sent.
 *
 * @throws MismatchError when it does not have the descriptor's size
 * @throws InvalidReferenceError or UnsupportedError when the digest cannot be verified
 */
export function checkBlob({ digest, size }: Descriptor, actual: number): void {
  splitDigest(digest);
  if (actual === size) return;
  throw new MismatchError(`Cannot push ${digest}: it should have ${size} bytes, but has ${actual}`, size, actual);
}
