import { LinkedAbort, onAbort } from './aborts.ts';

/** Items that may go on at a time after they have made room: each may hold a file and what is still to be written to it. */
const mostEnding = 16;

/**
 * Runs `work` on every item, at most `limit` at a time, and gives the results in the order of the items. Who has only to
 * wait any more may make room for the next before its end. The first failure aborts the signal handed to the others,
 * waits for them to end, and is thrown.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal, index: number, makeRoom: () => void) => Promise<R>,
): Promise<R[]> {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`concurrency must be a whole number from 1, not ${limit}`);
  }
  signal?.throwIfAborted();
  const stop = new LinkedAbort(signal);
  const results = new Array<R>(items.length);
  const ends: Promise<void>[] = [];
  let failure: { error: unknown } | undefined;
  let next = 0;
  let ending = 0;
  const run = async (index: number, makeRoom: () => boolean): Promise<void> => {
    let hasMadeRoom = false;
    // Each has its own: who adds listeners to it does not add them to one of many.
    const own = new LinkedAbort(stop.signal);
    try {
      results[index] = await work(items[index] as T, own.signal, index, () => {
        hasMadeRoom ||= makeRoom();
      });
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
    }
    own.release();
    if (hasMadeRoom) ending--;
  };
  const worker = async (): Promise<void> => {
    while (next < items.length && !stop.signal.aborted) {
      const index = next++;
      await new Promise<void>((resolve) => {
        const makeRoom = (): boolean => {
          if (ending === mostEnding) return false;
          ending++;
          resolve();
          return true;
        };
        ends.push(run(index, makeRoom).then(resolve));
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  await Promise.all(ends);
  stop.release();
  signal?.throwIfAborted();
  if (failure) throw failure.error;
  return results;
}

/** The items, but rejecting with the signal's reason as soon as it is aborted, also while the next one is waited for. */
export async function* abortableItems<T>(
  items: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let release = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal?.reason));
  });
  // Nobody may be waiting for it when it is aborted.
  aborted.catch(() => {});
  let isDone = false;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await Promise.race([iterator.next(), aborted]);
      isDone = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    release();
    // It may never answer, so it is not waited for.
    if (!isDone) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/** Runs what it is given one after the other, in the order of the calls; a failure does not stop those behind it. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything before it has ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** Runs what has the same key one after the other, and all else side by side. Keeps nothing of keys that are idle. */
export class KeyedSerial {
  readonly #running = new Map<string, { serial: Serial; users: number }>();

  /** Runs `work` when everything with the same key before it has ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const entry = this.#running.get(key) ?? { serial: new Serial(), users: 0 };
    this.#running.set(key, entry);
    entry.users++;
    try {
      return await entry.serial.run(work);
    } finally {
      entry.users--;
      if (entry.users === 0) this.#running.delete(key);
    }
  }
}
