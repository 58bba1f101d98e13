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
import { blobPath } from '../../target/layout/blob-path.ts';
import { OciLayout } from '../../target/layout/layout.ts';
import { LayoutIndex } from '../../target/layout/layout-index.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { received } from '../http/received.ts';
import { StoredReferrers } from './stored-referrers.ts';

/** No part of a repository name can start with `_`, so this folder cannot collide with another repository. */
const layoutFolder = '_layout';
/** Written last when a layout is created: when it exists, the layout is complete, even after a crash. */
const lastOfLayout = 'index.json';

/** The storage and its locks, shared by all repositories of a registry. */
export interface RepositoryPlace {
  /** Storage of the registry. */
  storage: StorageAdapter;
  /** Serializes the changes of each repository's index. */
  changes: KeyedSerial;
  /** Names of the repositories whose existing layouts were scanned for referrers. */
  complete: Set<string>;
  /** Referrers found in layouts whose storage is full or read-only. */
  unwritten: StorageAdapter;
}

/** A repository: an image layout for its content, and beside it the descriptors of referrers by subject. */
export class StoredRepository {
  /** Its name. */
  readonly name: string;
  readonly #place: RepositoryPlace;
  readonly #storage: StorageAdapter;
  readonly #layout: OciLayout;
  readonly #referrers: StoredReferrers;

  /** The repository with a valid name. */
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

  /** The content of a blob; undefined when it does not exist. */
  blob(digest: Digest, options?: AbortOptions): Promise<Blob | undefined> {
    return this.#storage.get(blobPath(digest), options);
  }

  /**
   * Stores a blob after its digest was verified. An existing blob is not overwritten, because it may be in use.
   *
   * @throws MismatchError when its digest is wrong
   * @throws TooLargeError above `limit` bytes
   */
  async putBlob(digest: Digest, content: Content, { limit, signal }: AbortOptions & { limit: number }): Promise<void> {
    const checked = received(streamOf(content), { digest, limit });
    // A browser's file system shows an empty file while a file is being written.
    if ((await this.blob(digest, { signal }))?.size) await readChunks(checked, () => {}, signal);
    else await this.#storage.put(blobPath(digest), checked, { signal });
    // The first blob also creates the image layout.
    if (!(await this.exists())) await this.#change(() => new LayoutIndex(this.#storage).change((all) => all));
  }

  /** Deletes a blob. */
  deleteBlob(digest: Digest, options?: AbortOptions): Promise<void> {
    return this.#storage.delete(blobPath(digest), options);
  }

  /** The bytes of a manifest; undefined when it does not exist. */
  manifest({ digest, size }: Descriptor, options?: AbortOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return readFile(this.#storage, blobPath(digest), size, options);
  }

  /** Resolves a tag or digest to the descriptor of a manifest; undefined when there is none. */
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
   * Stores a manifest under its digest and tags. It is listed as a referrer of its `subject` first: clients do not push
   * an existing manifest again, so after a crash in between it would never be listed.
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

  /** Deletes a manifest with its tags, and from the referrers of its subject. */
  deleteManifest({ digest }: Descriptor, subject: Digest | undefined): Promise<void> {
    return this.#change(async () => {
      await this.#layout.delete({ digest }).catch(passOverMissing);
      if (subject !== undefined) await this.#referrers.delete(subject, digest);
    });
  }

  /** Deletes a tag. */
  deleteTag(tag: string): Promise<void> {
    return this.#change(() => this.#layout.untag(tag).catch(passOverMissing));
  }

  /** All tags, sorted. */
  async tags(options?: AbortOptions): Promise<string[]> {
    const tags: string[] = [];
    for await (const tag of this.#layout.tags(options)) tags.push(tag);
    return tags;
  }

  /** Paths of the referrers' descriptors of a subject, sorted by digest. */
  async referrerPaths(subject: Digest, options?: AbortOptions): Promise<string[]> {
    await this.#completeReferrers();
    return this.#referrers.paths(subject, options);
  }

  /** The descriptor of a referrer; undefined when its manifest does not exist, not yet or not any more. */
  async referrer(path: string, options?: AbortOptions): Promise<Descriptor | undefined> {
    const descriptor = await this.#referrers.read(path, options);
    return descriptor && (await this.blob(descriptor.digest, options)) ? descriptor : undefined;
  }

  /** Runs once for a repository. It is not aborted with a request, because the next request would start it again. */
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

/** Ignores that somebody else deleted it first. */
function passOverMissing(error: unknown): void {
  if (!isOrasError(error, 'NOT_FOUND')) throw error;
}

/** The names of all repositories with content, sorted. */
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
      // A directory name must not be a device name of Windows.
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
