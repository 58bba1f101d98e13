import type { Worker } from 'node:worker_threads';
import { WorkerPool } from '../../workers/worker-pool.ts';
import { poolThread } from './pool-thread.ts';

/** Idle timeout of a thread in milliseconds: long enough for the next directory of a push. */
const idleTime = 1000;

/** A pool of threads that starts them with `start` on demand, at most `most` of them. */
export function threads(start: () => Worker, most: number): WorkerPool {
  const wait = (call: () => void): (() => void) => {
    const timer = setTimeout(call, idleTime).unref();
    return () => clearTimeout(timer);
  };
  return new WorkerPool(() => poolThread(start()), { most, wait });
}
