import { abortable } from '../../bytes/streams.ts';
import { NetworkError } from '../../errors.ts';
import { timeoutError, toNetworkError } from '../http/network-error.ts';
import type { Connection } from './connection.ts';

/** The body of an answer, its failures as errors of this package; it fails when nothing comes for too long. */
export function bodyOf(
  connection: Connection,
  response: Response,
  url: string,
  signal?: AbortSignal,
): ReadableStream<Uint8Array> {
  const reader = response.body?.getReader();
  const { stall } = connection.options.settings.timeouts;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!reader) return controller.close();
      const chunk = await within(stall, url, reader.read()).catch((error: unknown) => {
        reader.cancel(error).catch(() => {});
        throw error instanceof NetworkError ? error : toNetworkError(error, 'GET', url);
      });
      if (chunk.done) controller.close();
      else controller.enqueue(chunk.value);
    },
    cancel: (reason) => reader?.cancel(reason),
  });
  return abortable(body, signal);
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
