import { verified } from '../../bytes/verify.ts';
import { isOrasError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import { inlineStream } from '../../target/inline-data.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { isManifest, mayBeManifest } from '../endpoints/content-kind.ts';
import { openManifest } from '../endpoints/manifests.ts';
import { fetchBlob } from './blob-stream.ts';

/**
 * A blob or a manifest as a verified stream; no request is sent for content that the descriptor has in `data`. Content
 * of an unknown type may be either.
 *
 * @throws NotFoundError when the content does not exist
 * @throws MismatchError when size or digest are wrong; for a blob the stream errors with it
 */
export async function fetchContent(
  connection: Connection,
  descriptor: Descriptor,
  options?: AbortOptions,
): Promise<ReadableStream<Uint8Array>> {
  const inline = inlineStream(descriptor, options);
  if (inline) return inline;
  if (isManifest(descriptor)) return openManifest(connection, descriptor, options);
  try {
    return verified(await fetchBlob(connection, descriptor, options), descriptor);
  } catch (error) {
    if (isCallers(error) || !isOrasError(error, 'NOT_FOUND') || !mayBeManifest(descriptor)) throw error;
    return openManifest(connection, descriptor, options).catch((cause: unknown) => {
      throw isOrasError(cause, 'NOT_FOUND') ? error : cause;
    });
  }
}
