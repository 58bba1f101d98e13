import { chunkBlob } from '#chunk-blob';
import { LinkedAbort } from '../../aborts.ts';
import { readChunks } from '../../bytes/streams.ts';
import { checkCount } from '../../errors/check-count.ts';
import type { TransferOptions } from '../../options.ts';
import { progressOf, silent } from '../../target/progress.ts';
import type { BeginOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import { answerError } from '../answers/error-response.ts';
import type { Connection } from '../connection/connection.ts';
import { blobExists } from '../endpoints/blobs.ts';
import { Persistence } from '../http/persistence.ts';
import { ChunkSizes, defaultChunkBytes } from './chunk-sizes.ts';
import { sendChunks } from './chunks.ts';
import type { BegunUpload } from './mount-or-start.ts';
import { commitOrAbort, type PendingUpload } from './pending-upload.ts';
import { isStored } from './stored-blob.ts';
import { checkBlob, uploadBlob } from './upload-blob.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/**
 * Largest minimum chunk size of a registry that is accepted, in bytes: a chunk is kept in memory until the registry has
 * it.
 */
const maxKeptBytes = 256 * 1024 * 1024;

/**
 * Uploads a stream of unknown size and digest in chunks. Each chunk is kept in memory until the registry has it; the
 * digest comes with the closing PUT. A stream that fits into the first chunk is uploaded by `commit` as a Blob.
 *
 * @throws RangeError when `chunkSize` is invalid
 */
export function uploadStream(
  connection: Connection,
  stream: ReadableStream<Uint8Array>,
  options: BeginOptions,
  begun?: BegunUpload,
): PendingUpload {
  checkCount('chunkSize', options.chunkSize);
  return new StreamUpload(connection, stream, options, begun);
}

class StreamUpload implements PendingUpload {
  readonly sent: Promise<void>;
  readonly #options: BeginOptions;
  readonly #stop: LinkedAbort;
  readonly #upload: Upload;
  readonly #chunk = new Chunk();
  #size = 0;
  #session: UploadSession | undefined;
  /** A session that is not used yet. */
  #begun: BegunUpload | undefined;

  constructor(
    connection: Connection,
    stream: ReadableStream<Uint8Array>,
    options: BeginOptions,
    begun: BegunUpload | undefined,
  ) {
    const { chunkSize = defaultChunkBytes, name, signal } = options;
    const what = `Cannot push ${name === undefined ? 'a stream in chunks' : `${name}, a stream in chunks,`} to`;
    const stop = new LinkedAbort(signal);
    this.#options = options;
    this.#begun = begun;
    this.#stop = stop;
    this.#upload = {
      connection,
      what: `${what} ${connection.reference}`,
      name: undefined,
      progress: silent,
      signal: stop.signal,
      sizes: begun?.sizes ?? new ChunkSizes(connection, chunkSize),
    };
    this.sent = readChunks(stream, (bytes) => this.#take(bytes), stop.signal);
    // After an abort the caller need not await it.
    this.sent.catch(() => {});
  }

  commit(descriptor: Descriptor, { onProgress, signal }: TransferOptions = {}): Promise<void> {
    const stop = this.#stop;
    return commitOrAbort(this, stop, signal, async () => {
      await this.sent;
      checkBlob(descriptor, this.#size);
      if (this.#session) {
        await this.#send(this.#session, this.#chunk.size);
        await this.#close(this.#session, descriptor);
        const progress = progressOf(descriptor, onProgress);
        progress.start();
        progress.done();
      } else {
        const options = { ...this.#options, onProgress, signal: stop.signal };
        const begun = this.#begun;
        this.#begun = undefined;
        await uploadBlob(this.#upload.connection, descriptor, this.#chunk.take(this.#size), options, begun);
      }
    });
  }

  async abort(reason?: unknown): Promise<void> {
    const stop = this.#stop;
    const isLeaving = stop.signal.aborted;
    stop.abort(reason);
    stop.release();
    await this.sent.catch(() => {});
    const session = this.#session ?? this.#unused();
    this.#session = undefined;
    await session?.cancel(isLeaving);
  }

  async #take(bytes: Uint8Array): Promise<void> {
    const { sizes } = this.#upload;
    // Not sent before more bytes arrive, because the first chunk may be the last.
    if (this.#chunk.size >= sizes.request) {
      this.#session ??= await this.#start();
      // Only the last chunk may be shorter.
      await this.#send(this.#session, this.#chunk.size - (this.#chunk.size % sizes.request));
    }
    this.#chunk.add(bytes);
    this.#size += bytes.byteLength;
  }

  async #start(): Promise<UploadSession> {
    const session = this.#unused() ?? (await UploadSession.start(this.#upload));
    const { sizes, what } = this.#upload;
    if (sizes.minimum <= maxKeptBytes) return session;
    await session.cancel().catch(() => {});
    const message = `${what}: the registry wants ${sizes.minimum} bytes per request, which are too many to keep`;
    throw answerError(message, 202, session.location, 'POST');
  }

  #unused(): UploadSession | undefined {
    const begun = this.#begun;
    this.#begun = undefined;
    return begun && new UploadSession(this.#upload, begun.location);
  }

  async #send(session: UploadSession, bytes: number): Promise<void> {
    const base = this.#size - this.#chunk.size;
    const content = this.#chunk.take(bytes);
    await this.#retryFromConfirmedOffset(session, () => sendChunks(this.#upload, session, content, base));
  }

  async #close(session: UploadSession, descriptor: Descriptor): Promise<void> {
    const { connection, signal } = this.#upload;
    await this.#retryFromConfirmedOffset(session, async () => {
      // After a broken connection it is unknown whether the closing request succeeded.
      if (session.isClosing && (await blobExists(connection, descriptor, { signal, access: 'push' }))) return;
      const response = await session.close(descriptor.digest);
      if (!(await isStored(this.#upload, response, descriptor.digest, descriptor)))
        throw await session.refusal(response, 'PUT');
    });
  }

  /**
   * Retries after transient failures, from the offset that the registry confirms. Progress resets the count of
   * failures.
   */
  async #retryFromConfirmedOffset(session: UploadSession, work: () => Promise<void>): Promise<void> {
    const { connection, signal } = this.#upload;
    const persistence = new Persistence(connection.options.settings.retry, signal);
    let most = session.offset;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        signal?.throwIfAborted();
        if (session.offset > most) persistence.advanced();
        most = Math.max(most, session.offset);
        await persistence.failed(error);
        await session.goBack(this.#size);
      }
    }
  }
}

/** A buffer that collects bytes for one chunk. */
class Chunk {
  size = 0;
  #parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.size += bytes.byteLength;
  }

  /** Removes and returns the first bytes. */
  take(size: number): Blob {
    const taken: Uint8Array[] = [];
    let missing = Math.min(size, this.size);
    this.size -= missing;
    let whole = 0;
    for (const part of this.#parts) {
      if (missing === 0) break;
      const head = part.subarray(0, missing);
      taken.push(head);
      missing -= head.byteLength;
      if (head.byteLength === part.byteLength) whole++;
      else this.#parts[whole] = part.subarray(head.byteLength);
    }
    this.#parts.splice(0, whole);
    return chunkBlob(taken);
  }
}
