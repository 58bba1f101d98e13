import { asContent } from '../bytes/content.ts';
import type { Content } from '../bytes/streams.ts';
import type { OrasError } from '../errors.ts';
import type { OutputOf, StandardSchema } from '../json/standard-schema.ts';
import { checkTags, type Reference } from '../oci/reference.ts';
import type { AbortOptions, Paginated, TagsOptions, TransferOptions } from '../options.ts';
import { checkRange } from '../target/arguments.ts';
import type { FetchBytesOptions } from '../target/content.ts';
import { fetchJson } from '../target/fetch-json.ts';
import { listening } from '../target/listening.ts';
import type { ExistsOptions, PendingPush, ReferencedManifest, ReferrersOptions, Target } from '../target/target.ts';
import type { BeginOptions, UploadOptions } from '../target/upload-options.ts';
import type { Descriptor } from '../types.ts';
import { type FailedRequest, responseError } from './answers/error-response.ts';
import type { Connection } from './connection/connection.ts';
import { fetchBlob } from './downloads/blob-stream.ts';
import { fetchContent } from './downloads/fetch-content.ts';
import { RemoteBlob } from './downloads/remote-blob.ts';
import { blobExists } from './endpoints/blobs.ts';
import { isManifest, mayBeManifest } from './endpoints/content-kind.ts';
import { deleteContent } from './endpoints/delete-content.ts';
import { JustStored } from './endpoints/just-stored.ts';
import { fetchManifestByReference, manifestExists, resolveManifest } from './endpoints/manifests.ts';
import { tagManifest } from './endpoints/put-tags.ts';
import { listReferrers } from './endpoints/referrers.ts';
import { removeTag } from './endpoints/remove-tag.ts';
import { type ManifestStore, storeManifest } from './endpoints/store-manifest.ts';
import { listTags } from './endpoints/tags.ts';
import { beginUpload } from './uploads/begin-upload.ts';
import { uploadBlob } from './uploads/upload-blob.ts';
import { uploadKnownStream } from './uploads/upload-known-stream.ts';

/** A repository of a registry, as a target: manifests and blobs by descriptor, and tags. */
export class Repository implements Target {
  /** The reference of the repository, with the tag or digest it was created with. */
  readonly reference: Reference;
  readonly #connection: Connection;
  readonly #justStored = new JustStored();
  readonly #store: ManifestStore;

  /** The repository of `reference` over a connection; {@link Registry.repository} creates both. */
  constructor(reference: Reference, connection: Connection) {
    this.reference = reference;
    this.#connection = connection;
    this.#store = { connection, justStored: this.#justStored, target: this };
  }

  /**
   * The connection, for a subclass with an endpoint of its own: it sends authenticated requests, and repeats them.
   *
   * @example
   * import { Repository } from 'oras-js';
   *
   * class Signed extends Repository {
   *   async signatures(digest: string): Promise<unknown> {
   *     const { base } = this.connection;
   *     const what = `Cannot list the signatures of ${digest}`;
   *     const response = await this.connection.send('GET', `${base}/_signatures/${digest}`, { what, missing: digest });
   *     return response.json();
   *   }
   * }
   */
  protected get connection(): Connection {
    return this.#connection;
  }

  /**
   * The typed error for an error response, with the registry's own error codes and messages; it reads the body. Use it
   * for responses of `connection.send` without `what`.
   */
  protected responseError(response: Response, request: FailedRequest): Promise<OrasError> {
    return responseError(response, request);
  }

