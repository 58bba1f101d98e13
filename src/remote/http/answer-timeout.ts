import { LinkedAbort } from '../../aborts.ts';
import { timeoutError } from '../answers/network-error.ts';
import { longestTimer } from './backoff.ts';
import type { Fetch } from './fetch.ts';
import type { TransportSettings } from './settings.ts';

/** Bytes a second that an upload has at least, where the fetch does not tell what it has sent. */
const slowest = 16 * 1024;
/** Bytes a second that a registry goes through before it answers: it computes digests, and moves content to its store. */
const slowestRegistry = 16 * 1024 * 1024;

/**
 * The same fetch, but failing when the head of an answer takes longer than `answer`, a second more for each 16 KiB of the
 * body, and one for each 16 MiB the registry goes through. Once the fetch tells what it has sent, more must be sent every
 * `stall` instead, and after all of it the answer has its own time.
 */
export function withAnswerTimeout(fetch: Fetch, { answer, stall }: TransportSettings['timeouts']): Fetch {
  return async (url, init = {}) => {
    const { body, onSent, signal, serverBytes = 0 } = init;
    const size = body instanceof Blob ? body.size : 0;
    const patience = answer + Math.floor((size + serverBytes) / slowestRegistry) * 1000;
    // Until the head is there: who reads the body, or gives it up, ends that.
    const stop = new LinkedAbort(signal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restart = (what: string, milliseconds: number): void => {
      clearTimeout(timer);
      const time = Math.min(milliseconds, longestTimer);
      timer = setTimeout(() => stop.abort(timeoutError(init.method, url, what, time)), time);
    };
    restart('no answer in', patience + Math.floor(size / slowest) * 1000);
    let most = 0;
    const sent = (bytes: number): void => {
      // A report that repeats another is no progress.
      if (bytes > most) {
        most = bytes;
        if (bytes < size) restart('nothing was sent for', stall);
        else restart('no answer in', patience);
      }
      onSent?.(bytes);
    };
    try {
      return await fetch(url, {
        ...init,
        signal: stop.signal,
        // Who is not asked to report may send in a better way.
        ...(onSent && { onSent: sent }),
      });
    } finally {
      // What is reported late must start nothing.
      most = Number.POSITIVE_INFINITY;
      clearTimeout(timer);
      stop.release();
    }
  };
}
