import { aborted, LinkedAbort } from '../aborts.ts';
import type { TransferOptions, WarningOptions } from '../options.ts';

type Listener = (event: never) => void;

/** Listeners that {@link listening} already wrapped: a nested call must not wrap them again. */
const heard = new WeakSet<Listener>();
const names = ['onProgress', 'onWarning'] as const;

/**
 * Runs `work` with the listeners of the caller, `onProgress` and `onWarning`, wrapped. If a listener throws, or its
 * promise rejects, the signal of `work` is aborted, and the call rejects with that error. `work` itself never sees the
 * error, so it cannot mistake it for a failed request and retry. The call ends after all its listeners.
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
    // After an abort, the call rejects with the reason of the abort.
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
