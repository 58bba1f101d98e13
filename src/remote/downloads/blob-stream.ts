import { LinkedAbort } from '../../aborts.ts';
import { type ChunkSource, streamFrom } from '../../bytes/streams.ts';
import type { AbortOptions } from '../../options.ts';
import type { Descriptor } from '../../types.ts';
import { discard } from '../answers/discard.ts';
import { responseError } from '../answers/error-response.ts';
import { bodySource } from '../connection/body.ts';
import type { Connection } from '../connection/connection.ts';
import { blobUrl } from '../endpoints/blobs.ts';
import { Persistence } from '../http/persistence.ts';
import { codingOf, contentChangedError, decodedProblem, rangeProblem, tooShort } from './range-answer.ts';

/** Which bytes of a blob are wanted. */
export interface DownloadOptions extends AbortOptions {
  /** First byte. Default 0. */
  start?: number | undefined;
  /** The byte after the last one, at most the blob's size. Default: all there is, be it more than the size. */
  end?: number | undefined;
}

/**
 * A blob, or a part of it, as an unverified stream (distribution-spec, end-2). When the connection breaks or the body
 * ends too early, the registry is asked for the rest, and the stream goes on; `retry.limit` such requests in a row may
 * bring nothing. For a part without a byte nothing is asked.
 *
 * @throws NotFoundError when the repository does not have it
 * @throws MismatchError when it has another size at the registry, or changes meanwhile; also from the stream
 * @throws RegistryError when other bytes come than were asked for; also from the stream
 * @throws NetworkError from the stream, when the connection breaks too often
 */
export async function fetchBlob(
  connection: Connection,
  descriptor: Descriptor,
  { start = 0, end: limit = Number.POSITIVE_INFINITY, signal }: DownloadOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const { digest, size } = descriptor;
  const url = blobUrl(connection, descriptor);
  const what = `Cannot fetch ${digest} of ${connection.reference}`;
  if (start === limit) return new Blob().stream();
  const end = Math.min(limit, size);
  const stop = new LinkedAbort(signal);
  /** Counts requests for the rest. */
  const persistence = new Persistence(connection.options.settings.retry, stop.signal);
  let position = start;
  /** Bytes of the answer before those that are wanted. */
  let surplus = 0;
  let etag: string | undefined;
  /** Content coding of the answer, if there is one: a fetch other than that of Node has undone it. */
  let coding: string | undefined;

  const ask = async (): Promise<ChunkSource> => {
    const isPart = position > 0 || end < size;
    const headers = {
      // A proxy that compresses would hide the size. Browsers set this header themselves and ignore ours.
      'accept-encoding': 'identity',
      // Without If-Range, for which pages need a preflight: the ETag of the answer tells as much.
      ...(isPart && { range: `bytes=${position}-${end - 1}` }),
    };
    // The registry is asked again, not where it led to before: that may have expired.
    const response = await connection.send('GET', url, { headers, signal: stop.signal });
    const { status } = response;
    const isAnswer = status === 200 || (isPart && (status === 206 || status === 416));
    if (!isAnswer)
      throw await responseError(response, { method: 'GET', url, what, missing: digest, signal: stop.signal });
    // Only a strong one says something of the bytes, not W/"…".
    const tag = /^".*/.exec(response.headers.get('etag') ?? '')?.[0];
    coding = codingOf(response);
    const problem =
      etag && tag && tag !== etag
        ? contentChangedError(what, etag, tag)
        : isPart && rangeProblem(response, { url, what, size, start: position, end, coding });
    if (problem) {
      discard(response);
      throw problem;
    }
    etag ??= tag;
    surplus = status === 200 ? position : 0;
    return bodySource(connection, response, url);
  };
  // From then on the stream is cancelled by what ends it.
  let source = await ask().finally(stop.release);

  /** The next bytes that are wanted; undefined when no more come. */
  const wanted = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      const value = await source.next();
      if (!value) return undefined;
      const chunk = value.subarray(surplus, surplus + limit - position);
      surplus = Math.max(surplus - value.byteLength, 0);
      if (chunk.byteLength > 0) return chunk;
      if (position >= limit) {
        // The rest of a blob of which only a part is wanted.
        source.cancel(undefined)?.catch(() => {});
        return undefined;
      }
    }
  };

  const next = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      let broken: unknown;
      const chunk = await wanted().catch((error: unknown) => {
        broken = error;
      });
      if (chunk) {
        position += chunk.byteLength;
        persistence.advanced();
        if (coding && position > size) {
          source.cancel(undefined)?.catch(() => {});
          throw decodedProblem(what, coding, size, position);
        }
        return chunk;
      }
      if (position >= end) return undefined;
      const problem =
        broken ?? (coding ? decodedProblem(what, coding, size, position) : tooShort(what, size, position));
      // An answer that ended without a failure, and had nothing new, is all there is.
      if (!broken && persistence.failures > 0) throw problem;
      await persistence.again(problem);
      source = await ask();
      // Between the head of the answer and this line there was no body to cancel.
      if (stop.signal.aborted) {
        source.cancel(stop.signal.reason)?.catch(() => {});
        return undefined;
      }
    }
  };
  const cancel = async (reason: unknown): Promise<void> => {
    const cancelled = source.cancel(reason);
    // Between two answers there is nothing to cancel but the request that would follow.
    stop.abort(reason);
    await cancelled?.catch(() => {});
  };
  return streamFrom({ next, cancel }, signal);
}
