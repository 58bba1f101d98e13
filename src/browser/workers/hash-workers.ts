import { onAbort } from '../../aborts.ts';
import type { HashOptions } from '../../bytes/hash.ts';
import type { AbortOptions } from '../../options.ts';
import type { Digest } from '../../types.ts';
import { runHashJob } from './hash-job.ts';

/** Idle timeout of a worker in milliseconds: long enough for the next file of a push. */
const idleTime = 10_000;

/** A pool of workers; each hashes one Blob at a time. */
export class HashWorkers {
  readonly #start: () => Worker;
  readonly #most: number;
  readonly #idle: { worker: Worker; timer: ReturnType<typeof setTimeout> }[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #areUsable = true;

  /** A pool that starts workers with `start` on demand, at most `most` of them. */
  constructor(start: () => Worker, most: number) {
    this.#start = start;
    this.#most = most;
  }

  /**
   * Hashes content in a worker of the pool, in the order of the calls. Undefined if no worker is available: after the
   * first one failed to start, no other is tried.
   *
   * @throws DOMException when the content cannot be read
   */
  async hash(content: Blob, options: HashOptions = {}): Promise<Digest | undefined> {
    if (!this.#areUsable) return undefined;
    await this.#turn(options);
    try {
      // Checked again: a worker may have failed to start during the wait.
      return this.#areUsable ? await this.#run(content, options) : undefined;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  async #run(content: Blob, options: HashOptions): Promise<Digest | undefined> {
    const worker = this.#take();
    if (!worker) return undefined;
    let isWell = false;
    try {
      const result = await runHashJob(worker, content, options);
      if ('hasAnswered' in result) {
        this.#areUsable = result.hasAnswered;
        return undefined;
      }
      isWell = true;
      if ('error' in result) throw result.error;
      return result.digest;
    } finally {
      if (isWell) this.#keep(worker);
      else worker.terminate();
    }
  }

  #take(): Worker | undefined {
    const idle = this.#idle.pop();
    clearTimeout(idle?.timer);
    if (idle) return idle.worker;
    try {
      return this.#start();
    } catch {
      this.#areUsable = false;
      return undefined;
    }
  }

  #keep(worker: Worker): void {
    const forget = (): void => {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      worker.terminate();
    };
    const idle = { worker, timer: setTimeout(forget, idleTime) };
    this.#idle.push(idle);
  }

  async #turn({ signal }: AbortOptions): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#most) {
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
