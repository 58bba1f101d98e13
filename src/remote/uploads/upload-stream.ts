import { chunkBlob } from '#chunk-blob';
import { readChunks } from '../../bytes/streams.ts';
import { createDigester } from '../../oci/digest.ts';
import { progressOf, silent } from '../../target/progress.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor, Digest } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { blobExists } from '../endpoints/blobs.ts';
import { delay } from '../http/backoff.ts';
import { answerError } from '../http/response.ts';
import { isPassing, usualChunk } from './blob-upload.ts';
import { checkChunkSize, sendChunks } from './chunks.ts';
import { isStored } from './stored-blob.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/** Bytes of a chunk that a registry may want: it is kept in memory until the registry has it. */
const largestChunk = 256 * 1024 * 1024;

/**
 * Uploads a stream of unknown size and digest: in chunks, each kept until the registry has it, while the digest is
 * computed, which comes with the closing PUT. A stream that is over with its first chunk is given to `store`.
 *
 * @throws RegistryError when the registry takes no chunks
 * @throws Error as the stream does; nothing is stored then
 */
export async function uploadStream(
  connection: Connection,
  stream: ReadableStream<Uint8Array>,
  describe: (digest: Digest, size: number) => Descriptor,
  store: (descriptor: Descriptor, content: Blob) => Promise<void>,
  options: UploadOptions = {},
): Promise<Descriptor> {
  const { chunkSize = usualChunk, onProgress, signal } = options;
  checkChunkSize(chunkSize);
  const what = `Cannot push a stream in chunks to ${connection.reference}`;
  const upload: Upload = { connection, what, name: 'of a stream', progress: silent, signal, chunkSize };
  const digester = createDigester();
  const chunk = new Chunk();
  let size = 0;
  let session: UploadSession | undefined;
  const send = async (isLast = false): Promise<void> => {
    const started = session ?? (await UploadSession.start(upload));
    session = started;
    if (started.minimum > largestChunk) {
      const message = `${what}: the registry wants ${started.minimum} bytes per request, which are too many to keep`;
      throw answerError(message, 202, started.location, 'POST');
    }
    // A shorter one may only be the last.
    const base = size - chunk.size;
    const content = chunk.take(isLast ? chunk.size : chunk.size - (chunk.size % started.chunkSize));
    await insist(upload, started, () => sendChunks(upload, started, content, base));
  };
  try {
    await readChunks(
      stream,
      async (bytes) => {
        // Only now that more has come: the first chunk may be the last.
        if (chunk.size >= (session?.chunkSize ?? chunkSize)) await send();
        digester.update(bytes);
        chunk.add(bytes);
        size += bytes.byteLength;
      },
      signal,
    );
    const descriptor = describe(digester.digest(), size);
    if (!session) {
      await store(descriptor, chunk.take(size));
      return descriptor;
    }
    await send(true);
    await close(upload, session, descriptor);
    const progress = progressOf(descriptor, onProgress);
    progress.start();
    progress.done();
    return descriptor;
  } catch (error) {
    // What the upload failed of says more than why this does.
    await (session as UploadSession | undefined)?.cancel().catch(() => {});
    throw error;
  }
}

/** Bytes that are waited for until there are enough of them. */
class Chunk {
  size = 0;
  #parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.size += bytes.byteLength;
  }

  /** The first bytes of it, which are then no longer in it. */
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

async function close(upload: Upload, session: UploadSession, descriptor: Descriptor): Promise<void> {
  const { connection, signal } = upload;
  await insist(upload, session, async () => {
    // Of a request that broke it is not known whether it was taken.
    if (session.isClosing && (await blobExists(connection, descriptor, { signal, access: 'push' }))) return;
    const response = await session.close(descriptor.digest);
    if (!(await isStored(upload, response, descriptor.digest, descriptor)))
      throw await session.refusal(response, 'PUT');
  });
}

/** Repeats what fails in passing, from where the registry says it is. Failures count since more arrived than before. */
async function insist(upload: Upload, session: UploadSession, work: () => Promise<void>): Promise<void> {
  const { connection, signal } = upload;
  const { retry } = connection.options.settings;
  let failures = 0;
  let most = session.offset;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (session.offset > most) failures = 0;
      most = Math.max(most, session.offset);
      if (failures++ === retry.limit || !isPassing(error, retry.maxRetryAfter)) throw error;
      await delay(Math.random() * retry.delay(failures), signal);
      session.offset = (await session.status()) ?? session.offset;
    }
  }
}
