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
import { codingOf, contentChangedError, decodedError, rangeProblem, tooShortError } from './range-answer.ts';

/** The byte range of a blob to download. */
export interface DownloadOptions extends AbortOptions {
  /** First byte. Default 0. */
  start?: number | undefined;
  /**
   * The byte after the last one, at most the blob's size. Default: everything the registry sends, even beyond the size.
   */
  end?: number | undefined;
}

/**
 * A blob, or a byte range of it, as an unverified stream (distribution-spec, end-2). When the connection breaks or the
 * body is too short, the download resumes with a range request, up to `retry.limit` times in a row without progress. An
 * empty range sends no request.
 *
 * @throws NotFoundError when the repository does not have the blob
 * @throws MismatchError when the blob has another size at the registry, or changes during the download; also from the
 *   stream
 * @throws RegistryError when the response has other bytes than were requested; also from the stream
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
  /** Counts the range requests that resume the download. */
  const persistence = new Persistence(connection.options.settings.retry, stop.signal);
  let position = start;
  /** Bytes of the response before the wanted ones, to be skipped. */
  let surplus = 0;
  let etag: string | undefined;
  /** Content coding of the response, if any; every fetch except that of Node has already decoded it. */
  let coding: string | undefined;

  const ask = async (): Promise<ChunkSource> => {
    const isPart = position > 0 || end < size;
    const headers = {
      // Compression by a proxy would hide the size. Browsers set this header themselves and ignore ours.
      'accept-encoding': 'identity',
      // No If-Range, which would cost pages a preflight: the ETag of the response tells the same.
      ...(isPart && { range: `bytes=${position}-${end - 1}` }),
    };
    // Each request goes to the registry, not to its last redirect target, which may have expired.
    const response = await connection.send('GET', url, { headers, signal: stop.signal });
    const { status } = response;
    const isAnswer = status === 200 || (isPart && (status === 206 || status === 416));
    if (!isAnswer)
      throw await responseError(response, { method: 'GET', url, what, missing: digest, signal: stop.signal });
    // Only a strong ETag identifies the bytes, not `W/"…"`.
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
  // From here on an abort cancels the stream.
  let source = await ask().finally(stop.release);

  /** The next wanted bytes; undefined at the end of the body. */
  const wanted = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      const value = await source.next();
      if (!value) return undefined;
      const chunk = value.subarray(surplus, surplus + limit - position);
      surplus = Math.max(surplus - value.byteLength, 0);
      if (chunk.byteLength > 0) return chunk;
      if (position >= limit) {
        // The rest of the blob after the wanted range.
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
          throw decodedError(what, coding, size, position);
        }
        return chunk;
      }
      if (position >= end) return undefined;
      const problem =
        broken ?? (coding ? decodedError(what, coding, size, position) : tooShortError(what, size, position));
      // A complete body without new bytes means that the registry has no more.
      if (!broken && persistence.failures > 0) throw problem;
      await persistence.again(problem);
      source = await ask();
      // If the stream was cancelled before this line, there was no body yet to cancel.
      if (stop.signal.aborted) {
        source.cancel(stop.signal.reason)?.catch(() => {});
        return undefined;
      }
    }
  };
  const cancel = async (reason: unknown): Promise<void> => {
    const cancelled = source.cancel(reason);
    // Between two responses there is no body to cancel, only the next request.
    stop.abort(reason);
    await cancelled?.catch(() => {});
  };
  return streamFrom({ next, cancel }, signal);
}
