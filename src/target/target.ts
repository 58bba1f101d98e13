import type { Content } from '../bytes/streams.ts';
import type { AbortOptions, PageOptions, Paginated, TransferOptions } from '../options.ts';
import type { Descriptor, Digest } from '../types.ts';
import type { UploadOptions } from './upload-options.ts';

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

/** A place content can be written to as well. */
export interface Target extends ReadOnlyTarget {
  /**
   * Stores content under its descriptor. Nothing is stored when size or digest are not as said.
   *
   * @throws MismatchError when the content is not what the descriptor says
   */
  push(descriptor: Descriptor, content: Content, options?: UploadOptions): Promise<void>;
  /**
   * Begins to store content while its digest is still computed. When `descriptor` becomes undefined, because the content
   * is there already, or fails, nothing is stored.
   */
  pushAhead?(content: Blob, descriptor: Promise<Descriptor | undefined>, options?: UploadOptions): Promise<void>;
  /** Stores a stream of unknown size, and gives what `describe` makes of its digest and size in bytes. */
  pushStream?(
    content: ReadableStream<Uint8Array>,
    describe: (digest: Digest, size: number) => Descriptor,
    options?: UploadOptions,
  ): Promise<Descriptor>;
  /**
   * Makes a tag stand for content that is there already.
   *
   * @throws NotFoundError when the content is not there
   */
  tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void>;
  /** Stores a manifest and tags it in one go, where that saves a request. */
  pushReference?(descriptor: Descriptor, content: Content, tag: string, options?: TransferOptions): Promise<void>;
}
