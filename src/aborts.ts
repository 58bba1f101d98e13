/**
 * The callbacks of each signal. With more than ten listeners on one signal, Node suspects a leak and prints a warning.
 */
const waiting = new WeakMap<AbortSignal, { calls: Set<() => void>; ring: () => void }>();

/**
 * Calls back when a signal is aborted; at once when it is aborted already. Returns a function that removes the
 * callback. A signal has one event listener for all callbacks; it is removed with the last one.
 */
export function onAbort(signal: AbortSignal | null | undefined, call: () => void): () => void {
  if (!signal) return () => {};
  if (signal.aborted) {
    call();
    return () => {};
  }
  const { calls, ring } = waiting.get(signal) ?? listen(signal);
  calls.add(call);
  return () => {
    if (calls.delete(call) && calls.size === 0) leave(signal, ring);
  };
}

function listen(signal: AbortSignal): { calls: Set<() => void>; ring: () => void } {
  const calls = new Set<() => void>();
  const ring = (): void => {
    leave(signal, ring);
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        // The other callbacks still run. The error is reported like one that an event listener throws.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
  const entry = { calls, ring };
  waiting.set(signal, entry);
  signal.addEventListener('abort', ring);
  return entry;
}

function leave(signal: AbortSignal, ring: () => void): void {
  waiting.delete(signal);
  signal.removeEventListener('abort', ring);
}

/**
 * A controller that is also aborted when another signal is, until it is released. `AbortSignal.any` cannot be released:
 * in Node 20 its result stays in memory as long as its source signals.
 */
export class LinkedAbort extends AbortController {
  /** Ends the link: an abort of the other signal no longer has an effect. */
  readonly release: () => void;

  /** A controller for one part of the work that `signal` aborts. */
  constructor(signal: AbortSignal | null | undefined) {
    super();
    this.release = onAbort(signal, () => this.abort(signal?.reason));
  }
}

/** The same promise, but rejecting with the signal's reason as soon as it is aborted. */
export async function aborted<T>(promise: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (!signal) return promise;
  let release = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    // Promise.race also handles a rejection of `promise` that comes after the abort.
    release = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([stopped, promise]);
  } finally {
    release();
  }
}
