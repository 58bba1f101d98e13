import type { HashOptions } from '../bytes/hash.ts';
import { Registry as PortableRegistry } from '../registry.ts';
import type { RegistryOptions } from '../registry-options.ts';
import type { Digest } from '../types.ts';
import { hashInWorker } from './workers/hash-in-worker.ts';
import { xhrFetch } from './xhr-fetch.ts';

/**
 * The client of OCI registries for pages: it hashes files in workers, so that the page stays free for the person, and
 * tells smoothly how far an upload is.
 *
 * @example
 * import { Registry } from 'oras-js/browser';
 *
 * const input = document.querySelector<HTMLInputElement>('input[type=file]');
 * await new Registry().push('localhost:5000/drops/upload:latest', input?.files ?? []);
 */
export class Registry extends PortableRegistry {
  /** Makes a client; nothing is sent until it is used. Without `fetch` it sends with {@link xhrFetch}. */
  constructor(options: RegistryOptions = {}) {
    super({ ...options, fetch: options.fetch ?? xhrFetch });
  }

  /** Hook: computes the sha256 digest of a file, in a worker if it is large. */
  protected override hash(content: Blob, options?: HashOptions): Promise<Digest> {
    return hashInWorker(content, options);
  }
}
