import type { NamedDirectory } from '../../actions/push/file-input.ts';
import { type PackOptions, packedHere } from '../../actions/push/pack-directory.ts';
import type { PackedArchive } from '../../archive/writing/packed-archive.ts';
import type { AbortOptions } from '../../options.ts';
import { deflateInWorkers, deflatesAhead } from './deflate-in-workers.ts';
import { startDigestInWorker } from './digest-in-worker.ts';

/**
 * Packs a directory in workers: the same bytes as everywhere, and the page stays responsive. They read the files, compress
 * them on all processors, at most 4, and compute the digests. Packs in the page, a few milliseconds at a time, if workers
 * are not available: blocked by the content security policy, in a service worker, or in a bundle without their files.
 *
 * @example
 * import { OciLayout, push } from 'oras-js';
 * import { HandleStorage, packInWorkers } from 'oras-js/browser';
 *
 * const root = await navigator.storage.getDirectory();
 * const layout = new OciLayout(new HandleStorage(await root.getDirectoryHandle('layout', { create: true })));
 * const directory = new HandleStorage(await root.getDirectoryHandle('site'));
 * await push(layout, 'v1', { name: 'site', directory }, { archiveDirectory: packInWorkers });
 */
export function packInWorkers(directory: NamedDirectory, options: PackOptions & AbortOptions = {}): PackedArchive {
  const { compression, filter, modes, signal } = options;
  return packedHere(directory, {
    compression,
    filter,
    modes,
    signal,
    deflate: deflateInWorkers,
    startDigest: startDigestInWorker,
    concurrency: deflatesAhead,
  });
}
