import { isOrasError, type OrasError } from '../../errors.ts';
import { responseError } from '../answers/error-response.ts';
import { withoutQuery } from '../answers/network-error.ts';
import { retryAfter } from '../answers/retry-after.ts';
import type { Backoff } from './backoff.ts';
import { type Fetch, fetchInit, type SendOptions } from './fetch.ts';
import type { TransportSettings } from './settings.ts';
import { isTransient, isTransientResponse } from './transient.ts';

/** One request of a registry's API over all its attempts, with the outcome of the last attempt. */
export class Call {
  readonly method: string;
  readonly url: string;
  readonly options: SendOptions;
  /** The retry settings. */
  readonly retry: TransportSettings['retry'];
  /** The last response; undefined when there was none. */
  answer: Response | undefined;
  /** Whether the last attempt failed in a transient way, so that a retry may succeed. */
  isTransient = false;
  /** When the last attempt ended. */
  #ended = 0;

  /** A request that was not sent yet. */
  constructor(method: string, url: string, options: SendOptions, retry: TransportSettings['retry']) {
    this.method = method;
    this.url = url;
    this.options = options;
    this.retry = retry;
  }

  /**
   * Sends it once, after the shared backoff, and holds the backoff for the `Retry-After` of its answer. An abort
   * rejects with the signal's own reason.
   */
  async send(fetch: Fetch, backoff: Backoff): Promise<Response> {
    const { signal } = this.options;
    this.answer = undefined;
    this.isTransient = false;
    try {
      await backoff.ready(signal);
      this.answer = await fetch(this.url, fetchInit(this.method, this.options));
    } catch (error) {
      signal?.throwIfAborted();
      this.isTransient = this.#isTransient(error);
      throw error;
    } finally {
      this.#ended = Date.now();
    }
    this.isTransient = isTransientResponse(this.answer, this.retry);
    if (this.isTransient) backoff.hold(retryAfter(this.answer) ?? 0);
    return this.answer;
  }

  /** What is left of a wait that started at the end of the last attempt, in milliseconds. */
  left(wait: number): number {
    return Math.max(0, this.#ended + wait - Date.now());
  }

  /** Tells whether a response has a status that {@link SendOptions.expected} does not list. */
  isError({ status }: Response): boolean {
    const { expected = [200], what } = this.options;
    return what !== undefined && !expected.includes(status);
  }

  /** The error for a response, see {@link responseError}. */
  error(answer: Response): Promise<OrasError> {
    const { method, url } = this;
    const { missing, signal, what = '' } = this.options;
    return responseError(answer, { method, url, what, missing, signal });
  }

  /** A failed token request was already retried, so only failures of this URL count. */
  #isTransient(error: unknown): boolean {
    return isOrasError(error, 'NETWORK') && error.url === withoutQuery(this.url) && isTransient(error, this.retry);
  }
}
