import { streamBlob } from '#stream-blob';
import { verified } from '../../bytes/verify.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { defaultChunkBytes } from './chunk-sizes.ts';
import { uploadStream } from './upload-stream.ts';
import { uploadWholeStream } from './upload-whole-stream.ts';

/**
 * Uploads a stream whose descriptor is known. In Node a large one goes with one POST and one PUT while it is read, and
 * nothing of it is kept: what breaks then cannot be sent again. It goes in chunks, each kept until the registry has it,
 * with `chunkSize` or `resume`, where the registry takes no request so large, and where a fetch sends no streams, as in
 * browsers. A small one is sent once all of it is there.
 *
 * @throws MismatchError when the stream is not what the descriptor says; nothing is stored then
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
  // First what a bundler knows: for browsers it leaves the rest out.
  if (streamBlob && isWhole) {
    const isDone = await uploadWholeStream(connection, descriptor, stream, { onProgress, signal, streamBlob });
    if (isDone) return;
  }
  await uploadStream(connection, stream, options).commit(descriptor, options);
}
