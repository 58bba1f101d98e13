import { maxManifestSize } from '../../oci/manifest.ts';
import type { Subject } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { LayoutIndex } from '../../target/layout/layout-index.ts';
import { readLinks, walkManifests } from '../../target/layout/manifests.ts';
import type { Descriptor, Digest } from '../../types.ts';

const referrersFolder = '_referrers';
/** Marks a layout that was scanned completely. It cannot be a subject's folder, whose name has a `-`. */
const completeFile = 'complete';
/**
 * Maximum size of a referrer's descriptor in bytes. It has the annotations of its manifest, and is no larger than a
 * manifest.
 */
const largestReferrer = maxManifestSize;

/**
 * The descriptors of a repository's referrers, each in its own file, so that parallel pushes cannot lose one. Referrers
 * found in a full or read-only storage are kept in another storage.
 */
export class StoredReferrers {
  readonly #storage: StorageAdapter;
  readonly #folder: string;
  readonly #layout: StorageAdapter;
  readonly #unwritten: StorageAdapter;

  /**
   * The referrers of a repository: its folder in a storage, the layout with its manifests, and the storage for
   * referrers that cannot be written.
   */
  constructor(storage: StorageAdapter, folder: string, layout: StorageAdapter, unwritten: StorageAdapter) {
    this.#storage = storage;
    this.#unwritten = unwritten;
    this.#folder = `${folder}/${referrersFolder}`;
    this.#layout = layout;
  }

  /** Adds a referrer. */
  put(subject: Subject): Promise<void> {
    return this.#putIn(this.#storage, subject);
  }

  /** Removes a referrer. */
  async delete(subject: Digest, referrer: Digest): Promise<void> {
    const path = this.#path(subject, referrer);
    await this.#unwritten.delete(path);
    await this.#storage.delete(path);
  }

  /** Paths of the referrers' descriptors of a subject, sorted by digest. */
  async paths(subject: Digest, options?: AbortOptions): Promise<string[]> {
    const paths = new Set<string>();
    for (const storage of [this.#storage, this.#unwritten]) {
      for await (const { type, path } of storage.list(this.#path(subject, ''), options)) {
        if (type === 'file') paths.add(path);
      }
    }
    return [...paths].sort();
  }

  /** The descriptor at a path; undefined when it does not exist, not yet or not any more. */
  async read(path: string, options?: AbortOptions): Promise<Descriptor | undefined> {
    const read = (storage: StorageAdapter): Promise<Uint8Array | undefined> =>
      readFile(storage, path, largestReferrer, options);
    const bytes = (await read(this.#storage)) ?? (await read(this.#unwritten));
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Descriptor);
  }

  /** Tells whether the layout was scanned. */
  async isComplete(): Promise<boolean> {
    return (await this.#storage.get(`${this.#folder}/${completeFile}`)) !== undefined;
  }

  /**
   * Scans the layout for referrers that other programs stored: the manifests in `index.json`, and in the indexes listed
   * there. Nothing else may change the repository meanwhile.
   */
  async complete(): Promise<void> {
    let isWritten = true;
    const entries = await new LayoutIndex(this.#layout).entries();
    for await (const { subject } of walkManifests(entries, (one) => readLinks(this.#layout, one))) {
      if (subject && !(await this.#storage.get(this.#path(subject.digest, subject.referrer.digest)))) {
        await this.put(subject).catch(() => {
          isWritten = false;
          return this.#putIn(this.#unwritten, subject);
        });
      }
    }
    // A full or read-only storage can still be read; the next process scans it again.
    if (isWritten) await this.#storage.put(`${this.#folder}/${completeFile}`, new Blob()).catch(() => {});
  }

  #putIn(storage: StorageAdapter, { digest, referrer }: Subject): Promise<void> {
    return storage.put(this.#path(digest, referrer.digest), new Blob([JSON.stringify(referrer)]));
  }

  #path(subject: Digest, referrer: Digest): string {
    return `${this.#folder}/${fileOf(subject)}/${fileOf(referrer)}`;
  }
}

function fileOf(digest: Digest): string {
  return digest.replace(':', '-');
}
