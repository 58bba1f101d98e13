import { aborted, LinkedAbort } from '../../aborts.ts';
import { abortableItems } from '../../concurrency.ts';
import { checkCount } from '../../errors/check-count.ts';

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
