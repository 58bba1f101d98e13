import { readError } from '../../bytes/read-error.ts';
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

/** Content up to this size is sent again as a whole: to ask how far it got would take as long. */
const maxRepeatedBytes = 1024 * 1024;

/** The attempts to upload one Blob, over as many sessions as it takes. */
export class UploadAttempts {
  readonly #upload: Upload;
  readonly #descriptor: Descriptor;
  readonly #content: Blob;
  readonly #note: ResumeNote | undefined;
  readonly #persistence: Persistence;
  /** Most bytes any session had. */
  #most = 0;
  /** Whether the last try was one request for everything. */
  #wasWhole = false;
  /** Whether chunks came to nothing: what is left is one request for everything, or none. */
  #isWithoutChunks = false;

  /** The upload of the content of a descriptor, of which a note may be kept. */
  constructor(upload: Upload, descriptor: Descriptor, content: Blob, note?: ResumeNote) {
    this.#upload = upload;
    this.#descriptor = descriptor;
    this.#content = content;
    this.#note = note;
    this.#persistence = new Persistence(upload.connection.options.settings.retry, upload.signal);
  }

  /** Sends what is missing, beginning with a session that may have a part of it. */
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

  /** The session to go on with after a failure, which is thrown again where nothing is to be gained. */
  async #recover(session: UploadSession, error: unknown): Promise<UploadSession | 'stored'> {
    const { connection, sizes } = this.#upload;
    const { asked } = sizes;
    const { size } = this.#content;
    if (isTransient(error, connection.options.settings.retry)) {
      await this.#persistence.failed(error);
      if (this.#isWithoutChunks || size <= (asked ?? maxRepeatedBytes)) return this.#startAnew(session);
      // Nothing is known of what broke: with the next one, not everything is lost.
      sizes.divide();
      return this.#goOn(session);
    }
    if (!isOrasError(error, 'REGISTRY') || error.code !== 'REGISTRY') throw error;
    if (isGone(error, this.#wasWhole)) {
      await this.#persistence.again(error);
      if (session.isClosing && (await this.#isStored())) return 'stored';
      return this.#startAnew(session);
    }
    if (error.status === 413) {
      const isTooLarge = this.#wasWhole && !this.#isWithoutChunks && asked !== undefined && asked < size;
      if (isTooLarge) return this.#goOn(session);
      throw error;
    }
    if (this.#isWithoutChunks || (this.#wasWhole && !session.wasAsked)) throw error;
    // ECR ends an upload with its last chunk. Others take no chunks, or lost count of them.
    if (await this.#isStored()) return 'stored';
    this.#isWithoutChunks = true;
    sizes.unite();
    return this.#startAnew(session);
  }

  /** The same session with what the registry has of it, or a new one when it does not say. */
  async #goOn(session: UploadSession): Promise<UploadSession | 'stored'> {
    if ((await session.goBack(this.#content.size)) !== undefined) return session;
    return session.isClosing && (await this.#isStored()) ? 'stored' : this.#startAnew(session);
  }

  async #startAnew(session: UploadSession): Promise<UploadSession> {
    await session.cancel();
    return UploadSession.start(this.#upload);
  }

  #isStored(): Promise<boolean> {
    const { connection, signal } = this.#upload;
    return blobExists(connection, this.#descriptor, { signal, access: 'push' });
  }

  /** In a browser a file that changed fails the request as a broken connection does, which it would be taken for. */
  async #checkReadable(): Promise<void> {
    const { name = this.#descriptor.digest, what } = this.#upload;
    await this.#content
      .slice(0, 1)
      .arrayBuffer()
      .catch(async (error: unknown) => {
        throw await readError(error, this.#content, name, what);
      });
  }

  /** What may go on later is kept. */
  async #leave(session: UploadSession, reason: unknown): Promise<void> {
    const { connection, signal } = this.#upload;
    const { retry } = connection.options.settings;
    const isBroken = !isCallers(reason) && (isOrasError(reason, 'NETWORK') || isTransient(reason, retry));
    if (this.#note && (signal?.aborted || isBroken)) return;
    // What the upload failed of says more than why this does.
    await session.cancel().catch(() => {});
    await this.#note?.remove().catch(() => {});
  }
}

/** The registry knows the session no more, or cannot go on with it, for which chunks may be a reason. */
function isGone({ status, errors }: RegistryError, wasWhole: boolean): boolean {
  const has = (wanted: string): boolean => errors.some(({ code }) => code === wanted);
  return (status === 404 && has('BLOB_UPLOAD_UNKNOWN')) || (wasWhole && has('BLOB_UPLOAD_INVALID'));
}
