import { type HashBlob, type HashOptions, hashBlob } from '../../bytes/hash.ts';
import type { Digest } from '../../types.ts';
import type { WorkerJob } from '../../workers/worker-job.ts';
import type { WorkerPool } from '../../workers/worker-pool.ts';
import type { HashAnswer, HashRequest } from './hash-messages.ts';
import { pageWorkers } from './page-workers.ts';
import { startHashWorker } from './start-workers.ts';

/** Minimum size in bytes for a worker: smaller content is hashed in a few milliseconds, the time to start a worker. */
const smallest = 1024 * 1024;

/** The hash workers of the page, at most one per processor. */
export const hashWorkers: WorkerPool = pageWorkers(startHashWorker, globalThis.navigator?.hardwareConcurrency ?? 1);

/**
 * Computes the sha256 digest of a Blob in a worker: the page stays responsive, and it is about four times as fast as in
 * the page. Hashes in the page if the content is small, or if workers are not available: blocked by the content
 * security policy, in a service worker, or in a bundle without the worker's file.
 *
 * @example
 * import { OciLayout, push } from 'oras-js';
 * import { HandleStorage, hashInWorker } from 'oras-js/browser';
 *
 * const layout = new OciLayout(new HandleStorage(await navigator.storage.getDirectory()));
 * const input = document.querySelector<HTMLInputElement>('input[type=file]');
 * await push(layout, 'v1', input?.files ?? [], { hash: hashInWorker });
 *
 * @throws DOMException `NotReadableError` or `NotFoundError` when a file has changed or is gone; in Firefox `AbortError`
 */
export const hashInWorker: HashBlob = async (content, options = {}) => {
  if (content.size < smallest) return hashBlob(content, options);
  let last = 0;
  const onRead = (bytes: number): void => {
    // After a worker died, the page starts again; progress is reported once it is ahead of the worker's.
    if (bytes <= last) return;
    last = bytes;
    options.onRead?.(bytes);
  };
  const digest = await hashIn(hashWorkers, content, { ...options, onRead });
  return digest ?? hashBlob(content, { ...options, onRead });
};

/**
 * Hashes content in a worker of the pool. Undefined if no worker is available.
 *
 * @throws DOMException when the content cannot be read
 */
export async function hashIn(
  workers: WorkerPool,
  content: Blob,
  { signal, onRead }: HashOptions = {},
): Promise<Digest | undefined> {
  const job: WorkerJob<HashAnswer, Digest> = {
    message: { content } satisfies HashRequest,
    take(answer) {
      if (answer.type === 'done') return { value: answer.digest };
      if (answer.type === 'unable') return 'unable';
      if (answer.type === 'unreadable') return { error: new DOMException(answer.message, answer.name) };
      onRead?.(answer.bytes);
      return undefined;
    },
  };
  return (await workers.run(job, { signal }))?.value;
}
