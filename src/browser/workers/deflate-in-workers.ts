import type { BlockOptions, TarBlock } from '../../archive/writing/blocks.ts';
import { type DeflateBlock, deflateHere, type PackedBlock } from '../../archive/writing/deflate.ts';
import { receivedError } from '../../errors/posted-error.ts';
import type { WorkerJob } from '../../workers/worker-job.ts';
import type { WorkerPool } from '../../workers/worker-pool.ts';
import type { DeflateAnswer, DeflateRequest } from './deflate-messages.ts';
import { pageWorkers } from './page-workers.ts';
import { startDeflateWorker } from './start-workers.ts';

/** Maximum number of workers: more of them gain little, and each needs memory of its own. */
const most = Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, 4);

/** Blocks at a time: more than workers, so that none is idle while a compressed block waits for an earlier one. */
export const deflatesAhead: number = most + 2;

/** Reads and compresses a block of an archive in a worker; in the page if workers are not available. */
export const deflateInWorkers: DeflateBlock = deflateIn(pageWorkers(startDeflateWorker, most));

/** Reads and compresses blocks in workers of a pool; here if none is available. */
export function deflateIn(workers: WorkerPool): DeflateBlock {
  return async (block, options) => {
    const done = await workers.run(jobOf(block, options), options);
    return done?.value ?? deflateHere(block, { signal: options.signal });
  };
}

function jobOf(block: TarBlock, { memory }: BlockOptions): WorkerJob<DeflateAnswer, PackedBlock> {
  return {
    message: { block, memory } satisfies DeflateRequest,
    transfer: memory && [memory.buffer],
    take(answer) {
      if (answer.type === 'done') return { value: answer.packed };
      return answer.type === 'failed' ? { error: receivedError(answer.error) } : 'unable';
    },
  };
}
