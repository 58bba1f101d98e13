import type { Content } from '../bytes/streams.ts';
import type { AbortOptions, PageOptions, Paginated, TransferOptions } from '../options.ts';
import type { Descriptor } from '../types.ts';
import type { BeginOptions, UploadOptions } from './upload-options.ts';

/** A manifest as it was got by its reference: what it is, and its verified bytes. */
export interface ReferencedManifest {
  /** Its media type, digest and size; the digest was computed from the bytes. */
  descriptor: Descriptor;
  /** Its bytes, exactly as they are stored. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Options of {@link ReadOnlyTarget.exists}. */
export interface ExistsOptions extends AbortOptions {
  /** What will follow when the content is not there: a registry is then asked for all rights at once. Default: nothing. */
  intent?: 'push' | undefined;
}

/** A place content can be read from by its descriptor. Implement these three to make a source of your own. */
export interface ReadOnlyTarget {
  /**
   * What a tag or a digest stands for.
   *
   * @throws NotFoundError when it stands for nothing
   */
  resolve(reference: string, options?: AbortOptions): Promise<Descriptor>;
  /**
   * The content as a stream, verified while it is read: it fails before its end when size or digest are wrong.
   *
   * @throws NotFoundError when it is not there
   */
  fetch(descriptor: Descriptor, options?: AbortOptions): Promise<ReadableStream<Uint8Array>>;
  /** Tells whether the content is there. */
  exists(descriptor: Descriptor, options?: ExistsOptions): Promise<boolean>;
  /** Resolves and fetches a manifest in one go, where that saves a request. */
  fetchReference?(reference: string, options?: AbortOptions): Promise<ReferencedManifest>;
  /** The tags of the repository. */
  tags?(options?: PageOptions): Paginated<string>;
}

/** Content on its way to a {@link Target} that is not stored yet, as its descriptor is not known. */
export interface PendingPush {
  /**
   * Resolves once all of the content was read and as much of it was sent as can be before {@link PendingPush.commit}.
   * Rejects when nothing more can come of it: with what the content failed with, or the reason of an abort, or an error
   * that trying again cannot change. What rejects is still to be ended with `abort`.
   */
  readonly sent: Promise<void>;
  /**
   * Stores the content under its descriptor, once all of it was sent. When it fails, nothing is stored and nothing is left
   * of it.
   *
   * @throws MismatchError when the content has another size
   * @throws RegistryError when the registry refuses it, for example as it has another digest
   */
  commit(descriptor: Descriptor): Promise<void>;
  /** Stops sending, and has nothing stored. The content, if it is a stream, is cancelled with the reason. */
  abort(reason?: unknown): Promise<void>;
}

/** A place content can be written to as well. */
export interface Target extends ReadOnlyTarget {
  /**
   * Stores content under its descriptor. Nothing is stored when size or digest are not as said.
   *
   * @throws MismatchError when the content is not what the descriptor says
   * @throws TypeError when the content is no Blob, web stream or bytes; nothing is stored then
   */
  push(descriptor: Descriptor, content: Content | Uint8Array, options?: UploadOptions): Promise<void>;
  /**
   * Begins to store content whose digest is not known yet, such as that of a stream, or of a file that is still being
   * hashed; `commit` or `abort` ends it. One of both must be called. `onProgress` is told nothing before `commit`.
   *
   * @throws OrasError when it cannot even begin; nothing of the content is read then
   */
  begin?(content: Content, options?: BeginOptions): Promise<PendingPush>;
  /**
   * Makes a tag stand for content that is there already.
   *
   * @throws NotFoundError when the content is not there
   */
  tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void>;
  /** Stores a manifest and tags it in one go, where that saves a request. */
  pushReference?(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    tag: string,
    options?: TransferOptions,
  ): Promise<void>;
}
