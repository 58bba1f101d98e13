import { asContent } from '../../bytes/content.ts';
import { readable } from '../../bytes/read-error.ts';
import type { Content } from '../../bytes/streams.ts';
import { verifier } from '../../bytes/verify.ts';
import { InvalidReferenceError, NotFoundError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { isVerifiable } from '../../oci/digest.ts';
import { isKeptAsManifest } from '../../oci/media-types.ts';
import type { AbortOptions, TransferOptions } from '../../options.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { checkOptions } from '../arguments.ts';
import { listening } from '../listening.ts';
import { progressOf } from '../progress.ts';
import type { ExistsOptions, Target } from '../target.ts';
import { blobPath } from './blob-path.ts';
import type { CollectedGarbage, CollectGarbageOptions } from './garbage.ts';
import { LayoutIndex, tagOf, withTag } from './layout-index.ts';
import { ReadOnlyOciLayout } from './read-only-layout.ts';
import { markUsed } from './recent-content.ts';

/**
 * An OCI image layout (image-spec, image-layout.md) in any storage: a directory, memory, a folder in the browser. It is
 * compatible with other tools. Its files are created with the first push. Every change rewrites `index.json`, the list of
 * its manifests: changes in one process, or in the pages and workers of one origin, wait for each other, but two
 * processes must not write to a layout at a time.
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
    await markUsed(descriptor.digest);
    const progress = progressOf(descriptor, options.onProgress);
    progress.start();
    const { annotations, digest } = descriptor;
    const stream = readable(content, annotations?.[annotationKeys.title] ?? digest, `Cannot store ${digest}`);
    await this.#storage.put(path, progress.stream(stream, verifier(stream, descriptor)), {
      signal: options.signal,
    });
    await markUsed(descriptor.digest);
    if (isKeptAsManifest(descriptor.mediaType)) {
      await this.#index.change(
        (entries) =>
          entries.some(({ digest }) => digest === descriptor.digest) ? undefined : [...entries, indexEntry(descriptor)],
        { signal: options.signal },
      );
    }
    progress.done();
  }

  /**
   * Sets a tag to content of the layout; an existing tag is moved.
   *
   * @throws NotFoundError when the layout does not have the content
   * @throws InvalidReferenceError when the tag is empty or a digest
   */
  async tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void> {
    if (tag === '') throw new InvalidReferenceError('A tag cannot be empty');
    if (isVerifiable(tag)) throw new InvalidReferenceError(`${tag} is a digest, and cannot be a tag`);
    await this.#index.change(async (entries) => {
      if (await this.exists(descriptor, options)) return retag(entries, indexEntry(descriptor), tag);
      throw new NotFoundError(`Cannot tag ${descriptor.digest}: the image layout does not have it`, descriptor.digest);
    }, options);
  }

  /**
   * Tells whether the layout has the content, in its full size. With the intent to push, garbage collection keeps the
   * content for a while.
   */
  override async exists(descriptor: Descriptor, options?: ExistsOptions): Promise<boolean> {
    if (options?.intent === 'push') await markUsed(descriptor.digest);
    return super.exists(descriptor, options);
  }

  /**
   * Removes a tag, but not its content, which {@link OciLayout.collectGarbage} removes.
   *
   * @throws NotFoundError when there is no such tag
   * @throws InvalidReferenceError when it is a digest
   */
  async untag(tag: string, options?: AbortOptions): Promise<void> {
    if (isVerifiable(tag)) throw new InvalidReferenceError(`${tag} is a digest, not a tag: delete the content itself`);
    await this.#index.change((entries) => {
      if (!entries.some((entry) => tagOf(entry) === tag)) {
        throw new NotFoundError(`The image layout has no tag ${tag}`, tag);
      }
      return dedupeEntries(withoutTag(entries, tag));
    }, options);
  }

  /**
   * Deletes content and all its tags. Manifests that refer to it are kept, and so is what it refers to;
   * {@link OciLayout.collectGarbage} removes it.
   *
   * @throws NotFoundError when the layout does not have it
   */
  async delete({ digest }: Pick<Descriptor, 'digest'>, options?: AbortOptions): Promise<void> {
    const path = blobPath(digest);
    await this.#index.update(async (entries, replace) => {
      const others = entries.filter((entry) => entry.digest !== digest);
      const isListed = others.length < entries.length;
      if (!isListed && !(await this.#storage.get(path, options))) {
        throw new NotFoundError(`The image layout has no ${digest}`, digest);
      }
      if (isListed) await replace(others);
      await this.#storage.delete(path, options);
    }, options);
  }

  /**
   * Removes content that nothing needs: blobs and manifests that no tag leads to, and the entries of such manifests in
   * the index. Referrers of what stays stay, with or without a tag, as with oras. Content that was stored in the last
   * hour stays, too, because a push in progress stores blobs before the manifest. Files that are not content of the
   * layout are not touched. Changes of the index wait meanwhile.
   *
   * @example
   * import { OciLayout } from 'oras-js';
   * import { DirectoryStorage } from 'oras-js/node';
   *
   * const layout = new OciLayout(new DirectoryStorage('./layout'));
   * const { removed, size } = await layout.collectGarbage({ dryRun: true });
   * console.log(`${removed.length} blobs with ${size} bytes would be removed`);
   *
   * @throws MismatchError when a manifest in the index, or one that stays, is damaged; nothing is removed then
   * @throws TooLargeError when a manifest that stays has more than 64 MiB; nothing is removed then
   * @throws RangeError when `grace` is not a number from 0
   */
  async collectGarbage(options: CollectGarbageOptions = {}): Promise<CollectedGarbage> {
    checkOptions(options);
    // Loaded when needed, as few programs need it.
    const { collectGarbage } = await import('./garbage.ts');
    return collectGarbage(this.#storage, this.#index, options);
  }
}

/** Moves a tag from the entry that had it to another descriptor. */
function retag(entries: readonly Descriptor[], descriptor: Descriptor, tag: string): Descriptor[] {
  return dedupeEntries([...withoutTag(entries, tag), withTag(descriptor, tag)]);
}

function withoutTag(entries: readonly Descriptor[], tag: string): Descriptor[] {
  return entries.map((entry) => (tagOf(entry) === tag ? withTag(entry, undefined) : entry));
}

/** Removes redundant entries: content with tags is listed once per tag, other content once. */
function dedupeEntries(entries: readonly Descriptor[]): Descriptor[] {
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
  // A copy, as the entry is remembered, and the descriptor is the caller's.
  const own = platform && structuredClone(platform);
  return { mediaType, digest, size, ...(own && { platform: own }), ...(artifactType && { artifactType }) };
}
