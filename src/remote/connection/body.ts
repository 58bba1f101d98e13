import { type ChunkSource, streamFrom } from '../../bytes/streams.ts';
import { NetworkError } from '../../errors.ts';
import { timeoutError, toNetworkError } from '../answers/network-error.ts';
import type { Connection } from './connection.ts';

/**
 * The body of a response, with its failures as errors of this package, and a timeout when no byte arrives for too long.
 */
export function bodyOf(
  connection: Connection,
  response: Response,
  url: string,
  signal?: AbortSignal,
): ReadableStream<Uint8Array> {
  return streamFrom(bodySource(connection, response, url), signal);
}

/** The same as a chunk source, for a stream that is made of several responses. */
export function bodySource(connection: Connection, response: Response, url: string): ChunkSource {
  const reader = response.body?.getReader();
  const { stall } = connection.options.settings.timeouts;
  return {
    async next() {
      if (!reader) return undefined;
      const { value } = await within(stall, url, reader.read()).catch((error: unknown) => {
        reader.cancel(error).catch(() => {});
        throw error instanceof NetworkError ? error : toNetworkError(error, 'GET', url);
      });
      return value;
    },
    cancel: (reason) => reader?.cancel(reason),
  };
}

async function within<T>(milliseconds: number, url: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeoutError('GET', url, 'nothing came for', milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([work, stalled]);
  } finally {
    clearTimeout(timer);
  }
}
