import { isVerifiable } from '../../oci/digest.ts';
import { maxManifestSize } from '../../oci/manifest.ts';
import type { Subject } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { LayoutIndex } from '../../target/layout-index.ts';
import { blobPath } from '../../target/read-only-layout.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { readReferrer } from './referrer.ts';

const referrersFolder = '_referrers';
/** Is there once the whole layout was looked through; it cannot be a subject's folder, which has a `-` in its name. */
const completeFile = 'complete';
/** Bytes of a referrer's descriptor, which has the annotations of its manifest: it is no larger than a manifest. */
const largestReferrer = maxManifestSize;
/** Manifests of a layout that are looked through, so that it ends. */
const mostManifests = 100_000;

/**
 * The descriptors of a repository's referrers, each in a file of its own, so that none is lost when many are pushed. What
 * is found in a full or read-only storage cannot be written there, and is kept beside it.
 */
export class StoredReferrers {
  readonly #storage: StorageAdapter;
  readonly #folder: string;
  readonly #layout: StorageAdapter;
  readonly #unwritten: StorageAdapter;

  /**
   * The referrers of the repository in a folder of a storage, the layout it has its manifests in, and where those are
   * kept that cannot be written.
   */
  constructor(storage: StorageAdapter, folder: string, layout: StorageAdapter, unwritten: StorageAdapter) {
    this.#storage = storage;
    this.#unwritten = unwritten;
    this.#folder = `${folder}/${referrersFolder}`;
    this.#layout = layout;
  }

  /** Lists a referrer. */
  put(subject: Subject): Promise<void> {
    return this.#putIn(this.#storage, subject);
  }

  /** Lists a referrer no more. */
  async delete(subject: Digest, referrer: Digest): Promise<void> {
    const path = this.#path(subject, referrer);
    await this.#unwritten.delete(path);
    await this.#storage.delete(path);
  }

  /** Where the descriptors of a subject's referrers are, in the order of their digests. */
  async paths(subject: Digest, options?: AbortOptions): Promise<string[]> {
    const paths = new Set<string>();
    for (const storage of [this.#storage, this.#unwritten]) {
      for await (const { type, path } of storage.list(this.#path(subject, ''), options)) {
        if (type === 'file') paths.add(path);
      }
    }
    return [...paths].sort();
  }

  /** The descriptor at a path; undefined when it is not there, not yet or no more. */
  async read(path: string, options?: AbortOptions): Promise<Descriptor | undefined> {
    const read = (storage: StorageAdapter): Promise<Uint8Array | undefined> =>
      readFile(storage, path, largestReferrer, options);
    const bytes = (await read(this.#storage)) ?? (await read(this.#unwritten));
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Descriptor);
  }

  /** Tells whether the layout was looked through. */
  async isComplete(): Promise<boolean> {
    return (await this.#storage.get(`${this.#folder}/${completeFile}`)) !== undefined;
  }

  /**
   * Looks the layout through for referrers that were stored by other programs: what `index.json` lists, and what the
   * indexes there list. Nothing else may change the repository meanwhile.
   */
  async complete(): Promise<void> {
    const all = new Map<Digest, Descriptor>();
    const add = (descriptors: readonly Descriptor[]): void => {
      for (const one of descriptors) if (all.size < mostManifests && !all.has(one.digest)) all.set(one.digest, one);
    };
    let isWritten = true;
    add(await new LayoutIndex(this.#layout).entries());
    // A Map also gives what is added while it is read.
    for (const descriptor of all.values()) {
      const { subject, manifests } = await this.#read(descriptor);
      if (subject && !(await this.#storage.get(this.#path(subject.digest, subject.referrer.digest)))) {
        await this.put(subject).catch(() => {
          isWritten = false;
          return this.#putIn(this.#unwritten, subject);
        });
      }
      add(manifests);
    }
    // A full or read-only storage can still be read; it is looked through again by the next process.
    if (isWritten) await this.#storage.put(`${this.#folder}/${completeFile}`, new Blob()).catch(() => {});
  }

  /** What a manifest of the layout refers to and lists; nothing when it is none, or none that can be read. */
  async #read({ digest, mediaType }: Descriptor): Promise<ReturnType<typeof readReferrer>> {
    const path = isVerifiable(digest) ? blobPath(digest) : undefined;
    const blob = path && (await this.#layout.get(path));
    const bytes =
      blob && blob.size <= maxManifestSize ? await readFile(this.#layout, path, maxManifestSize) : undefined;
    return readReferrer(bytes ?? new Uint8Array(), digest, mediaType);
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
