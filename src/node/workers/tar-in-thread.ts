import { blockSize, type TarBlock } from '../../archive/writing/blocks.ts';
import { receivedError } from '../../errors/posted-error.ts';
import { UnsupportedError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { PoolWorker } from '../../workers/pool-worker.ts';
import { runJob, type WorkerJob } from '../../workers/worker-job.ts';
import { startTarThread } from './start-threads.ts';
import type { AskedEntry, EntryChoice, TarAnswer, TarPlan, TarRequest } from './tar-messages.ts';
import { threads } from './threads.ts';

/** As many as there are directories that are packed at a time. */
const tarThreads = threads(startTarThread, Number.POSITIVE_INFINITY);

/** Options of {@link tarInThread}. */
export interface TarThreadOptions extends AbortOptions {
  /** Blocks that are in use at a time: memory of earlier ones is overwritten. */
  blocksInUse: number;
  /** Decides about the entries of one directory. Default: all are packed with their own modes. */
  choose?: ((entries: AskedEntry[]) => EntryChoice[]) | undefined;
}

/** A block that a thread has made. */
interface Filled {
  size: number;
  isLast: boolean;
}

/**
 * The blocks of a directory's tar, made in a thread. Undefined if threads are not available.
 *
 * @throws NotFoundError, UnsafePathError or FileError from the generator when an entry cannot be packed
 * @throws UnsupportedError from the generator when the thread died
 */
export async function tarInThread(
  plan: Omit<TarPlan, 'asks'>,
  { blocksInUse, choose, signal }: TarThreadOptions,
): Promise<AsyncGenerator<TarBlock, void, void> | undefined> {
  // One more is filled meanwhile.
  const buffers = Array.from({ length: blocksInUse + 2 }, () => new SharedArrayBuffer(blockSize));
  const start: TarRequest = { type: 'start', plan: { ...plan, asks: choose !== undefined }, buffers };
  const thread = await tarThreads.hold(jobOf(start, undefined), { signal });
  return thread && blocksOf(thread, buffers, { choose, signal });
}

async function* blocksOf(
  thread: PoolWorker,
  buffers: readonly SharedArrayBuffer[],
  { choose, signal }: Pick<TarThreadOptions, 'choose' | 'signal'>,
): AsyncGenerator<TarBlock, void, void> {
  const answer = (entries: AskedEntry[]): void =>
    thread.post({ type: 'chosen', choices: choose?.(entries) ?? [] } satisfies TarRequest);
  const fill = async (buffer: number): Promise<Filled> => {
    const result = await runJob(thread, jobOf({ type: 'fill', buffer }, answer), { signal });
    if ('value' in result) return result.value;
    if ('error' in result) throw result.error;
    const message = 'The thread that packs the directory has died';
    throw new UnsupportedError(message, 'packing in a thread', { cause: result.cause });
  };
  let isDone = false;
  try {
    let next = fill(0);
    for (let i = 0; !isDone; i++) {
      const { size, isLast } = await next;
      isDone = isLast;
      if (!isLast) next = fill((i + 1) % buffers.length);
      // Handled in its turn.
      next.catch(() => {});
      yield [new Uint8Array(buffers[i % buffers.length] as SharedArrayBuffer, 0, size)];
    }
  } finally {
    if (isDone) tarThreads.keep(thread);
    else thread.end();
  }
}

function jobOf(
  message: TarRequest,
  answer: ((entries: AskedEntry[]) => void) | undefined,
): WorkerJob<TarAnswer, Filled> {
  return {
    message,
    take(answered) {
      if (answered.type === 'filled') return { value: answered };
      if (answered.type === 'started') return { value: { size: 0, isLast: false } };
      if (answered.type === 'failed') return { error: receivedError(answered.error) };
      if (answered.type === 'unable') return 'unable';
      answer?.(answered.entries);
      return undefined;
    },
  };
}
