import { isWindowsDevice } from '../../bytes/paths.ts';
import { blobOf, type Content, readChunks, streamOf } from '../../bytes/streams.ts';
import type { KeyedSerial } from '../../concurrency.ts';
import { isOrasError } from '../../errors.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { Subject } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import { readFile } from '../../storage/read.ts';
import { ScopedStorage } from '../../storage/scoped.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { OciLayout } from '../../target/layout.ts';
import { LayoutIndex } from '../../target/layout-index.ts';
import { blobPath } from '../../target/read-only-layout.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { received } from '../http/received.ts';
import { StoredReferrers } from './stored-referrers.ts';

/** No repository's name can have a part that begins with `_`, so these folders can be beside other repositories. */
const layoutFolder = '_layout';
/** What is written last when a layout is made: with it there, the layout is whole, whenever the process was ended. */
const lastOfLayout = 'index.json';

/** Which storage, and what keeps its changes apart; shared by all repositories of a registry. */
export interface RepositoryPlace {
  /** Everything the registry keeps. */
  storage: StorageAdapter;
  /** One change of a repository's index at a time. */
  changes: KeyedSerial;
  /** Names of the repositories whose referrers are known to be complete. */
  complete: Set<string>;
  /** Referrers that were found in layouts but cannot be written to the storage. */
  unwritten: StorageAdapter;
}

/** One repository: an image layout for its content, and beside it the descriptors of referrers by their subject. */
export class StoredRepository {
  /** Its name. */
  readonly name: string;
  readonly #place: RepositoryPlace;
  readonly #storage: StorageAdapter;
  readonly #layout: OciLayout;
  readonly #referrers: StoredReferrers;

  /** The repository of a name that was checked. */
  constructor(place: RepositoryPlace, name: string) {
    this.name = name;
    this.#place = place;
    const folder = folderOf(name);
    this.#storage = new ScopedStorage(place.storage, `${folder}/${layoutFolder}`);
    this.#layout = new OciLayout(this.#storage);
    this.#referrers = new StoredReferrers(place.storage, folder, this.#storage, place.unwritten);
  }

  /** Tells whether anything was ever pushed to it. */
  async exists(options?: AbortOptions): Promise<boolean> {
    return (await this.#storage.get(lastOfLayout, options)) !== undefined;
  }

  /** The content of a blob; undefined when it is not there. */
  blob(digest: Digest, options?: AbortOptions): Promise<Blob | undefined> {
    return this.#storage.get(blobPath(digest), options);
  }

  /** Stores a blob once its digest is proven. One that is there is not written again, as it may be read just now.
   *
   * @throws MismatchError when it has another one
   * @throws TooLargeError above `limit` bytes
   */
  async putBlob(digest: Digest, content: Content, { limit, signal }: AbortOptions & { limit: number }): Promise<void> {
    const checked = received(streamOf(content), { digest, limit });
    // A browser's file system shows an empty file where one is being written.
    if ((await this.blob(digest, { signal }))?.size) await readChunks(checked, () => {}, signal);
    else await this.#storage.put(blobPath(digest), checked, { signal });
    // The image layout is valid from its first blob on.
    if (!(await this.exists())) await this.#change(() => new LayoutIndex(this.#storage).change((all) => all));
  }

  /** Removes a blob. */
  deleteBlob(digest: Digest, options?: AbortOptions): Promise<void> {
    return this.#storage.delete(blobPath(digest), options);
  }

  /** The bytes of a manifest; undefined when it is not there. */
  manifest({ digest, size }: Descriptor, options?: AbortOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return readFile(this.#storage, blobPath(digest), size, options);
  }

  /** What a tag or a digest stands for, if that is a manifest. */
  async resolve(reference: string, options?: AbortOptions): Promise<Descriptor | undefined> {
    try {
      const descriptor = await this.#layout.resolve(reference, options);
      return descriptor.mediaType === mediaTypes.octetStream ? undefined : descriptor;
    } catch (error) {
      if (isOrasError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /**
   * Stores a manifest under its digest and tags; `subject` is what it refers to, if anything. It is a referrer before
   * it is there: clients skip a manifest that is there already, so one that is no referrer would never become one.
   */
  putManifest(
    descriptor: Descriptor,
    bytes: Uint8Array<ArrayBuffer>,
    { tags, subject }: { tags: readonly string[]; subject: Subject | undefined },
  ): Promise<void> {
    return this.#change(async () => {
      if (subject) await this.#referrers.put(subject);
      const isThere = (await this.resolve(descriptor.digest)) && (await this.#layout.exists(descriptor));
      if (!isThere) await this.#layout.push(descriptor, blobOf(bytes));
      for (const tag of tags) await this.#layout.tag(descriptor, tag);
    });
  }

  /** Removes a manifest with its tags, and from the referrers of its subject. */
  deleteManifest({ digest }: Descriptor, subject: Digest | undefined): Promise<void> {
    return this.#change(async () => {
      await this.#layout.delete({ digest });
      if (subject !== undefined) await this.#referrers.delete(subject, digest);
    });
  }

  /** Makes a tag stand for nothing. */
  deleteTag(tag: string): Promise<void> {
    return this.#change(() => this.#layout.untag(tag));
  }

  /** All tags in the order of their characters. */
  async tags(options?: AbortOptions): Promise<string[]> {
    const tags: string[] = [];
    for await (const tag of this.#layout.tags(options)) tags.push(tag);
    return tags;
  }

  /** Where the descriptors of a subject's referrers are, in the order of their digests. */
  async referrerPaths(subject: Digest, options?: AbortOptions): Promise<string[]> {
    await this.#completeReferrers();
    return this.#referrers.paths(subject, options);
  }

  /** The descriptor of one referrer; undefined when it is not there, not yet or no more. */
  async referrer(path: string, options?: AbortOptions): Promise<Descriptor | undefined> {
    const descriptor = await this.#referrers.read(path, options);
    return descriptor && (await this.blob(descriptor.digest, options)) ? descriptor : undefined;
  }

  /** Once for a repository. It is not ended with a request, as the next one would only begin it anew. */
  async #completeReferrers(): Promise<void> {
    const { complete } = this.#place;
    if (complete.has(this.name) || !(await this.exists())) return;
    await this.#change(async () => {
      if (complete.has(this.name)) return;
      if (!(await this.#referrers.isComplete())) await this.#referrers.complete();
      complete.add(this.name);
    });
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    return this.#place.changes.run(this.name, work);
  }
}

/** The names of all repositories that something was pushed to, in the order of their characters. */
export async function repositoryNames(storage: StorageAdapter, options?: AbortOptions): Promise<string[]> {
  const suffix = `/${layoutFolder}/${lastOfLayout}`;
  const names: string[] = [];
  for await (const { type, path } of storage.list('', options)) {
    if (type === 'file' && path.endsWith(suffix)) names.push(nameOf(path.slice(0, -suffix.length)));
  }
  return names.sort();
}

function folderOf(name: string): string {
  return (
    name
      .split('/')
      // What Windows takes for a device must not become a directory's name.
      .map((part) => (isWindowsDevice(part.replace(/\..*/, '')) ? `_${part}` : part))
      .join('/')
  );
}

function nameOf(folder: string): string {
  return folder
    .split('/')
    .map((part) => part.replace(/^_/, ''))
    .join('/');
}
