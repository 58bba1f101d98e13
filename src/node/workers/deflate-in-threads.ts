import { availableParallelism } from 'node:os';
import { blockSize, bytesOfBlock } from '../../archive/writing/blocks.ts';
import { type DeflateBlock, deflateHere } from '../../archive/writing/deflate.ts';
import type { WorkerJob } from '../../workers/worker-job.ts';
import type { DeflateThreadAnswer, DeflateThreadRequest } from './deflate-messages.ts';
import { startDeflateThread } from './start-threads.ts';
import { threads } from './threads.ts';

/** Maximum number of threads: more of them gain little, and each needs memory of its own. */
const most = Math.min(availableParallelism(), 4);

/** Enough for a block that cannot be compressed. */
const outputSize = blockSize + 1024;

/** Blocks at a time: more than threads, so that none is idle while a compressed block waits for an earlier one. */
export const deflatesAhead: number = most + 2;

const deflaters = threads(startDeflateThread, most);

/** Reads the blocks of an archive here and compresses them in threads; here if threads are not available. */
export function deflateInThreads(): DeflateBlock {
  // Used again for one block after the other.
  const outputs: Uint8Array<ArrayBuffer>[] = [];
  return async (block, { memory = shared(blockSize), signal }) => {
    const raw = await bytesOfBlock(block, { memory, signal });
    const output = outputs.pop() ?? shared(outputSize);
    const done = await deflaters.run(jobOf({ raw, output }), { signal });
    if (!done) return deflateHere(block, { signal });
    const { size, crc } = done.value;
    const bytes = output.slice(0, size);
    outputs.push(output);
    return { bytes, crc, size: raw.byteLength, raw };
  };
}

/** Memory that threads see, too: nothing is copied, or left to garbage collection. Its users need not know. */
function shared(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(size)) as Uint8Array<SharedArrayBuffer & ArrayBuffer>;
}

function jobOf(message: DeflateThreadRequest): WorkerJob<DeflateThreadAnswer, DeflateThreadAnswer> {
  return { message, take: (value) => ({ value }) };
}
