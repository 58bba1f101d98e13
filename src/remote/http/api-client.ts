import type { HTTPError as HttpError, KyInstance, Options } from 'ky';
import { aborted } from '../../aborts.ts';
import { discard } from '../answers/discard.ts';
import { type Backoff, delay } from './backoff.ts';
import { Call } from './call.ts';
import type { Fetch, Send } from './fetch.ts';
import { waitBefore } from './persistence.ts';
import type { TransportSettings } from './settings.ts';

/** Answers of a registry that has too much to do: they are waited for by everybody who asks it something. */
const overloaded: readonly unknown[] = [429, 503];

type Library = typeof import('ky');
let loading: Promise<Library | undefined> | undefined;

/** ky, loaded when it is first needed; undefined when a page cannot load it: then the first failure is the last. */
function loadKy(): Promise<Library | undefined> {
  loading ??= import('ky').catch((): undefined => {
    loading = undefined;
  });
  return loading;
}

/**
 * The client of one registry's API. What may be repeated is, after network failures and passing refusals, with waits that
 * grow; those of a registry that is overloaded, or that asks for them, are shared by all who share the back-off. An abort
 * rejects with the signal's own reason, and what the caller's functions fail with comes out as it is.
 *
 * ky takes over from the first failure of what may be repeated. All else goes past it, content of blobs too: an upload goes
 * on where the registry is.
 */
export function createApiClient(fetch: Fetch, settings: TransportSettings, backoff: Backoff): Send {
  let client: KyInstance | undefined;
  return async (method, url, options = {}) => {
    const { body, repeatable = !body, retry = settings.retry, signal } = options;
    const call = new Call(method, url, options, retry);
    let first: Promise<Response> | undefined = call.send(fetch, backoff);
    // Most succeed at once: the Request, its clone and its signals, which ky makes, would take a third of their time more.
    const answer = await first.catch(() => undefined);
    if (answer && !call.isPassing && !call.isError(answer)) return answer;
    const isRepeated = call.isPassing && repeatable && retry.limit > 0;
    // In a page it comes over the network, which may stall.
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
      return call.isPassing || call.isError(answer) ? Response.error() : answer;
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

/** What a fetch failed with, hidden from ky, which makes an error of its own of all that looks like a network error. */
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
 * What an instance of ky is made with. It gets the method and the URL of a request, and what is sent goes past it: it would clone a body,
 * and workerd takes no Request with `redirect: 'error'`. What is an error has a stand-in, as ky would read up to 10 MiB.
 */
function optionsOf(backoff: Backoff, HTTPError: typeof HttpError): Options {
  return {
    // What an answer may take is limited below: an upload has more time.
    timeout: false,
    // That of the stand-in.
    throwHttpErrors: (status) => status === 0,
    retry: {
      methods: ['get', 'head', 'post', 'put', 'patch', 'delete'],
      // It is waited in the hook, which others wait with, and which an abort ends with its own reason.
      delay: () => 0,
      shouldRetry: ({ error }) => callOf(error).isPassing,
    },
    hooks: {
      beforeRetry: [
        async ({ error, retryCount }) => {
          const call = callOf(error);
          discard(call.answer);
          // ky has waited for a turn of the clock.
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