  /**
   * Resolves a tag or digest to its descriptor, with HEAD where the registry supports it.
   *
   * @throws NotFoundError when there is no such manifest
   */
  resolve(reference: string, options?: AbortOptions): Promise<Descriptor> {
    return resolveManifest(this.#connection, reference, options);
  }

  /**
   * Fetches a manifest by tag or digest with one GET, verified. It may have up to 4 MiB.
   *
   * @throws NotFoundError when there is no such manifest
   */
  fetchReference(reference: string, options?: AbortOptions): Promise<ReferencedManifest> {
    return fetchManifestByReference(this.#connection, reference, options);
  }

  /**
   * Fetches content as a stream: a blob, verified while it is read, and resumed when the connection breaks; or a manifest,
   * verified before the stream starts. Content in the descriptor itself (`data`) needs no request.
   *
   * @throws NotFoundError when the content does not exist
   * @throws MismatchError when size or digest are wrong; for a blob the stream errors with it
   */
  fetch(descriptor: Descriptor, options?: AbortOptions): Promise<ReadableStream<Uint8Array>> {
    return fetchContent(this.#connection, descriptor, options);
  }

  /**
   * The bytes of a blob from `start` up to `end` (exclusive), as a stream that is **not verified**: a digest cannot
   * verify a part. Without support for range requests the blob is read from the beginning, and the connection is closed
   * after `end`. Manifests have no ranges.
   *
   * @throws RangeError when `start` and `end` are not a range within the blob
   * @throws NotFoundError when the blob does not exist
   * @throws MismatchError when the blob has another size at the registry
   */
  async fetchRange(
    descriptor: Descriptor,
    start: number,
    end: number,
    options?: AbortOptions,
  ): Promise<ReadableStream<Uint8Array>> {
    checkRange(start, end, descriptor.size);
    return fetchBlob(this.#connection, descriptor, { ...options, signal: options?.signal, start, end });
  }

  /**
   * A blob for random access, with the methods of a `Blob`. No request is sent before it is read; `signal` aborts all
   * reads of it.
   *
   * @example
   * const { manifest } = await registry.manifest('ghcr.io/org/data:v1');
   * const file = registry.repository('ghcr.io/org/data:v1').openBlob(manifest.layers[0]!);
   * const header = await file.slice(0, 512).text();
   */
  openBlob(descriptor: Descriptor, options?: AbortOptions): RemoteBlob {
    return new RemoteBlob(this, descriptor, options);
  }

  /**
   * The JSON of a blob, verified, and validated with a schema of any Standard Schema library. See {@link fetchJson}.
   *
   * @throws NotFoundError when the blob does not exist
   * @throws TooLargeError above 4 MiB, or above `limit`
   * @throws InvalidContentError when it is not JSON in UTF-8, or does not match the schema
   */
  json<S extends StandardSchema | undefined = undefined>(
    descriptor: Descriptor,
    schema?: S,
    options?: FetchBytesOptions,
  ): Promise<OutputOf<S>> {
    return fetchJson(this, descriptor, schema, options);
  }

  /** Tells whether a blob or a manifest exists. */
  async exists(descriptor: Descriptor, { signal, intent }: ExistsOptions = {}): Promise<boolean> {
    const options = { signal, access: intent === 'push' ? 'push' : 'pull' } as const;
    if (isManifest(descriptor)) return manifestExists(this.#connection, descriptor, options);
    if (await blobExists(this.#connection, descriptor, options)) return true;
    // With the intent to push, content of an unknown type will be pushed as a blob.
    const isManifestToo = intent !== 'push' && mayBeManifest(descriptor);
    return isManifestToo && manifestExists(this.#connection, descriptor, options);
  }

  /**
   * Stores a blob, or a manifest under its digest. A stream above 16 MiB is uploaded while it is read: in Node with one
   * request, which cannot be retried when the connection breaks; with `chunkSize`, and in browsers, in chunks.
   *
   * @throws TooLargeError when it is a manifest above 4 MiB; nothing is sent then
   * @throws MismatchError when the content does not match the descriptor
   * @throws NotARegistryError when the response is a web page
   * @throws ReferrersError when a manifest with a subject was stored, but could not be added to the subject's referrers
   */
  push(descriptor: Descriptor, content: Content | Uint8Array, options: UploadOptions = {}): Promise<void> {
    return listening(options, (heard) => this.#push(descriptor, asContent(content, descriptor.digest), heard));
  }

  async #push(descriptor: Descriptor, content: Content, options: UploadOptions): Promise<void> {
    if (isManifest(descriptor)) return storeManifest(this.#store, descriptor, content, [], options);
    if (content instanceof Blob) await uploadBlob(this.#connection, descriptor, content, options);
    else await uploadKnownStream(this.#connection, descriptor, content, options);
    this.#justStored.add(descriptor);
  }

  /**
   * Starts to upload a blob whose digest is not known yet: a Blob, which can then be hashed meanwhile, or a stream of
   * unknown size, in chunks while it is read. It cannot be resumed: the `resume` option is ignored.
   *
   * @throws RegistryError when the registry refuses the upload session; for a stream `sent` rejects with it
   */
  async begin(content: Content, options: BeginOptions = {}): Promise<PendingPush> {
    // An AbortController is accepted as options, too; its signal is not an own property.
    const own = { ...options, signal: options.signal, resume: undefined };
    const pending = await beginUpload(this.#connection, content, own);
    const { sent } = pending;
    const commit = async (descriptor: Descriptor): Promise<void> => {
      await listening(own, (heard) => pending.commit(descriptor, heard));
      this.#justStored.add(descriptor);
    };
    return { sent, commit, abort: (reason) => pending.abort(reason) };
  }

  /**
   * Stores a manifest and tags it, with one PUT.
   *
   * @throws MismatchError when the content does not match the descriptor
   * @throws ReferrersError as {@link Repository.push}
   */
  async pushReference(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    tag: string,
    options: TransferOptions = {},
  ): Promise<void> {
    await this.pushTagged(descriptor, content, [tag], options);
  }

  /**
   * Stores a manifest with several tags: with one PUT where the registry takes them at once, else with one each.
   *
   * @throws InvalidReferenceError when a tag breaks the grammar, or there is none; nothing is sent then
   * @throws MismatchError when the content does not match the descriptor
   * @throws ReferrersError as {@link Repository.push}
   */
  async pushTagged(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    tags: readonly string[],
    options: TransferOptions = {},
  ): Promise<void> {
    checkTags(tags);
    const stored = asContent(content, descriptor.digest);
    await listening(options, (heard) => storeManifest(this.#store, descriptor, stored, tags, heard));
  }

  /**
   * Sets one tag or several to a manifest of this repository, by storing the manifest again.
   *
   * @throws InvalidReferenceError when a tag breaks the grammar, or there is none; nothing is sent then
   * @throws NotFoundError when the manifest does not exist
   */
  async tag(descriptor: Descriptor, tag: string | readonly string[], options?: AbortOptions): Promise<void> {
    await tagManifest(this.#connection, descriptor, [tag].flat(), options);
  }

  /**
   * The tags of the repository, fetched page by page while they are read; with `order`, all before the first.
   *
   * @throws NotFoundError while reading, when the repository does not exist
   */
  tags(options?: TagsOptions): Paginated<string> {
    return listTags(this.#connection, options);
  }

  /**
   * The manifests whose subject is this one, with their artifact types and annotations, fetched page by page while they
   * are read; each once. They come from the referrers API, or from the index under the referrers tag where the registry
   * has no API (distribution-spec, "Listing Referrers"). Which of them it is, is found out once per repository.
   *
   * @throws InvalidReferenceError or UnsupportedError when the digest cannot be verified
   * @throws NotFoundError while reading, when the repository does not exist
   * @throws TooLargeError while reading, with more than 100,000 referrers
   */
  referrers(descriptor: Pick<Descriptor, 'digest'>, options?: ReferrersOptions): Paginated<Descriptor> {
    return listReferrers(this.#connection, descriptor, options);
  }

  /**
   * Removes a tag, but neither its manifest nor other tags of that. Where the registry cannot delete a tag alone, the tag
   * is moved to a manifest made for that, which is deleted.
   *
   * @throws NotFoundError when there is no such tag
   * @throws UnsupportedError when the registry deletes neither tags nor manifests; the tag is unchanged
   * @throws RegistryError when the registry deleted the manifest, too; it is stored again, but other tags of it are lost
   */
  untag(tag: string, options?: AbortOptions): Promise<void> {
    return removeTag(this.#connection, tag, options);
  }

  /**
   * Deletes a blob, or a manifest with all its tags (distribution-spec, "Content Management"). A manifest with a subject
   * is first removed from the referrers of that. Some registries find deleted content for a moment longer.
   *
   * @throws NotFoundError when it does not exist
   * @throws UnsupportedError when the registry does not delete such content
   * @throws ReferrersError when it cannot be removed from the referrers of its subject; it is not deleted then
   */
  async delete(descriptor: Descriptor, options?: AbortOptions): Promise<void> {
    await deleteContent(this.#connection, descriptor, options);
    this.#justStored.delete(descriptor);
  }
}
