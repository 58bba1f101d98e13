import type { StreamBlobMaker } from '../../bytes/stream-blob.ts';
import { streamFrom } from '../../bytes/streams.ts';
import { NetworkError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import type { Progress } from '../../target/progress.ts';
import type { Descriptor } from '../../types.ts';
import { withoutQuery } from '../answers/network-error.ts';
import type { Connection } from '../connection/connection.ts';
import { blobExists } from '../endpoints/blobs.ts';
import { isTransient } from '../http/transient.ts';
import { ChunkSizes } from './chunk-sizes.ts';
import type { BegunUpload } from './mount-or-start.ts';
import { isStored } from './stored-blob.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/** Options of {@link uploadWholeStream}. */
export interface WholeStreamOptions extends AbortOptions {
  /** Progress of the upload. */
  progress: Progress;
  /** The session to use. Default: a new one. */
  begun?: BegunUpload | undefined;
  /** Creates the body of the request. */
  streamBlob: StreamBlobMaker;
}

/**
 * Uploads a stream whose descriptor is known with one POST and one PUT, while it is read; nothing is buffered. Returns
 * false when the registry limits the size of a request; the stream is untouched then.
 *
 * @throws NetworkError when the connection breaks: the stream cannot be sent again
 * @throws Error as the stream does; nothing is stored then
 */
export async function uploadWholeStream(
  connection: Connection,
  descriptor: Descriptor,
  stream: ReadableStream<Uint8Array>,
  { begun, progress, signal, streamBlob }: WholeStreamOptions,
): Promise<boolean> {
  const { digest, size } = descriptor;
  const what = `Cannot push ${digest} to ${connection.reference}`;
  const sizes = begun?.sizes ?? new ChunkSizes(connection);
  const upload: Upload = { connection, what, name: undefined, progress, signal, sizes };
  const source = new OneTimeSource(stream, () => unrepeatableError(what, session?.location ?? connection.base));
  const body = streamBlob(size, source.open);
  let session: UploadSession | undefined;
  try {
    session = begun ? new UploadSession(upload, begun.location) : await UploadSession.start(upload);
    if (sizes.request < size) {
      await session.cancel();
      return false;
    }
    progress.start();
    const response = await session.close(digest, body);
    if (!(await isStored(upload, response, digest, descriptor))) throw await session.refusal(response, 'PUT');
  } catch (failure) {
    let error = failure;
    // After a connection broke at the end, it is unknown whether the request succeeded.
    const isUnknown = source.isRead && isTransient(failure, connection.options.settings.retry);
    const exists = async (): Promise<boolean> =>
      blobExists(connection, descriptor, { signal, access: 'push' }).catch((reason: unknown) => {
        if (isCallers(reason)) error = reason;
        return false;
      });
    if (!isUnknown || !(await exists())) {
      await source.cancel(error);
      // The error of the upload is more useful than an error of this clean-up.
      await session?.cancel().catch(() => {});
      throw error;
    }
  }
  progress.done();
  return true;
}

/** A stream that can be read once. It withholds the last piece until the end has proven that the content is correct. */
class OneTimeSource {
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #again: () => Error;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #isRead = false;

  constructor(stream: ReadableStream<Uint8Array>, again: () => Error) {
    this.#stream = stream;
    this.#again = again;
  }

  /** Whether all of it was read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  readonly open = (): ReadableStream<Uint8Array> => {
    if (this.#reader) {
      const error = this.#again();
      return new ReadableStream({ start: (controller) => controller.error(error) });
    }
    const reader = this.#stream.getReader();
    this.#reader = reader;
    let last: Uint8Array | undefined;
    const next = async (): Promise<Uint8Array | undefined> => {
      for (;;) {
        const { done, value } = await reader.read();
        const ready = last;
        last = value;
        this.#isRead = done;
        if (ready || done) return ready;
      }
    };
    return streamFrom({ next, cancel: (reason) => reader.cancel(reason) });
  };

  async cancel(reason: unknown): Promise<void> {
    await (this.#reader ?? this.#stream).cancel(reason).catch(() => {});
  }
}

const unrepeatable = new WeakSet<object>();

/** Tells whether an upload failed only because its stream was to be read again, as after a new token. */
export function isUnrepeatable(error: unknown): boolean {
  return error instanceof NetworkError && unrepeatable.has(error);
}

function unrepeatableError(what: string, url: string): NetworkError {
  const message = `${what}: it would have to be sent again, and a stream cannot be read again`;
  const error = new NetworkError(message, withoutQuery(url), false);
  unrepeatable.add(error);
  return error;
}
