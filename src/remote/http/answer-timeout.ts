import { LinkedAbort } from '../../aborts.ts';
import { timeoutError } from '../answers/network-error.ts';
import { longestTimer } from './backoff.ts';
import type { Fetch } from './fetch.ts';
import type { TransportSettings } from './settings.ts';

/** Minimum upload rate in bytes per second, for a fetch that reports no upload progress. */
const minUploadRate = 16 * 1024;
/**
 * Minimum rate in bytes per second at which a registry processes content before it answers: it computes digests and
 * moves content to its storage.
 */
const minProcessingRate = 16 * 1024 * 1024;

/**
 * Wraps a fetch with timeouts. The response headers must arrive within `answer`, plus a second for each 16 KiB of the
 * body and a second for each 16 MiB that the registry must process. When the fetch reports upload progress, there must
 * instead be progress every `stall`, and the `answer` timeout starts after the last byte was sent.
 */
export function withAnswerTimeout(fetch: Fetch, { answer, stall }: TransportSettings['timeouts']): Fetch {
  return async (url, init = {}) => {
    const { body, onSent, signal, serverBytes = 0 } = init;
    const size = body instanceof Blob ? body.size : 0;
    const answerTime = answer + Math.floor((size + serverBytes) / minProcessingRate) * 1000;
    // It covers the response headers only; the reader of the body cancels the body.
    const stop = new LinkedAbort(signal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restart = (what: string, milliseconds: number): void => {
      clearTimeout(timer);
      const time = Math.min(milliseconds, longestTimer);
      timer = setTimeout(() => stop.abort(timeoutError(init.method, url, what, time)), time);
    };
    restart('no answer in', answerTime + Math.floor(size / minUploadRate) * 1000);
    let most = 0;
    const sent = (bytes: number): void => {
      // A repeated report is no progress.
      if (bytes > most) {
        most = bytes;
        if (bytes < size) restart('nothing was sent for', stall);
        else restart('no answer in', answerTime);
      }
      onSent?.(bytes);
    };
    try {
      return await fetch(url, {
        ...init,
        signal: stop.signal,
        // Without `onSent` a fetch may send the body in a better way.
        ...(onSent && { onSent: sent }),
      });
    } finally {
      // A late report must not start a timer.
      most = Number.POSITIVE_INFINITY;
      clearTimeout(timer);
      stop.release();
    }
  };
}
