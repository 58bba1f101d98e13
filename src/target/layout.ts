import { asContent } from '../bytes/content.ts';
import { readable } from '../bytes/read-error.ts';
import type { Content } from '../bytes/streams.ts';
import { verifier } from '../bytes/verify.ts';
import { InvalidReferenceError, NotFoundError } from '../errors.ts';
import { annotationKeys } from '../oci/annotations.ts';
import { isKeptAsManifest } from '../oci/media-types.ts';
import type { AbortOptions, TransferOptions } from '../options.ts';
import type { StorageAdapter } from '../storage/storage.ts';
import type { Descriptor, Digest } from '../types.ts';
import { LayoutIndex, tagOf, withTag } from './layout-index.ts';
import { listening } from './listening.ts';
import { progressOf } from './progress.ts';
import { blobPath, ReadOnlyOciLayout } from './read-only-layout.ts';
import type { Target } from './target.ts';

/**
 * An OCI image layout (image-spec, image-layout.md) in any storage: a directory, memory, a folder in the browser. It is
 * compatible with other tools. Its files are created with the first push. Only one storage object may write a layout at
 * a time, because every change rewrites `index.json`, the list of its manifests.
 *
 * @example
 * import { MemoryStorage, OciLayout, push } from 'oras-js';
 *
 * const layout = new OciLayout(new MemoryStorage());
 * const { descriptor } = await push(layout, 'v1', [{ name: 'hello.txt', content: 'hi\n' }]);
 */
export class OciLayout extends ReadOnlyOciLayout implements Target {
  readonly #storage: StorageAdapter;
  readonly #index: LayoutIndex;

  /** The layout at the root of a storage. */
  constructor(storage: StorageAdapter) {
    super(storage);
    this.#storage = storage;
    this.#index = new LayoutIndex(storage);
  }

  /**
   * Stores content under its digest; a manifest or an index is also added to the layout's index.
   *
   * @throws MismatchError when size or digest of the content are not those of the descriptor; nothing is stored then
   */
  push(descriptor: Descriptor, content: Content | Uint8Array, options: TransferOptions = {}): Promise<void> {
    return listening(options, (heard) => this.#push(descriptor, asContent(content, descriptor.digest), heard));
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
          entries.some(({ digest }) => digest === descriptor.digest) ? undefined : [...entries, indexEntry(descriptor)],
        { signal: options.signal },
      );
    }
    progress.done();
  }

  /** Sets a tag to content of the layout; an existing tag is moved.
   *
   * @throws NotFoundError when the layout does not have the content
   */
  async tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void> {
    if (tag === '') throw new InvalidReferenceError('A tag cannot be empty');
    if (!(await this.exists(descriptor, options))) {
      throw new NotFoundError(`Cannot tag ${descriptor.digest}: the image layout does not have it`, descriptor.digest);
    }
    await this.#index.change((entries) => retag(entries, indexEntry(descriptor), tag), options);
  }

  /** Removes a tag, but not its content. Does nothing if there is no such tag. */
  async untag(tag: string, options?: AbortOptions): Promise<void> {
    await this.#index.change((entries) => dedupeEntries(withoutTag(entries, tag)), options);
  }

  /**
   * Deletes content and all its tags; manifests that refer to it are kept. Does nothing if the layout does not have it.
   */
  async delete(descriptor: Pick<Descriptor, 'digest'>, options?: AbortOptions): Promise<void> {
    const path = blobPath(descriptor.digest);
    await this.#index.change((entries) => entries.filter(({ digest }) => digest !== descriptor.digest), options);
    await this.#storage.delete(path, options);
  }
}

/** Moves a tag from the entry that had it to another descriptor. */
function retag(entries: Descriptor[], descriptor: Descriptor, tag: string): Descriptor[] {
  return dedupeEntries([...withoutTag(entries, tag), withTag(descriptor, tag)]);
}

function withoutTag(entries: Descriptor[], tag: string): Descriptor[] {
  return entries.map((entry) => (tagOf(entry) === tag ? withTag(entry, undefined) : entry));
}

/** Removes redundant entries: content with tags is listed once per tag, other content once. */
function dedupeEntries(entries: Descriptor[]): Descriptor[] {
  const tagged = new Set(entries.filter((entry) => tagOf(entry) !== undefined).map(({ digest }) => digest));
  const seen = new Set<Digest>();
  return entries.filter((entry) => {
    if (tagOf(entry) !== undefined) return true;
    if (tagged.has(entry.digest) || seen.has(entry.digest)) return false;
    seen.add(entry.digest);
    return true;
  });
}

/** The entry of a manifest in the index: without inlined `data`, and without the manifest's annotations. */
function indexEntry({ mediaType, digest, size, platform, artifactType }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(platform && { platform }), ...(artifactType && { artifactType }) };
}
