import type { HTTPError as HttpError, KyInstance, Options } from 'ky';
import { aborted } from '../../aborts.ts';
import { discard } from '../answers/discard.ts';
import { type Backoff, delay } from './backoff.ts';
import { Call } from './call.ts';
import type { Fetch, Send } from './fetch.ts';
import { waitBefore } from './persistence.ts';
import type { TransportSettings } from './settings.ts';

/** Statuses of an overloaded registry: all requests to it wait. */
const overloaded: readonly unknown[] = [429, 503];

type Library = typeof import('ky');
let loading: Promise<Library | undefined> | undefined;

/** Loads ky on first use; undefined when a page cannot load it: then nothing is retried. */
function loadKy(): Promise<Library | undefined> {
  loading ??= import('ky').catch((): undefined => {
    loading = undefined;
  });
  return loading;
}

/**
 * The client of one registry's API. Repeatable requests are retried with backoff after transient network failures and
 * error responses. The wait is shared by all requests that share the Backoff, when the registry is overloaded or sends
 * `Retry-After`. An abort rejects with the signal's own reason, and errors of the caller's functions are not changed.
 *
 * ky takes over after the first failure of a repeatable request. Everything else bypasses it, including the content of
 * blobs: an upload is continued from the registry's offset instead.
 */
export function createApiClient(fetch: Fetch, settings: TransportSettings, backoff: Backoff): Send {
  let client: KyInstance | undefined;
  return async (method, url, options = {}) => {
    const { body, repeatable = !body, retry = settings.retry, signal } = options;
    const call = new Call(method, url, options, retry);
    let first: Promise<Response> | undefined = call.send(fetch, backoff);
    // Most requests succeed at once. The Request, clone and signals that ky makes would take a third more time.
    const answer = await first.catch(() => undefined);
    if (answer && !call.isTransient && !call.isError(answer)) return answer;
    const isRepeated = call.isTransient && repeatable && retry.limit > 0;
    // In a page it is loaded over the network, which may stall.
    const loading = isRepeated ? aborted(loadKy(), signal) : undefined;
    const library = await loading?.catch((reason: unknown) => {
      discard(answer);
      throw reason;
    });
    if (!library) {
      if (answer && call.isError(answer)) throw await call.error(answer);
      return first;
    }
    const { default: ky, HTTPError } = library;
    client ??= ky.create(optionsOf(backoff, HTTPError));
    const send = async (): Promise<Response> => {
      const sending = first ?? call.send(fetch, backoff);
      first = undefined;
      const answer = await sending.catch((reason: unknown) => {
        throw new FetchFailure(call, reason);
      });
      return call.isTransient || call.isError(answer) ? Response.error() : answer;
    };
    try {
      return await client(url, { method, context: { call }, fetch: send, retry: { limit: retry.limit } });
    } catch (error) {
      if (error instanceof FetchFailure) throw error.reason;
      if (error instanceof HTTPError && call.answer) return call.answer;
      throw error;
    }
  };
}

/** Wraps a failure of fetch, because ky replaces anything that looks like a network error with its own error. */
class FetchFailure extends Error {
  readonly call: Call;
  readonly reason: unknown;

  constructor(call: Call, reason: unknown) {
    super('fetch failed');
    this.call = call;
    this.reason = reason;
  }
}

/**
 * Options of the ky instance. It gets only method and URL: ky would clone a body, and workerd accepts no Request with
 * `redirect: 'error'`. An error response is replaced by `Response.error()`, because ky would read up to 10 MiB of it.
 */
function optionsOf(backoff: Backoff, HTTPError: typeof HttpError): Options {
  return {
    // Timeouts are in the fetch below: an upload needs more time.
    timeout: false,
    // The status of `Response.error()`.
    throwHttpErrors: (status) => status === 0,
    retry: {
      methods: ['get', 'head', 'post', 'put', 'patch', 'delete'],
      // The hook waits instead, so that other requests can share the wait and an abort rejects with its own reason.
      delay: () => 0,
      shouldRetry: ({ error }) => callOf(error).isTransient,
    },
    hooks: {
      beforeRetry: [
        async ({ error, retryCount }) => {
          const call = callOf(error);
          discard(call.answer);
          // The part of the wait that has already passed.
          const wait = call.left(waitBefore(call.retry, retryCount));
          if (overloaded.includes(call.answer?.status)) backoff.hold(wait);
          if (wait > 0) await delay(wait, call.options.signal);
        },
      ],
      beforeError: [
        async ({ error }) => {
          if (!(error instanceof HTTPError)) return error;
          const { answer } = callOf(error);
          return answer && callOf(error).isError(answer) ? callOf(error).error(answer) : error;
        },
      ],
    },
  };
}

function callOf(error: Error): Call {
  if (error instanceof FetchFailure) return error.call;
  const { call } = (error as HttpError).options.context;
  return call as Call;
}
