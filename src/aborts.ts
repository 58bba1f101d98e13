/** What waits for a signal. Node takes more than ten listeners of one signal for a leak and prints a warning. */
const waiting = new WeakMap<AbortSignal, { calls: Set<() => void>; ring: () => void }>();

/**
 * Calls back when a signal is aborted, at once if it is already. Gives what ends the waiting. However many wait for it, a
 * signal has one listener, which goes with the last of them.
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
        // The others are told all the same; it is reported as what a listener of a signal throws.
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
 * A controller that is aborted with another signal, too, until it is released. `AbortSignal.any` cannot be released: in
 * Node 20 what it makes is kept for as long as the signals that it was made of.
 */
export class LinkedAbort extends AbortController {
  /** Ends the link: what happens to the other signal no longer matters. */
  readonly release: () => void;

  /** A controller for one piece of what `signal` ends. */
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
    // The promise is raced in any case: nobody else may be there for its failure.
    release = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([stopped, promise]);
  } finally {
    release();
  }
}
