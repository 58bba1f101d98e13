import { readError } from '../../bytes/read-error.ts';
import { isOrasError, type RegistryError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import type { Descriptor } from '../../types.ts';
import { blobExists } from '../endpoints/blobs.ts';
import { delay } from '../http/backoff.ts';
import { isLasting } from '../http/network-error.ts';
import { retriedStatuses } from '../http/transport.ts';
import { sendChunks, smallerChunk } from './chunks.ts';
import { isStored } from './stored-blob.ts';
import type { UploadRecord } from './upload-record.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/** Bytes per request where nobody said it and one request for everything is no good. */
export const usualChunk: number = 16 * 1024 * 1024;
/** Content up to this size is sent again as a whole: to ask how far it got would take as long. */
const largestRepeated = 1024 * 1024;

/** One Blob on its way, over as many sessions as it takes. */
export class BlobUpload {
  readonly #upload: Upload;
  readonly #descriptor: Descriptor;
  readonly #content: Blob;
  readonly #record: UploadRecord | undefined;
  /** Failures since more arrived than ever before. */
  #failures = 0;
  /** Most bytes any session had. */
  #most = 0;
  /** Whether the last try was one request for everything. */
  #wasWhole = false;
  /** Whether chunks came to nothing: what is left is one request for everything, or none. */
  #isWithoutChunks = false;

  /** The upload of the content of a descriptor, which a record may follow. */
  constructor(upload: Upload, descriptor: Descriptor, content: Blob, record?: UploadRecord) {
    this.#upload = upload;
    this.#descriptor = descriptor;
    this.#content = content;
    this.#record = record;
  }

  /** Sends what is missing, beginning with a session that may have a part of it. */
  async run(first: UploadSession): Promise<void> {
    const { progress, signal } = this.#upload;
    progress.start();
    progress.transferred(first.offset);
    for (let session = first; ; ) {
      try {
        await this.#upload.onAdvance?.(session);
        await this.#send(session);
        break;
      } catch (error) {
        if (session.offset > this.#most) this.#failures = 0;
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
    await this.#record?.remove();
    progress.done();
  }

  async #send(session: UploadSession): Promise<void> {
    const content = this.#content;
    const isWhole = session.offset === 0 && session.chunkSize >= content.size;
    this.#wasWhole = isWhole;
    if (!isWhole) await sendChunks(this.#upload, session, content);
    const response = await session.close(this.#descriptor.digest, isWhole ? content : undefined);
    if (await isStored(this.#upload, response, this.#descriptor.digest, content)) return;
    if (response.status === 413 && isWhole) this.#upload.chunkSize = smallerChunk(response, content.size);
    throw await session.refusal(response, 'PUT');
  }

  /** The session to go on with after a failure, which is thrown again where nothing is to be gained. */
  async #recover(session: UploadSession, error: unknown): Promise<UploadSession | 'stored'> {
    const { chunkSize, connection, signal } = this.#upload;
    const { size } = this.#content;
    const { retry } = connection.options.settings;
    if (isPassing(error, retry.maxRetryAfter)) {
      if (this.#failures++ === retry.limit) throw error;
      await delay(Math.random() * retry.delay(this.#failures), signal);
      if (this.#isWithoutChunks || size <= (chunkSize ?? largestRepeated)) return this.#startAnew(session);
      // Nothing is known of what broke: with the next one, not everything is lost.
      this.#upload.chunkSize ??= usualChunk;
      return this.#goOn(session);
    }
    if (!isOrasError(error, 'REGISTRY')) throw error;
    if (isGone(error, this.#wasWhole)) {
      if (this.#failures++ === retry.limit) throw error;
      if (session.isClosing && (await this.#isStored())) return 'stored';
      return this.#startAnew(session);
    }
    if (error.status === 413) {
      const isTooLarge = this.#wasWhole && !this.#isWithoutChunks && chunkSize !== undefined && chunkSize < size;
      if (isTooLarge) return this.#goOn(session);
      throw error;
    }
    if (this.#isWithoutChunks || (this.#wasWhole && !session.wasAsked)) throw error;
    // ECR ends an upload with its last chunk. Others take no chunks, or lost count of them.
    if (await this.#isStored()) return 'stored';
    this.#isWithoutChunks = true;
    this.#upload.chunkSize = undefined;
    return this.#startAnew(session);
  }

  /** The same session with what the registry has of it, or a new one when it does not say. */
  async #goOn(session: UploadSession): Promise<UploadSession | 'stored'> {
    const confirmed = await session.status();
    if (confirmed !== undefined && confirmed <= this.#content.size) {
      session.offset = confirmed;
      return session;
    }
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
    const { name, what } = this.#upload;
    await this.#content
      .slice(0, 1)
      .arrayBuffer()
      .catch(async (error: unknown) => {
        throw await readError(error, this.#content, await name, what);
      });
  }

  /** What may go on later is kept. */
  async #leave(session: UploadSession, reason: unknown): Promise<void> {
    const { connection, signal } = this.#upload;
    const { maxRetryAfter } = connection.options.settings.retry;
    const isBroken = !isCallers(reason) && (isOrasError(reason, 'NETWORK') || isPassing(reason, maxRetryAfter));
    if (this.#record && (signal?.aborted || isBroken)) return;
    // What the upload failed of says more than why this does.
    await session.cancel().catch(() => {});
    await this.#record?.remove().catch(() => {});
  }
}

/** Tells whether the same request may succeed later. */
export function isPassing(error: unknown, maxRetryAfter: number): boolean {
  if (isCallers(error)) return false;
  if (isOrasError(error, 'NETWORK')) return !isLasting(error.cause);
  if (isOrasError(error, 'RATE_LIMITED')) return (error.retryAfter ?? 0) <= maxRetryAfter;
  return isOrasError(error, 'REGISTRY') && retriedStatuses.includes(error.status);
}

/** The registry knows the session no more, or cannot go on with it, for which chunks may be a reason. */
function isGone({ status, errors }: RegistryError, wasWhole: boolean): boolean {
  const has = (wanted: string): boolean => errors.some(({ code }) => code === wanted);
  return (status === 404 && has('BLOB_UPLOAD_UNKNOWN')) || (wasWhole && has('BLOB_UPLOAD_INVALID'));
}
