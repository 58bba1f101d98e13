import { onAbort } from '../aborts.ts';
import type { AbortOptions } from '../options.ts';
import type { PoolWorker } from './pool-worker.ts';

/** A request to a worker, and the meaning of its answers. */
export interface WorkerJob<Answer, Result> {
  /** The message to the worker. */
  message: unknown;
  /** Buffers that are moved to the worker with the message. Default: none. */
  transfer?: readonly ArrayBuffer[] | undefined;
  /** The result that an answer stands for; undefined if more answers follow. */
  take(answer: Answer): WorkerEnd<Result> | undefined;
}

/** The result of a job, as the worker reports it. */
export type WorkerEnd<Result> =
  /** The job is done. */
  | { value: Result }
  /** The job failed because of its input; the worker can be used again. */
  | { error: unknown }
  /** The worker failed for an unknown reason. */
  | 'unable';

/** The result of a job. */
export type WorkerResult<Result> =
  | Exclude<WorkerEnd<Result>, 'unable'>
  /** The worker died, or failed to start. */
  | { hasAnswered: boolean; cause: unknown };

/**
 * Runs a job in a worker. It always settles, also if the worker fails to start, or dies.
 *
 * @throws the reason of the signal; the worker is then busy, and must not be used again
 */
export function runJob<Answer, Result>(
  worker: PoolWorker,
  { message, transfer, take }: WorkerJob<Answer, Result>,
  { signal }: AbortOptions = {},
): Promise<WorkerResult<Result>> {
  return new Promise<WorkerResult<Result>>((resolve, reject) => {
    signal?.throwIfAborted();
    let hasAnswered = false;
    const end = (settle: () => void): void => {
      release();
      worker.listen(undefined);
      settle();
    };
    const lost = (cause?: unknown): void => end(() => resolve({ hasAnswered, cause }));
    const release = onAbort(signal, () => end(() => reject(signal?.reason)));
    const heard = (answer: unknown): void => {
      hasAnswered = true;
      try {
        const result = take(answer as Answer);
        if (result === 'unable') lost();
        else if (result) end(() => resolve(result));
      } catch (error) {
        // The caller's listener threw.
        end(() => reject(error));
      }
    };
    worker.listen({ heard, lost });
    try {
      worker.post(message, transfer);
    } catch (error) {
      end(() => reject(error));
    }
  });
}
