import { isOrasError, type OrasError } from '../../errors.ts';
import { responseError } from '../answers/error-response.ts';
import { withoutQuery } from '../answers/network-error.ts';
import { retryAfter } from '../answers/retry-after.ts';
import type { Backoff } from './backoff.ts';
import { type Fetch, fetchInit, type SendOptions } from './fetch.ts';
import { isPassing, isPassingRefusal } from './passing.ts';
import type { TransportSettings } from './settings.ts';

/** One request of a registry's API, which may be sent more than once, and what came of it the last time. */
export class Call {
  readonly method: string;
  readonly url: string;
  readonly options: SendOptions;
  /** When it is sent again. */
  readonly retry: TransportSettings['retry'];
  /** The last answer; undefined when there was none. */
  answer: Response | undefined;
  /** Whether the last try failed with what may pass: the same request may get another answer soon. */
  isPassing = false;
  /** When that was. */
  #ended = 0;

  /** A request that was not sent yet. */
  constructor(method: string, url: string, options: SendOptions, retry: TransportSettings['retry']) {
    this.method = method;
    this.url = url;
    this.options = options;
    this.retry = retry;
  }

  /**
   * Sends it once, after the wait that all requests to the registry share, and keeps the wait that its answer asks for. An
   * abort rejects with the signal's own reason.
   */
  async send(fetch: Fetch, backoff: Backoff): Promise<Response> {
    const { signal } = this.options;
    this.answer = undefined;
    this.isPassing = false;
    try {
      await backoff.ready(signal);
      this.answer = await fetch(this.url, fetchInit(this.method, this.options));
    } catch (error) {
      signal?.throwIfAborted();
      this.isPassing = this.#isPassing(error);
      throw error;
    } finally {
      this.#ended = Date.now();
    }
    this.isPassing = isPassingRefusal(this.answer, this.retry);
    if (this.isPassing) backoff.hold(retryAfter(this.answer) ?? 0);
    return this.answer;
  }

  /** What is left of a wait that began with the end of the last try, in milliseconds. */
  left(wait: number): number {
    return Math.max(0, this.#ended + wait - Date.now());
  }

  /** Tells whether an answer has a status that the caller takes for an error. */
  isError({ status }: Response): boolean {
    const { expected = [200], what } = this.options;
    return what !== undefined && !expected.includes(status);
  }

  /** The error that an answer stands for, see {@link responseError}. */
  error(answer: Response): Promise<OrasError> {
    const { method, url } = this;
    const { missing, signal, what = '' } = this.options;
    return responseError(answer, { method, url, what, missing, signal });
  }

  /** A request for a token that failed on the way was repeated already. */
  #isPassing(error: unknown): boolean {
    return isOrasError(error, 'NETWORK') && error.url === withoutQuery(this.url) && isPassing(error, this.retry);
  }
}
