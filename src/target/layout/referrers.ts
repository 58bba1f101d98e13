import { Serial } from '../../concurrency.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageReader } from '../../storage/storage.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { type ManifestLinks, readLinks, walkManifests } from './manifests.ts';

/**
 * Finds the referrers in a layout by the subjects of its manifests; thus it needs no list of them, such as a referrers
 * tag, and a wrong one does no harm. Manifests are read once: content never changes under its digest.
 */
export class LayoutReferrers {
  readonly #storage: StorageReader;
  readonly #scans = new Serial();
  #links: ReadonlyMap<Digest, ManifestLinks> = new Map();
  /** The result of a scan that found all manifests. */
  #complete: { entries: readonly Descriptor[]; referrers: ReadonlyMap<Digest, Descriptor[]> } | undefined;

  /** The referrers in the layout of a storage. */
  constructor(storage: StorageReader) {
    this.#storage = storage;
  }

  /** The referrers of a subject among the manifests below the entries of the index, whether they still exist or not. */
  async of(subject: Digest, entries: readonly Descriptor[], options: AbortOptions): Promise<readonly Descriptor[]> {
    const referrers = await this.#scans.run(() => this.#scan(entries, options));
    return referrers.get(subject) ?? [];
  }

  async #scan(entries: readonly Descriptor[], { signal }: AbortOptions): Promise<ReadonlyMap<Digest, Descriptor[]>> {
    if (this.#complete?.entries === entries) return this.#complete.referrers;
    const known = new Map<Digest, ManifestLinks>();
    let isComplete = true;
    const read = async (descriptor: Descriptor): Promise<ManifestLinks | undefined> => {
      signal?.throwIfAborted();
      const { digest } = descriptor;
      const links = this.#links.get(digest) ?? (await readLinks(this.#storage, descriptor, { signal }));
      if (links) known.set(digest, links);
      else isComplete = false;
      return links;
    };
    const referrers = new Map<Digest, Descriptor[]>();
    for await (const { subject } of walkManifests(entries, read)) {
      if (!subject) continue;
      const list = referrers.get(subject.digest);
      if (list) list.push(subject.referrer);
      else referrers.set(subject.digest, [subject.referrer]);
    }
    this.#links = known;
    this.#complete = isComplete ? { entries, referrers } : undefined;
    return referrers;
  }
}
