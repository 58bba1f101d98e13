import { isOrasError, type OrasError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import { responseError } from './error-response.ts';
import { type Fetch, fetchInit, type SendOptions } from './fetch.ts';
import { isLasting, withoutQuery } from './network-error.ts';
import { isPassingRefusal } from './passing.ts';
import type { TransportSettings } from './settings.ts';

/** One request of a registry's API, which may be sent more than once, and what came of it the last time. */
export class Call {
  readonly method: string;
  readonly url: string;
  readonly options: SendOptions;
  /** The last answer; undefined when there was none. */
  answer: Response | undefined;
  /** Whether the last try failed with what may pass: the same request may get another answer soon. */
  isPassing = false;
  /** When that was. */
  #ended = 0;

  /** A request that was not sent yet. */
  constructor(method: string, url: string, options: SendOptions) {
    this.method = method;
    this.url = url;
    this.options = options;
  }

  /** Sends it once. An abort rejects with the signal's own reason. */
  async send(fetch: Fetch, retry: TransportSettings['retry']): Promise<Response> {
    this.answer = undefined;
    try {
      this.answer = await fetch(this.url, fetchInit(this.method, this.options));
    } catch (error) {
      this.options.signal?.throwIfAborted();
      this.isPassing = isPassing(error, this.url);
      throw error;
    } finally {
      this.#ended = Date.now();
    }
    this.isPassing = isPassingRefusal(this.answer, retry);
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
}

/** A request for a token that failed on the way was repeated already. */
function isPassing(error: unknown, url: string): boolean {
  if (isCallers(error) || !isOrasError(error, 'NETWORK')) return false;
  return error.url === withoutQuery(url) && !isLasting(error.cause);
}
