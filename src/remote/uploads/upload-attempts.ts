import { checkReadable } from '../../bytes/read-error.ts';
import { isOrasError, type RegistryError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import type { Descriptor } from '../../types.ts';
import { blobExists } from '../endpoints/blobs.ts';
import { Persistence } from '../http/persistence.ts';
import { isTransient } from '../http/transient.ts';
import { sendChunks } from './chunks.ts';
import type { ResumeNote } from './resume-note.ts';
import { isStored } from './stored-blob.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/** Content up to this size is sent again from the start, because an upload status request takes as long. */
const maxRepeatedBytes = 1024 * 1024;

/** All attempts to upload one Blob, over one or more sessions. */
export class UploadAttempts {
  readonly #upload: Upload;
  readonly #descriptor: Descriptor;
  readonly #content: Blob;
  readonly #note: ResumeNote | undefined;
  readonly #persistence: Persistence;
  /** Largest offset of any session. */
  #most = 0;
  /** Whether the last attempt was one request with everything. */
  #wasWhole = false;
  /** Whether a chunked upload failed, so that only one request with everything is left to try. */
  #isWithoutChunks = false;

  /** The attempts to upload the content of a descriptor, optionally with a resume note. */
  constructor(upload: Upload, descriptor: Descriptor, content: Blob, note?: ResumeNote) {
    this.#upload = upload;
    this.#descriptor = descriptor;
    this.#content = content;
    this.#note = note;
    this.#persistence = new Persistence(upload.connection.options.settings.retry, upload.signal);
  }

  /** Uploads the missing bytes, starting with a session that may already have a part. */
  async run(first: UploadSession): Promise<void> {
    const { onAdvance, progress, signal } = this.#upload;
    progress.start();
    progress.transferred(first.offset);
    for (let session = first; ; ) {
      try {
        await onAdvance?.(session);
        await this.#send(session);
        break;
      } catch (error) {
        if (session.offset > this.#most) this.#persistence.advanced();
        this.#most = Math.max(this.#most, session.offset);
        try {
          signal?.throwIfAborted();
          if (isCallers(error)) throw error;
          await this.#checkReadable();
          const next = await this.#recover(session, error);
          if (next === 'stored') break;
          session = next;
        } catch (reason) {
          await this.#leave(session, reason);
          throw reason;
        }
      }
    }
    await this.#note?.remove();
    progress.done();
  }

  async #send(session: UploadSession): Promise<void> {
    const content = this.#content;
    const { sizes } = this.#upload;
    const { digest } = this.#descriptor;
    const isWhole = session.offset === 0 && sizes.request >= content.size;
    this.#wasWhole = isWhole;
    if (!isWhole) await sendChunks(this.#upload, session, content);
    const response = await session.close(digest, isWhole ? content : undefined);
    if (await isStored(this.#upload, response, digest, content)) return;
    if (response.status === 413 && isWhole) sizes.shrink(response, content.size);
    throw await session.refusal(response, 'PUT');
  }

  /**
   * Recovers from a failure: returns the session for the next attempt, or throws the failure when a retry cannot help.
   */
  async #recover(session: UploadSession, error: unknown): Promise<UploadSession | 'stored'> {
    const { connection, sizes } = this.#upload;
    const { asked } = sizes;
    const { size } = this.#content;
    if (isTransient(error, connection.options.settings.retry)) {
      await this.#persistence.failed(error);
      if (this.#isWithoutChunks || size <= (asked ?? maxRepeatedBytes)) return this.#restart(session);
      // The cause is unknown: with chunks, the next break loses less.
      sizes.divide();
      return this.#continue(session);
    }
    if (!isOrasError(error, 'REGISTRY') || error.code !== 'REGISTRY') throw error;
    if (isGone(error, this.#wasWhole)) {
      await this.#persistence.again(error);
      if (session.isClosing && (await this.#isStored())) return 'stored';
      return this.#restart(session);
    }
    if (error.status === 413) {
      const isTooLarge = this.#wasWhole && !this.#isWithoutChunks && asked !== undefined && asked < size;
      if (isTooLarge) return this.#continue(session);
      throw error;
    }
    if (this.#isWithoutChunks || (this.#wasWhole && !session.wasAsked)) throw error;
    // ECR completes an upload with its last chunk. Other registries do not support chunks, or lost track of the offset.
    if (await this.#isStored()) return 'stored';
    this.#isWithoutChunks = true;
    sizes.unite();
    return this.#restart(session);
  }

  /** The same session from the offset that the registry confirms, or a new session when it does not answer. */
  async #continue(session: UploadSession): Promise<UploadSession | 'stored'> {
    if ((await session.goBack(this.#content.size)) !== undefined) return session;
    return session.isClosing && (await this.#isStored()) ? 'stored' : this.#restart(session);
  }

  async #restart(session: UploadSession): Promise<UploadSession> {
    await session.cancel();
    return UploadSession.start(this.#upload);
  }

  #isStored(): Promise<boolean> {
    const { connection, signal } = this.#upload;
    return blobExists(connection, this.#descriptor, { signal, access: 'push' });
  }

  /** Throws when the file has changed: in a browser the request then fails like a broken connection. */
  async #checkReadable(): Promise<void> {
    const { name = this.#descriptor.digest, what } = this.#upload;
    await checkReadable(this.#content, name, what);
  }

  /** Cancels the session, unless the upload can be resumed later. */
  async #leave(session: UploadSession, reason: unknown): Promise<void> {
    const { connection, signal } = this.#upload;
    const { retry } = connection.options.settings;
    const isBroken = !isCallers(reason) && (isOrasError(reason, 'NETWORK') || isTransient(reason, retry));
    if (this.#note && (signal?.aborted || isBroken)) return;
    // The error of the upload is more useful than an error of this clean-up.
    await session.cancel().catch(() => {});
    await this.#note?.remove().catch(() => {});
  }
}

/**
 * Tells whether the session is gone: the registry has forgotten it (404), or cannot continue it, possibly because of
 * chunks.
 */
function isGone({ status, errors }: RegistryError, wasWhole: boolean): boolean {
  const has = (wanted: string): boolean => errors.some(({ code }) => code === wanted);
  return (status === 404 && has('BLOB_UPLOAD_UNKNOWN')) || (wasWhole && has('BLOB_UPLOAD_INVALID'));
}
