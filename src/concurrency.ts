import { aborted, LinkedAbort, onAbort } from './aborts.ts';
import { checkCount } from './errors/check-count.ts';

/** Default of the option `concurrency`: how many blobs are sent or received at a time. */
export const defaultConcurrency = 3;

/** A counting semaphore: limits how many tasks run at a time. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** A semaphore with this number of permits, all of them free. */
  constructor(permits: number) {
    this.#free = permits;
  }

  /** Takes a permit if one is free; tells whether it did. */
  tryAcquire(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Takes a permit as soon as one is free, in the order of the calls. */
  async acquire(): Promise<void> {
    if (!this.tryAcquire()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Gives a permit back: to the call of `acquire` that has waited longest, if any. */
  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/**
 * Runs `work` on every item, at most `limit` at a time, and returns the results in the order of the items. A task that
 * only waits for something to finish may call `release`, once or more often: it no longer counts, and the next item
 * begins. The first failure aborts the signal of the other tasks; it is thrown when they have ended.
 *
 * @throws RangeError when the limit is not a whole number from 1
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal, index: number, release: () => void) => Promise<R>,
): Promise<R[]> {
  checkCount('concurrency', limit);
  signal?.throwIfAborted();
  const stop = new LinkedAbort(signal);
  const results = new Array<R>(items.length);
  const slots = new Semaphore(limit);
  let failure: { error: unknown } | undefined;
  const run = async (item: T, index: number): Promise<void> => {
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) slots.release();
      isReleased = true;
    };
    // Each task has its own signal, so that listeners do not pile up on a shared one.
    const own = new LinkedAbort(stop.signal);
    try {
      results[index] = await work(item, own.signal, index, release);
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
    }
    own.release();
    release();
  };
  const running: Promise<void>[] = [];
  for (const [index, item] of items.entries()) {
    if (!slots.tryAcquire()) await slots.acquire();
    if (stop.signal.aborted) break;
    running.push(run(item, index));
  }
  await Promise.all(running);
  stop.release();
  signal?.throwIfAborted();
  if (failure) throw failure.error;
  return results;
}

/** The items, but rejecting with the signal's reason as soon as it is aborted, also while the next item is pending. */
export async function* abortableItems<T>(
  items: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let release = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal?.reason));
  });
  // An abort between two items must not be an unhandled rejection.
  stopped.catch(() => {});
  let isDone = false;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await Promise.race([iterator.next(), stopped]);
      isDone = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    release();
    // Not awaited: `return` may never settle.
    if (!isDone) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/**
 * Runs `work` on every item, at most `limit` at a time, and gives the results in the order of the items, as they are asked
 * for: while nobody asks, no new work begins. The first failure, the abort of the signal and the end of the loop over the
 * results abort the signal handed to `work`, and no more items are taken.
 *
 * @throws RangeError when the limit is not a whole number from 1
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R, void, void> {
  checkCount('concurrency', limit);
  const stop = new LinkedAbort(signal);
  const waiting = abortableItems(items, stop.signal);
  const running: Promise<R>[] = [];
  let isDone = false;
  const fill = async (): Promise<void> => {
    while (!isDone && running.length < limit) {
      const next = await waiting.next();
      isDone = next.done === true;
      if (next.done) return;
      const result = aborted(work(next.value, stop.signal), stop.signal);
      // It is looked at in its turn.
      result.catch(() => {});
      running.push(result);
    }
  };
  try {
    await fill();
    while (running.length > 0) {
      const result = await running.shift()!;
      await fill();
      yield result;
    }
  } finally {
    stop.abort();
    stop.release();
    await waiting.return();
  }
}

/** A queue: runs tasks one after the other, in the order of the calls; a failed task does not stop the next ones. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all earlier tasks have ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** One queue per key: tasks with the same key run one after the other, others in parallel. Idle keys use no memory. */
export class KeyedSerial {
  readonly #running = new Map<string, { serial: Serial; users: number }>();

  /** Runs `work` when all earlier tasks with the same key have ended. */
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
