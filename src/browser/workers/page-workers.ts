import { WorkerPool } from '../../workers/worker-pool.ts';
import { pageWorker } from './page-worker.ts';

/** Idle timeout of a worker in milliseconds: long enough for the next file of a push. */
const idleTime = 10_000;

/** A pool of the page's workers that starts them with `start` on demand, at most `most` of them. */
export function pageWorkers(start: () => Worker, most: number): WorkerPool {
  const wait = (call: () => void): (() => void) => {
    const timer = setTimeout(call, idleTime);
    return () => clearTimeout(timer);
  };
  return new WorkerPool(() => pageWorker(start()), { most, wait });
}
