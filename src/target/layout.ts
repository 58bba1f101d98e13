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
   * Stores content under its digest; a manifest or an index also becomes an entry of the layout's index.
   *
   * @throws MismatchError when the content is not what the descriptor says; nothing is stored then
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

  /** Makes a tag stand for content of the layout, and for nothing else.
   *
   * @throws NotFoundError when the content is not in the layout
   */
  async tag(descriptor: Descriptor, tag: string, options?: AbortOptions): Promise<void> {
    if (tag === '') throw new InvalidReferenceError('A tag cannot be empty');
    if (!(await this.exists(descriptor, options))) {
      throw new NotFoundError(`Cannot tag ${descriptor.digest}: the image layout does not have it`, descriptor.digest);
    }
    await this.#index.change((entries) => retag(entries, indexEntry(descriptor), tag), options);
  }

  /** Makes a tag stand for nothing; what it stood for stays. Fine if there is no such tag. */
  async untag(tag: string, options?: AbortOptions): Promise<void> {
    await this.#index.change((entries) => dedupeEntries(withoutTag(entries, tag)), options);
  }

  /** Removes content with all its tags; fine if it is not there. Whatever refers to it stays. */
  async delete(descriptor: Pick<Descriptor, 'digest'>, options?: AbortOptions): Promise<void> {
    const path = blobPath(descriptor.digest);
    await this.#index.change((entries) => entries.filter(({ digest }) => digest !== descriptor.digest), options);
    await this.#storage.delete(path, options);
  }
}

/** The tag leaves the entry that had it. */
function retag(entries: Descriptor[], descriptor: Descriptor, tag: string): Descriptor[] {
  return dedupeEntries([...withoutTag(entries, tag), withTag(descriptor, tag)]);
}

function withoutTag(entries: Descriptor[], tag: string): Descriptor[] {
  return entries.map((entry) => (tagOf(entry) === tag ? withTag(entry, undefined) : entry));
}

/** What has a tag is listed under its tags only, all else once without. */
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

/** What an index says of a manifest: its inlined content and its own annotations stay in the manifest. */
function indexEntry({ mediaType, digest, size, platform, artifactType }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(platform && { platform }), ...(artifactType && { artifactType }) };
}
