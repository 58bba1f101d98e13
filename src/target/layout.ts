import { readable } from '../bytes/read-error.ts';
import { abortable, type Content } from '../bytes/streams.ts';
import { verified, verifier } from '../bytes/verify.ts';
import { InvalidReferenceError, NotFoundError } from '../errors.ts';
import { annotationKeys } from '../oci/annotations.ts';
import { isDigest, splitDigest } from '../oci/digest.ts';
import { manifestTypeOf, maxManifestSize } from '../oci/manifest.ts';
import { isKeptAsManifest, mediaTypes, saysWhatItIs } from '../oci/media-types.ts';
import type { AbortOptions, PageOptions, Paginated, TransferOptions } from '../options.ts';
import { paginated } from '../pagination.ts';
import { readFile } from '../storage/read.ts';
import type { StorageAdapter } from '../storage/storage.ts';
import type { Descriptor, Digest } from '../types.ts';
import { LayoutIndex, tagOf, withTag } from './layout-index.ts';
import { listening } from './listening.ts';
import { progressOf } from './progress.ts';
import type { Target } from './target.ts';

/**
 * An OCI image layout (image-spec, image-layout.md) in any storage: a directory, memory, a folder in the browser.
 * Other tools read what it writes, and it reads what they wrote. It is made with the first thing stored in it. Only one
 * storage object may write a layout at a time: its list of manifests is one file, which is read and written whole.
 *
 * @example
 * import { MemoryStorage, OciLayout, push } from 'oras-js';
 *
 * const layout = new OciLayout(new MemoryStorage());
 * const { descriptor } = await push(layout, 'v1', [{ name: 'hello.txt', content: 'hi\n' }]);
 */
export class OciLayout implements Target {
  readonly #storage: StorageAdapter;
  readonly #index: LayoutIndex;

  /** The layout at the root of a storage. */
  constructor(storage: StorageAdapter) {
    this.#storage = storage;
    this.#index = new LayoutIndex(storage);
  }

