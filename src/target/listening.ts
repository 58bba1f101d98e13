import { aborted, LinkedAbort } from '../aborts.ts';
import type { TransferOptions, WarningOptions } from '../options.ts';

type Listener = (event: never) => void;

/** Those that {@link listening} made: a call within another one leaves them to it. */
const heard = new WeakSet<Listener>();
const names = ['onProgress', 'onWarning'] as const;

/**
 * Runs a call whose options may have listeners of the caller. The first failure of one, thrown or by the promise that an
 * asynchronous one returns, aborts the signal that `work` gets, and is what the call rejects with. Nothing in `work` sees
 * it in any other way, so nothing can take it for a failure of its own. A call ends when its listeners have.
 */
export async function listening<O extends TransferOptions & WarningOptions, T>(
  options: O,
  work: (options: O) => Promise<T>,
): Promise<T> {
  const given = names.flatMap((name) => {
    const listener = options[name] as Listener | undefined;
    return listener && !heard.has(listener) ? [[name, listener] as const] : [];
  });
  if (given.length === 0) return work(options);
  const stop = new LinkedAbort(options.signal);
  const { signal } = stop;
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    // Of what was aborted before, that reason is told.
    if (signal.aborted) return;
    failure = { error };
    stop.abort(error);
  };
  const guarded = (listener: Listener): Listener => {
    const tell: Listener = (event) => {
      if (signal.aborted) return;
      try {
        const told: unknown = listener(event);
        if (!isThenable(told)) return;
        const end = Promise.resolve(told).then(() => {}, fail);
        running.add(end);
        end.finally(() => running.delete(end));
      } catch (error) {
        fail(error);
      }
    };
    heard.add(tell);
    return tell;
  };
  const listeners = Object.fromEntries(given.map(([name, listener]) => [name, guarded(listener)]));
  try {
    const result = await work({ ...options, ...listeners, signal });
    if (running.size > 0) await aborted(Promise.all(running), signal);
    if (!failure) return result;
  } catch (error) {
    if (!failure) throw error;
  } finally {
    stop.release();
  }
  throw failure.error;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
