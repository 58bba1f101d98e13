import { streamBlob } from '#stream-blob';
import { openedAgain } from '../../bytes/late-stream.ts';
import { verified } from '../../bytes/verify.ts';
import { progressOf, silent } from '../../target/progress.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { Persistence } from '../http/persistence.ts';
import { ChunkSizes, defaultChunkBytes } from './chunk-sizes.ts';
import { type BegunUpload, mountOrStart, otherRepositories } from './mount-or-start.ts';
import { uploadStream } from './upload-stream.ts';
import { isUnrepeatable, uploadWholeStream, type WholeStreamOptions } from './upload-whole-stream.ts';

/**
 * Uploads a stream whose descriptor is known. In Node a stream above 16 MiB is uploaded while it is read, with one POST
 * and one PUT; nothing is buffered, so this can be retried only for a stream that can be opened again. It is uploaded in
 * chunks, each kept in memory until the registry has it, with `chunkSize` or `resume`, when the registry limits the size
 * of a request, and where fetch cannot send streams, as in browsers. A smaller stream is read completely and then sent.
 * Nothing is read of a stream whose blob can be mounted.
 *
 * @throws MismatchError when the stream does not match the descriptor; nothing is stored then
 * @throws Error as the stream does; nothing is stored then
 */
export async function uploadKnownStream(
  connection: Connection,
  descriptor: Descriptor,
  content: ReadableStream<Uint8Array>,
  options: UploadOptions,
): Promise<void> {
  const { chunkSize, onProgress, signal } = options;
  const isWhole = descriptor.size > defaultChunkBytes && chunkSize === undefined && !options.resume;
  const from = otherRepositories(connection.reference.repository, options.mountFrom);
  let begun: BegunUpload | undefined;
  if (from.length > 0) {
    const sizes = new ChunkSizes(connection, streamBlob && isWhole ? undefined : (chunkSize ?? defaultChunkBytes));
    const what = `Cannot push ${descriptor.digest} to ${connection.reference}`;
    const upload = { connection, what, name: undefined, progress: silent, signal, sizes };
    const session = await mountOrStart(upload, descriptor.digest, from).catch(async (error: unknown) => {
      await content.cancel(error).catch(() => {});
      throw error;
    });
    if (!session) {
      await content.cancel();
      return onProgress?.({ type: 'skip', descriptor, reason: 'mounted' });
    }
    begun = { location: session.location, sizes };
  }
  let stream: ReadableStream<Uint8Array>;
  // `streamBlob` comes first, so that a bundler for browsers can remove the branch.
  if (streamBlob && isWhole) {
    const progress = progressOf(descriptor, onProgress);
    const rest = await uploadAtOnce(connection, descriptor, content, { progress, signal, streamBlob, begun });
    if (!rest) return;
    stream = rest;
    begun = undefined;
  } else stream = verified(content, descriptor);
  const once = { chunkSize, resume: options.resume, onProgress, signal };
  await uploadStream(connection, stream, once, begun).commit(descriptor, once);
}

/**
 * Uploads a stream with one request, and again when the connection breaks, if the stream can be opened again. Returns a
 * verified stream of the content, untouched, when the registry limits the size of a request.
 */
async function uploadAtOnce(
  connection: Connection,
  descriptor: Descriptor,
  content: ReadableStream<Uint8Array>,
  options: WholeStreamOptions,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const persistence = new Persistence(connection.options.settings.retry, options.signal);
  let { begun } = options;
  for (let stream = verified(content, descriptor); ; ) {
    try {
      const isDone = await uploadWholeStream(connection, descriptor, stream, { ...options, begun });
      return isDone ? undefined : stream;
    } catch (error) {
      const again = openedAgain(content);
      if (!again) throw error;
      if (isUnrepeatable(error)) await persistence.again(error);
      else await persistence.failed(error);
      stream = verified(again, descriptor);
      begun = undefined;
    }
  }
}
