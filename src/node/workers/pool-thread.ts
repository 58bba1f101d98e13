import type { Worker } from 'node:worker_threads';
import type { PoolWorker, WorkerListener } from '../../workers/pool-worker.ts';

/** A thread as a worker of a pool. */
export function poolThread(thread: Worker): PoolWorker {
  let listener: WorkerListener | undefined;
  let end: { cause: unknown } | undefined;
  const lost = (cause: unknown): void => {
    end ??= { cause };
    listener?.lost(end.cause);
  };
  thread.unref();
  thread.on('message', (message) => listener?.heard(message));
  thread.on('error', lost).on('messageerror', lost);
  thread.on('exit', (code) => lost(new Error(`The thread exited with the code ${code}`)));
  return {
    post: (message, transfer = []) => thread.postMessage(message, transfer),
    listen(next) {
      listener = next;
      if (!next) return thread.unref();
      thread.ref();
      // It may have died while nobody listened.
      if (end) queueMicrotask(() => listener === next && next.lost(end?.cause));
    },
    end: () => void thread.terminate(),
  };
}
