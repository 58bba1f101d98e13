import { LinkedAbort } from '../../aborts.ts';
import type { TransferOptions } from '../../options.ts';
import { passOver } from '../../target/callers.ts';
import { LateProgress } from '../../target/progress.ts';
import type { BeginOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import { discard } from '../answers/discard.ts';
import type { Connection } from '../connection/connection.ts';
import { ChunkSizes } from './chunk-sizes.ts';
import { commitOrAbort, type PendingUpload } from './pending-upload.ts';
import { UploadAttempts } from './upload-attempts.ts';
import { checkBlob } from './upload-blob.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/**
 * Sends a Blob while its digest is computed: with one PATCH without `Content-Range`, as docker does, so every registry
 * supports it. The digest comes with the closing PUT. When the PATCH fails, `commit` retries like any upload.
 */
export async function uploadAhead(
  connection: Connection,
  content: Blob,
  { name = 'the content', signal }: BeginOptions,
): Promise<PendingUpload> {
  const stop = new LinkedAbort(signal);
  const progress = new LateProgress();
  const what = `Cannot push ${name} to ${connection.reference}`;
  const sizes = new ChunkSizes(connection);
  const upload: Upload = { connection, what, name, progress, signal: stop.signal, sizes };
  try {
    return new BlobAhead(upload, await UploadSession.start(upload), { content, progress, stop });
  } catch (error) {
    stop.release();
    throw error;
  }
}

/** Parts of a {@link BlobAhead}. */
interface AheadParts {
  content: Blob;
  progress: LateProgress;
  stop: LinkedAbort;
}

class BlobAhead implements PendingUpload {
  readonly sent: Promise<void>;
  readonly #upload: Upload;
  readonly #session: UploadSession;
  readonly #parts: AheadParts;
  /** The response to the PATCH; undefined when there was none, and `commit` must retry. */
  readonly #sending: Promise<Response | undefined>;
  /** Whether the UploadAttempts now own the session and cancel it. */
  #isHandedOver = false;

  constructor(upload: Upload, session: UploadSession, parts: AheadParts) {
    this.#upload = upload;
    this.#session = session;
    this.#parts = parts;
    this.#sending = session.patchRest(parts.content).catch((error: unknown) => {
      parts.stop.signal.throwIfAborted();
      return passOver(error);
    });
    this.sent = this.#sending.then(() => {});
    // After an abort the caller need not await it.
    this.sent.catch(() => {});
  }

  commit(descriptor: Descriptor, { onProgress, signal }: TransferOptions = {}): Promise<void> {
    const { content, progress, stop } = this.#parts;
    return commitOrAbort(this, stop, signal, async () => {
      checkBlob(descriptor, content.size);
      progress.describe(descriptor, onProgress);
      const session = await resumePoint(this.#upload, this.#session, await this.#sending, content.size);
      this.#isHandedOver = true;
      await new UploadAttempts(this.#upload, descriptor, content).run(session);
    });
  }

  async abort(reason?: unknown): Promise<void> {
    const { stop } = this.#parts;
    const isLeaving = stop.signal.aborted;
    stop.abort(reason);
    if (this.#isHandedOver) return;
    this.#isHandedOver = true;
    stop.release();
    await this.#sending.then(discard).catch(() => {});
    await this.#session.cancel(isLeaving);
  }
}

/** The session to continue after the first PATCH, whatever its result. */
async function resumePoint(
  upload: Upload,
  session: UploadSession,
  response: Response | undefined,
  size: number,
): Promise<UploadSession> {
  discard(response);
  if (response?.ok) {
    session.accepted(size);
    return session;
  }
  if (!response) upload.sizes.divide();
  if (response?.status === 413) upload.sizes.shrink(response, size);
  if ((await session.goBack(size)) !== undefined) return session;
  await session.cancel();
  return UploadSession.start(upload);
}
