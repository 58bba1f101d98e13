import type { NamedDirectory } from '../actions/push/file-input.ts';
import type { PackOptions } from '../actions/push/pack-directory.ts';
import type { PackedArchive } from '../archive/writing/packed-archive.ts';
import type { HashOptions } from '../bytes/hash.ts';
import type { AbortOptions } from '../options.ts';
import { Registry as PortableRegistry } from '../registry.ts';
import type { RegistryOptions } from '../registry-options.ts';
import type { Spooled } from '../storage/spool.ts';
import type { Digest } from '../types.ts';
import { opfsSpool } from './files/opfs-spool.ts';
import { hashInWorker } from './workers/hash-in-worker.ts';
import { packInWorkers } from './workers/pack-in-workers.ts';
import { xhrFetch } from './xhr-fetch.ts';

/**
 * The client for OCI registries in pages: it hashes files in workers, so that the page stays responsive, and reports
 * upload progress in small steps.
 *
 * @example
 * import { Registry } from 'oras-js/browser';
 *
 * const input = document.querySelector<HTMLInputElement>('input[type=file]');
 * await new Registry().push('localhost:5000/drops/upload:latest', input?.files ?? []);
 */
export class Registry extends PortableRegistry {
  /** Makes a client; nothing is sent before its first call. Default of `fetch`: {@link xhrFetch}. */
  constructor(options: RegistryOptions = {}) {
    super({ ...options, fetch: options.fetch ?? xhrFetch });
  }

  /** Hook: computes the sha256 digest of a file; of a large one in a worker. */
  protected override hash(content: Blob, options?: HashOptions): Promise<Digest> {
    return hashInWorker(content, options);
  }

  /** Hook: keeps a stream in a hidden file of the origin private file system, or in memory where it cannot be written.
   *
   * @throws FileError when the file cannot be written
   */
  protected override spool(stream: ReadableStream<Uint8Array>, options?: AbortOptions): Promise<Spooled> {
    return opfsSpool(stream, options);
  }

  /** Hook: packs a directory, in workers. */
  protected override archiveDirectory(directory: NamedDirectory, options: PackOptions & AbortOptions): PackedArchive {
    return packInWorkers(directory, options);
  }
}
