import { blockSize } from '../../archive/writing/blocks.ts';
import { digestHere, type RunningDigest } from '../../archive/writing/running-digest.ts';
import { UnsupportedError } from '../../errors.ts';
import type { Digest } from '../../types.ts';
import type { PoolWorker } from '../../workers/pool-worker.ts';
import { runJob, type WorkerJob } from '../../workers/worker-job.ts';
import type { WorkerPool } from '../../workers/worker-pool.ts';
import { hashWorkers } from './hash-in-worker.ts';
import type { DigestAnswer, DigestRequest } from './hash-messages.ts';

/** A running sha256 in a worker; in the page for less than 1 MiB, or if workers are not available. */
export function startDigestInWorker(): RunningDigest {
  return startDigestIn(hashWorkers);
}

/**
 * A running sha256 in a worker of the pool.
 *
 * @throws UnsupportedError from its methods when the worker died: its state is lost
 */
export function startDigestIn(workers: WorkerPool): RunningDigest {
  return new WorkerDigest(workers);
}

class WorkerDigest implements RunningDigest {
  readonly #workers: WorkerPool;
  readonly #stop = new AbortController();
  /** The bytes before there were enough for a worker; undefined once it is decided where to hash. */
  #early: Uint8Array<ArrayBuffer>[] | undefined = [];
  #worker: PoolWorker | undefined;
  #here: RunningDigest | undefined;
  /** Resolves with the memory of the last bytes when the worker has hashed them. */
  #memory: Promise<Uint8Array<ArrayBuffer> | undefined> = Promise.resolve(undefined);

  constructor(workers: WorkerPool) {
    this.#workers = workers;
  }

  async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#early) return this.#send(bytes);
    this.#early.push(bytes.slice());
    const size = this.#early.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (size < blockSize) return;
    this.#worker = await this.#workers.hold(jobOf({ type: 'start' }), this.#stop);
    if (!this.#worker) this.#here = digestHere();
    await this.#sendEarly();
  }

  async digest(): Promise<Digest> {
    if (this.#early) {
      this.#here = digestHere();
      await this.#sendEarly();
    }
    if (this.#here) return this.#here.digest();
    await this.#memory;
    const answer = await this.#ask({ type: 'end' });
    if (answer.type !== 'ended') throw lost();
    if (this.#worker) this.#workers.keep(this.#worker);
    this.#worker = undefined;
    return answer.digest;
  }

  abandon(): void {
    this.#stop.abort();
    this.#worker?.end();
    this.#worker = undefined;
  }

  async #sendEarly(): Promise<void> {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of early) await this.#send(bytes);
  }

  /** Sends bytes to the worker once it has hashed the last ones. Does not wait for these. */
  async #send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#here) return this.#here.update(bytes);
    const last = await this.#memory;
    const { byteLength } = bytes;
    const memory = last && last.byteLength >= byteLength ? last : new Uint8Array(Math.max(blockSize, byteLength));
    // A copy, in memory that is moved there and back: the bytes themselves belong to the caller.
    const copy = memory.subarray(0, byteLength);
    copy.set(bytes);
    this.#memory = this.#ask({ type: 'update', bytes: copy }, [copy.buffer]).then((answer) =>
      answer.type === 'updated' ? new Uint8Array(answer.bytes.buffer) : undefined,
    );
    // Handled by the next call.
    this.#memory.catch(() => {});
  }

  async #ask(request: DigestRequest, transfer?: ArrayBuffer[]): Promise<DigestAnswer> {
    const worker = this.#worker;
    const result = worker && (await runJob(worker, { ...jobOf(request), transfer }, this.#stop));
    if (result && 'value' in result) return result.value;
    this.abandon();
    throw lost();
  }
}

function jobOf(message: DigestRequest): WorkerJob<DigestAnswer, DigestAnswer> {
  return { message, take: (answer) => (answer.type === 'unable' ? 'unable' : { value: answer }) };
}

function lost(): UnsupportedError {
  return new UnsupportedError('The worker that computes the digest has died; try again', 'hashing in a worker');
}