  /**
   * What a tag or a digest stands for. Where the index does not say of which type it is, a manifest is what it says it is
   * itself, and all else is `application/octet-stream`.
   *
   * @throws NotFoundError when it stands for nothing
   * @throws InvalidReferenceError when it is empty
   */
  async resolve(reference: string, options?: AbortOptions): Promise<Descriptor> {
    if (reference === '') throw new InvalidReferenceError('A tag or a digest is needed to find something in a layout');
    const entries = await this.#index.entries(options);
    const entry =
      entries.find((entry) => tagOf(entry) === reference) ?? entries.find(({ digest }) => digest === reference);
    if (entry && saysWhatItIs(entry.mediaType)) return withoutAnnotations(entry);
    const digest = entry?.digest ?? reference;
    const path = isDigest(digest) ? blobPath(digest) : undefined;
    const blob = path && (await this.#storage.get(path, options));
    if (blob) {
      const isSmall = blob.size <= maxManifestSize;
      const bytes = isSmall ? await readFile(this.#storage, path, maxManifestSize, options) : undefined;
      return { mediaType: mediaTypeOf(bytes ?? new Uint8Array()), digest, size: blob.size };
    }
    if (entry) return withoutAnnotations(entry);
    throw new NotFoundError(`The image layout has nothing called ${reference}`, reference);
  }

  /** The content as a verified stream, which fails with the same errors.
   *
   * @throws NotFoundError when it is not in the layout, or is removed while it is read
   * @throws FileError when it cannot be read, or changes while it is read
   */
  async fetch(descriptor: Descriptor, options?: AbortOptions): Promise<ReadableStream<Uint8Array>> {
    const blob = await this.#storage.get(blobPath(descriptor.digest), options);
    if (!blob) throw new NotFoundError(`The image layout has no ${descriptor.digest}`, descriptor.digest);
    const stream = readable(blob, descriptor.digest, 'Cannot read from the image layout');
    return abortable(verified(stream, descriptor), options?.signal);
  }

  /** Tells whether the content is there in full size. */
  async exists(descriptor: Descriptor, options?: AbortOptions): Promise<boolean> {
    const blob = await this.#storage.get(blobPath(descriptor.digest), options);
    return blob?.size === descriptor.size;
  }

  /**
   * Stores content under its digest; a manifest or an index also becomes an entry of the layout's index.
   *
   * @throws MismatchError when the content is not what the descriptor says; nothing is stored then
   */
  push(descriptor: Descriptor, content: Content, options: TransferOptions = {}): Promise<void> {
    return listening(options, (heard) => this.#push(descriptor, content, heard));
  }

  async #push(descriptor: Descriptor, content: Content, options: TransferOptions): Promise<void> {
    const path = blobPath(descriptor.digest);
    const progress = progressOf(descriptor, options.onProgress);
    progress.start();
    const { annotations, digest } = descriptor;
    const stream = readable(content, annotations?.[annotationKeys.title] ?? digest, `Cannot store ${digest}`);
    await this.#storage.put(path, progress.stream(stream, verifier(descriptor)), { signal: options.signal });
    if (isKeptAsManifest(descriptor.mediaType)) {
      await this.#index.change(
        (entries) =>
          entries.some(({ digest }) => digest === descriptor.digest) ? undefined : [...entries, bare(descriptor)],
        { signal: options.signal },
      );
    }
    progress.done();
  }

  /** Makes a tag stand for content of the layout, and for nothing else.
   *
   * @throws NotFoundError when the content is not in the layout
   */
  async tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void> {
    if (tag === '') throw new InvalidReferenceError('A tag cannot be empty');
    if (!(await this.exists(descriptor, options))) {
      throw new NotFoundError(`Cannot tag ${descriptor.digest}: the image layout does not have it`, descriptor.digest);
    }
    await this.#index.change((entries) => retag(entries, bare(descriptor), tag), options);
  }

  /** Makes a tag stand for nothing; what it stood for stays. Fine if there is no such tag. */
  async untag(tag: string, options?: AbortOptions): Promise<void> {
    await this.#index.change((entries) => settled(withoutTag(entries, tag)), options);
  }

  /** Removes content with all its tags; fine if it is not there. Whatever refers to it stays. */
  async delete(descriptor: Pick<Descriptor, 'digest'>, options?: AbortOptions): Promise<void> {
    const path = blobPath(descriptor.digest);
    await this.#index.change((entries) => entries.filter(({ digest }) => digest !== descriptor.digest), options);
    await this.#storage.delete(path, options);
  }

  /** The tags of the layout, each once, in the order of their characters. */
  tags(options: PageOptions = {}): Paginated<string> {
    const { signal } = options;
    const index = this.#index;
    return paginated(async function* () {
      const tags = (await index.entries({ signal })).map(tagOf).filter((tag) => tag !== undefined);
      yield [...new Set(tags)].sort((a, b) => (a < b ? -1 : 1));
    });
  }
}

/** The tag leaves the entry that had it. */
function retag(entries: Descriptor[], descriptor: Descriptor, tag: string): Descriptor[] {
  return settled([...withoutTag(entries, tag), withTag(descriptor, tag)]);
}

function withoutTag(entries: Descriptor[], tag: string): Descriptor[] {
  return entries.map((entry) => (tagOf(entry) === tag ? withTag(entry, undefined) : entry));
}

/** What has a tag is listed under its tags only, all else once without. */
function settled(entries: Descriptor[]): Descriptor[] {
  const tagged = new Set(entries.filter((entry) => tagOf(entry) !== undefined).map(({ digest }) => digest));
  const seen = new Set<Digest>();
  return entries.filter((entry) => {
    if (tagOf(entry) !== undefined) return true;
    if (tagged.has(entry.digest) || seen.has(entry.digest)) return false;
    seen.add(entry.digest);
    return true;
  });
}

/** Other tools list only the root of an artifact: its manifests are told from blobs by what they say. */
function mediaTypeOf(bytes: Uint8Array): string {
  try {
    const type = manifestTypeOf(bytes);
    if (type !== undefined && isKeptAsManifest(type)) return type;
  } catch {
    // Most blobs are no manifests.
  }
  return mediaTypes.octetStream;
}

function withoutAnnotations({ annotations: _, ...rest }: Descriptor): Descriptor {
  return rest;
}

/** What an index says of a manifest: its inlined content and its own annotations stay in the manifest. */
function bare({ mediaType, digest, size, platform, artifactType }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(platform && { platform }), ...(artifactType && { artifactType }) };
}

/** Where a layout keeps the content of a digest (image-spec, image-layout.md, "Blobs").
 *
 * @throws InvalidReferenceError or UnsupportedError when it is no digest that can be verified
 */
export function blobPath(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}
