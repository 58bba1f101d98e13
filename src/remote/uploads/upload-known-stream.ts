import { streamBlob } from '#stream-blob';
import { verified } from '../../bytes/verify.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { defaultChunkBytes } from './chunk-sizes.ts';
import { uploadStream } from './upload-stream.ts';
import { uploadWholeStream } from './upload-whole-stream.ts';

/**
 * Uploads a stream whose descriptor is known. In Node a stream above 16 MiB is uploaded while it is read, with one POST
 * and one PUT; nothing is buffered, so this cannot be retried. It is uploaded in chunks, each kept in memory until the
 * registry has it, with `chunkSize` or `resume`, when the registry limits the size of a request, and where fetch cannot
 * send streams, as in browsers. A smaller stream is read completely and then sent.
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
  const { onProgress, signal } = options;
  const stream = verified(content, descriptor);
  const isWhole = descriptor.size > defaultChunkBytes && options.chunkSize === undefined && !options.resume;
  // `streamBlob` comes first, so that a bundler for browsers can remove the branch.
  if (streamBlob && isWhole) {
    const isDone = await uploadWholeStream(connection, descriptor, stream, { onProgress, signal, streamBlob });
    if (isDone) return;
  }
  await uploadStream(connection, stream, options).commit(descriptor, options);
}
