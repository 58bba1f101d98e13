import type { Content } from '../bytes/streams.ts';
import type { ReferenceParts } from '../oci/reference.ts';
import type { AbortOptions, PageOptions, Paginated, TransferOptions } from '../options.ts';
import type { Descriptor } from '../types.ts';
import type { BeginOptions, UploadOptions } from './upload-options.ts';

/** A manifest fetched by tag or digest: its descriptor and its verified bytes. */
export interface ReferencedManifest {
  /** Its media type, digest and size; the digest was computed from the bytes. */
  descriptor: Descriptor;
  /** Its bytes, exactly as they are stored. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Options of {@link ReadOnlyTarget.exists}. */
export interface ExistsOptions extends AbortOptions {
  /**
   * Set it when a push follows: the registry's token is then requested with push scope from the start. Default: none.
   */
  intent?: 'push' | undefined;
}

/** How a target finds referrers: with the referrers API, under the referrers tag, or in the index of a layout. */
export type ReferrersSource = 'api' | 'tag' | 'layout';

/** Options of {@link ReadOnlyTarget.referrers}. */
export interface ReferrersOptions extends PageOptions {
  /** Only those of this artifact type. Default: all. */
  artifactType?: string | undefined;
  /** Called once, before the first page. */
  onSource?: ((source: ReferrersSource) => void) | undefined;
}

/** A source of content by descriptor. To make your own, implement the three required methods. */
export interface ReadOnlyTarget {
  /**
   * Where it is, for a repository of a registry: a copy to another repository of the same host mounts its blobs. Default:
   * not in a registry.
   */
  readonly reference?: Readonly<Pick<ReferenceParts, 'host' | 'repository'>>;
  /**
   * The descriptor of a tag or a digest.
   *
   * @throws NotFoundError when it does not exist
   */
  resolve(reference: string, options?: AbortOptions): Promise<Descriptor>;
  /**
   * The content as a stream, verified while it is read: it errors before it closes if the size or the digest is wrong.
   *
   * @throws NotFoundError when the content does not exist
   */
  fetch(descriptor: Descriptor, options?: AbortOptions): Promise<ReadableStream<Uint8Array>>;
  /** Tells whether the target has the content. */
  exists(descriptor: Descriptor, options?: ExistsOptions): Promise<boolean>;
  /** Resolves and fetches a manifest at once. Optional: for targets where that saves a request. */
  fetchReference?(reference: string, options?: AbortOptions): Promise<ReferencedManifest>;
  /** The tags of the repository. */
  tags?(options?: PageOptions): Paginated<string>;
  /**
   * The manifests whose subject is this one, with their artifact types and annotations. Empty when there are none, also
   * when the subject does not exist. Optional: for targets that can list them.
   */
  referrers?(descriptor: Pick<Descriptor, 'digest'>, options?: ReferrersOptions): Paginated<Descriptor>;
}

/**
 * A push to a {@link Target} that began before the descriptor of its content is known; nothing is stored until
 * `commit`.
 */
export interface PendingPush {
  /**
   * Resolves when all of the content was read, and all that can be sent before {@link PendingPush.commit} was sent.
   * Rejects when the push cannot be completed: with the error of the content, the reason of an abort, or an error that
   * a retry cannot fix. Call `abort` also after it rejected.
   */
  readonly sent: Promise<void>;
  /**
   * Stores the content under its descriptor, once all of it was sent. When it fails, nothing is stored, and the upload
   * is ended.
   *
   * @throws MismatchError when the content has another size
   * @throws RegistryError when the registry rejects it, for example because it has another digest
   */
  commit(descriptor: Descriptor): Promise<void>;
  /** Stops sending; nothing is stored. If the content is a stream, it is cancelled with the reason. */
  abort(reason?: unknown): Promise<void>;
}

/** A target that content can also be pushed to. */
export interface Target extends ReadOnlyTarget {
  /**
   * Stores content under its descriptor. Nothing is stored when the call fails.
   *
   * @throws MismatchError when the size or the digest of the content is not that of the descriptor
   * @throws TypeError when the content is not a Blob, a web stream, bytes or text
   */
  push(descriptor: Descriptor, content: Content | Uint8Array, options?: UploadOptions): Promise<void>;
  /**
   * Begins to push content before its digest is known, such as a stream, or a file that is still being hashed. You must
   * end it with `commit` or `abort`. `onProgress` is not called before `commit`.
   *
   * @throws OrasError when the push cannot begin; nothing of the content was read then
   */
  begin?(content: Content, options?: BeginOptions): Promise<PendingPush>;
  /**
   * Sets a tag to content that the target has; an existing tag is moved.
   *
   * @throws NotFoundError when the target does not have the content
   */
  tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void>;
  /** Stores and tags a manifest at once. Optional: for targets where that saves a request. */
  pushReference?(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    tag: string,
    options?: TransferOptions,
  ): Promise<void>;
  /** Stores a manifest with several tags. Optional: for targets where that saves requests. */
  pushTagged?(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    tags: readonly string[],
    options?: TransferOptions,
  ): Promise<void>;
  /**
   * Removes a tag, but neither its content nor other tags. Optional: for targets that can.
   *
   * @throws NotFoundError when there is no such tag
   * @throws UnsupportedError when the registry cannot remove a tag alone
   */
  untag?(tag: string, options?: AbortOptions): Promise<void>;
  /**
   * Deletes content; a manifest with all its tags. Optional: for targets that can.
   *
   * @throws NotFoundError when it does not exist
   * @throws UnsupportedError when the registry deletes nothing
   */
  delete?(descriptor: Descriptor, options?: AbortOptions): Promise<void>;
}
