import { onAbort } from '../aborts.ts';
import type { AbortOptions } from '../options.ts';
import type { PoolWorker } from './pool-worker.ts';
import { runJob, type WorkerJob } from './worker-job.ts';

/** Options of a {@link WorkerPool}. */
export interface PoolOptions {
  /** Maximum number of workers. */
  most: number;
  /** Starts the idle timeout of a worker, and returns a function that cancels it. */
  wait(call: () => void): () => void;
}

/** A pool of workers; each does one job at a time, and is ended when it has been idle for a while. */
export class WorkerPool {
  readonly #start: () => PoolWorker;
  readonly #options: PoolOptions;
  readonly #idle: { worker: PoolWorker; isTaken: () => void }[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #areUsable = true;

  /** A pool that starts workers with `start` on demand. */
  constructor(start: () => PoolWorker, options: PoolOptions) {
    this.#start = start;
    this.#options = options;
  }

  /**
   * Runs a job in a worker of the pool, in the order of the calls. Undefined if no worker is available: after the first
   * one failed to start, no other is tried. An abort terminates the worker.
   *
   * @throws the error that the job failed with
   */
  async run<Answer, Result>(
    job: WorkerJob<Answer, Result>,
    options: AbortOptions = {},
  ): Promise<{ value: Result } | undefined> {
    if (!this.#areUsable) return undefined;
    await this.#turn(options);
    try {
      // Checked again: a worker may have failed to start during the wait.
      return this.#areUsable ? await this.#run(job, options) : undefined;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /**
   * Takes a worker out of the pool for several jobs, and runs the first one. It does not count towards the maximum; return
   * it with {@link keep}, or end it. Undefined if no worker is available.
   *
   * @throws the reason of the signal
   */
  async hold<Answer, Result>(job: WorkerJob<Answer, Result>, options?: AbortOptions): Promise<PoolWorker | undefined> {
    const worker = this.#areUsable ? this.#take() : undefined;
    if (!worker) return undefined;
    let isWell = false;
    try {
      const result = await runJob(worker, job, options);
      isWell = 'value' in result;
      if ('hasAnswered' in result) this.#areUsable = result.hasAnswered;
    } finally {
      if (!isWell) worker.end();
    }
    return isWell ? worker : undefined;
  }

  /** Takes back a worker that is idle. */
  keep(worker: PoolWorker): void {
    const forget = (): void => {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      worker.end();
    };
    const idle = { worker, isTaken: this.#options.wait(forget) };
    this.#idle.push(idle);
  }

  async #run<Answer, Result>(
    job: WorkerJob<Answer, Result>,
    options: AbortOptions,
  ): Promise<{ value: Result } | undefined> {
    const worker = this.#take();
    if (!worker) return undefined;
    let isWell = false;
    try {
      const result = await runJob(worker, job, options);
      if ('hasAnswered' in result) {
        this.#areUsable = result.hasAnswered;
        return undefined;
      }
      isWell = true;
      if ('error' in result) throw result.error;
      return result;
    } finally {
      if (isWell) this.keep(worker);
      else worker.end();
    }
  }

  #take(): PoolWorker | undefined {
    const idle = this.#idle.pop();
    idle?.isTaken();
    if (idle) return idle.worker;
    try {
      return this.#start();
    } catch {
      this.#areUsable = false;
      return undefined;
    }
  }

  async #turn({ signal }: AbortOptions): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#options.most) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const start = (): void => {
        release();
        resolve();
      };
      const release = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(signal?.reason);
      });
      this.#waiting.push(start);
    });
  }
}
