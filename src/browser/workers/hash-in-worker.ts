import { type HashBlob, hashBlob } from '../../bytes/hash.ts';
import { HashWorkers } from './hash-workers.ts';
import { startHashWorker } from './start-hash-worker.ts';

/** Minimum size in bytes for a worker: smaller content is hashed in a few milliseconds, the time to start a worker. */
const smallest = 1024 * 1024;

const workers = new HashWorkers(startHashWorker, globalThis.navigator?.hardwareConcurrency ?? 1);

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
  const digest = await workers.hash(content, { ...options, onRead });
  return digest ?? hashBlob(content, { ...options, onRead });
};
