import { blobOf, type Content, collectBlob, readAll } from '../bytes/streams.ts';
import { verified, verifyBytes } from '../bytes/verify.ts';
import { maxManifestSize } from '../oci/manifest.ts';
import { manifestMediaTypes } from '../oci/media-types.ts';
import { checkTag, type Reference } from '../oci/reference.ts';
import type { AbortOptions, PageOptions, Paginated, TransferOptions } from '../options.ts';
import { fetchBytes } from '../target/content.ts';
import { progressOf } from '../target/progress.ts';
import type { ExistsOptions, ReferencedManifest, Target } from '../target/target.ts';
import type { Descriptor } from '../types.ts';
import { blobExists, fetchBlob } from './blobs.ts';
import type { Connection } from './connection.ts';
import { listTags } from './listings.ts';
import {
  fetchManifestByDescriptor,
  fetchManifestByReference,
  manifestExists,
  putManifest,
  resolveManifest,
} from './manifests.ts';
import { uploadBlob } from './uploads.ts';

/** One repository of a registry, as a target: manifests and blobs by descriptor, and tags. */
export class Repository implements Target {
  /** Where the repository is, with the tag or digest it was asked for with. */
  readonly reference: Reference;
  readonly #connection: Connection;

  /** The repository of `reference` over a connection; {@link Registry.repository} makes both. */
  constructor(reference: Reference, connection: Connection) {
    this.reference = reference;
    this.#connection = connection;
  }

  /**
   * What a tag or a digest stands for, asked with HEAD where the registry answers it.
   *
   * @throws NotFoundError when it stands for nothing
   */
  resolve(reference: string, options?: AbortOptions): Promise<Descriptor> {
    return resolveManifest(this.#connection, reference, options);
  }

  /** A manifest by tag or digest with one GET, verified. It is at most 4 MiB.
   *
   * @throws NotFoundError when there is none
   */
  fetchReference(reference: string, options?: AbortOptions): Promise<ReferencedManifest> {
    return fetchManifestByReference(this.#connection, reference, options);
  }

  /**
   * A blob or a manifest as a stream that is verified while it is read.
   *
   * @throws NotFoundError when it is not there
   * @throws MismatchError from the stream, when size or digest are wrong
   */
  async fetch(descriptor: Descriptor, options?: AbortOptions): Promise<ReadableStream<Uint8Array>> {
    const fetch = isManifest(descriptor) ? fetchManifestByDescriptor : fetchBlob;
    return verified(await fetch(this.#connection, descriptor, options), descriptor);
  }

  /** Tells whether a blob or a manifest is there. */
  exists(descriptor: Descriptor, { signal, intent }: ExistsOptions = {}): Promise<boolean> {
    const exists = isManifest(descriptor) ? manifestExists : blobExists;
    return exists(this.#connection, descriptor, { signal, access: intent === 'push' ? 'push' : 'pull' });
  }

  /**
   * Stores a blob, or a manifest under its digest. A Blob is sent as it is; a stream is collected first.
   *
   * @throws MismatchError when the content is not what the descriptor says
   */
  async push(descriptor: Descriptor, content: Content, options: TransferOptions = {}): Promise<void> {
    if (isManifest(descriptor)) return this.#putManifest(descriptor, content, descriptor.digest, options);
    const blob = content instanceof Blob ? content : await collectBlob(verified(content, descriptor), options.signal);
    await uploadBlob(this.#connection, descriptor, blob, options);
  }

  /** Stores a manifest and tags it with one PUT.
   *
   * @throws MismatchError when the content is not what the descriptor says
   */
  async pushReference(descriptor: Descriptor, content: Content, tag: string, options?: TransferOptions): Promise<void> {
    checkTag(tag);
    await this.#putManifest(descriptor, content, tag, options);
  }

  /** Makes a tag stand for a manifest of this repository, by storing the manifest once more under that tag.
   *
   * @throws NotFoundError when the manifest is not there
   */
  async tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void> {
    checkTag(tag);
    const bytes = await fetchBytes(this, descriptor, options);
    await putManifest(this.#connection, descriptor, blobOf(bytes), tag, options);
  }

  /** The tags of the repository, fetched as they are read.
   *
   * @throws NotFoundError while reading, when the repository is unknown
   */
  tags(options?: PageOptions): Paginated<string> {
    return listTags(this.#connection, options);
  }

  async #putManifest(
    descriptor: Descriptor,
    content: Content,
    reference: string,
    options: TransferOptions = {},
  ): Promise<void> {
    const stream = content instanceof Blob ? content.stream() : content;
    const bytes = await readAll(stream, maxManifestSize, options.signal);
    verifyBytes(bytes, descriptor);
    const progress = progressOf(descriptor, options.onProgress);
    progress.start();
    await putManifest(this.#connection, descriptor, blobOf(bytes), reference, options);
    progress.done();
  }
}

function isManifest({ mediaType }: Descriptor): boolean {
  return manifestMediaTypes.includes(mediaType);
}
