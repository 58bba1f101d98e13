import { type HashBlob, hashBlob } from '../../bytes/hash.ts';
import { HashWorkers } from './hash-workers.ts';
import { startHashWorker } from './start-hash-worker.ts';

/** Bytes from which on a worker is worth it: less is hashed in a few milliseconds, as fast as a worker starts. */
const smallest = 1024 * 1024;

const workers = new HashWorkers(startHashWorker, globalThis.navigator?.hardwareConcurrency ?? 1);

/**
 * Computes the sha256 digest of a Blob in a worker, so that the page stays free for the person, and about four times as
 * fast as the page itself could. Small content is hashed in the page, as is any where workers cannot be had: under a
 * policy that allows none, in a service worker, or in a bundle that lacks the worker's file.
 *
 * @example
 * import { OciLayout, push } from 'oras-js';
 * import { HandleStorage, hashInWorker } from 'oras-js/browser';
 *
 * const layout = new OciLayout(new HandleStorage(await navigator.storage.getDirectory()));
 * const input = document.querySelector<HTMLInputElement>('input[type=file]');
 * await push(layout, 'v1', input?.files ?? [], { hash: hashInWorker });
 *
 * @throws DOMException `NotReadableError` or `NotFoundError` when a file has changed or is gone
 */
export const hashInWorker: HashBlob = async (content, options = {}) => {
  if (content.size < smallest) return hashBlob(content, options);
  let last = 0;
  const onRead = (bytes: number): void => {
    // After a worker died the page begins again; it reports nothing until it is further than the worker was.
    if (bytes <= last) return;
    last = bytes;
    options.onRead?.(bytes);
  };
  const digest = await workers.hash(content, { ...options, onRead });
  return digest ?? hashBlob(content, { ...options, onRead });
};
