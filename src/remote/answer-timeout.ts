import { NetworkError } from '../errors.ts';
import { withoutQuery } from './network-error.ts';
import type { Fetch } from './transport.ts';

/** A body of so many bytes at most is sent within any sensible time, such as a manifest or the form for a token. */
const largestQuickBody = 1024 * 1024;

/** The same fetch, but failing when the head of an answer takes longer; not while content is uploaded. */
export function withAnswerTimeout(fetch: Fetch, milliseconds: number): Fetch {
  return async (url, init = {}) => {
    if (init.body instanceof Blob && init.body.size > largestQuickBody) return fetch(url, init);
    const stop = new AbortController();
    const bare = withoutQuery(url);
    const error = new NetworkError(`${init.method} ${bare}: no answer in ${milliseconds / 1000} s`, bare, false);
    const timer = setTimeout(() => stop.abort(error), milliseconds);
    const signal = init.signal ? AbortSignal.any([init.signal, stop.signal]) : stop.signal;
    try {
      return await fetch(url, { ...init, signal });
    } finally {
      clearTimeout(timer);
    }
  };
}
