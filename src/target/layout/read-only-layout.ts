import { readable } from '../../bytes/read-error.ts';
import { abortable } from '../../bytes/streams.ts';
import { passingOn, verified } from '../../bytes/verify.ts';
import { InvalidReferenceError, NotFoundError } from '../../errors.ts';
import { isDigest, isVerifiable } from '../../oci/digest.ts';
import { manifestTypeOf, maxManifestSize } from '../../oci/manifest.ts';
import { isKeptAsManifest, mediaTypes, saysWhatItIs } from '../../oci/media-types.ts';
import type { AbortOptions, PageOptions, Paginated } from '../../options.ts';
import { paginated } from '../../pagination.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageReader } from '../../storage/storage.ts';
import type { Descriptor } from '../../types.ts';
import { inlineStream } from '../inline-data.ts';
import type { ReadOnlyTarget, ReferrersOptions } from '../target.ts';
import { blobPath } from './blob-path.ts';
import { LayoutIndexFile } from './index-file.ts';
import { tagOf } from './layout-index.ts';
import { LayoutReferrers } from './referrers.ts';

/**
 * A read-only OCI image layout (image-spec, image-layout.md): in a folder that a user picked, on a website, or in any
 * other storage. Each call reads the index again, so changes by other programs are seen.
 *
 * @example
 * import { ReadOnlyOciLayout, pull } from 'oras-js';
 * import { FileListStorage } from 'oras-js/browser';
 *
 * const input = document.querySelector<HTMLInputElement>('input[webkitdirectory]');
 * const layout = new ReadOnlyOciLayout(new FileListStorage(input?.files ?? [], { folder: 'my-layout' }));
 * const { files } = await pull(layout, 'v1');
 */
export class ReadOnlyOciLayout implements ReadOnlyTarget {
  readonly #storage: StorageReader;
  readonly #index: LayoutIndexFile;
  readonly #referrers: LayoutReferrers;

  /** The layout at the root of a storage. */
  constructor(storage: StorageReader) {
    this.#storage = storage;
    this.#index = new LayoutIndexFile(storage);
    this.#referrers = new LayoutReferrers(storage);
  }

  /**
   * The descriptor of a tag or a digest; a digest in sha256 or sha512 is never a tag. If the index has no media type for it, the type is that of the manifest's own
   * bytes, or `application/octet-stream` for all other content.
   *
   * @throws NotFoundError when the layout does not have it
   * @throws InvalidReferenceError when the argument is empty
   */
  async resolve(reference: string, options?: AbortOptions): Promise<Descriptor> {
    if (reference === '') throw new InvalidReferenceError('A tag or a digest is needed to find something in a layout');
    const { entries } = await this.#index.read(options);
    // What a digest names is never decided by a tag, which may look like it.
    const tagged = isVerifiable(reference) ? undefined : entries.find((entry) => tagOf(entry) === reference);
    const entry = tagged ?? entries.find(({ digest }) => digest === reference);
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

  /**
   * The content as a verified stream. The stream errors with the same classes as the call. Content that the descriptor
   * itself has in `data` is not read from the layout.
   *
   * @throws MismatchError when `data` is not the content
   * @throws NotFoundError when the layout does not have the content, or its file is removed while it is read
   * @throws FileError when the file cannot be read, or changes while it is read
   */
  async fetch(descriptor: Descriptor, options?: AbortOptions): Promise<ReadableStream<Uint8Array>> {
    const inline = inlineStream(descriptor, options);
    if (inline) return inline;
    const blob = await this.#storage.get(blobPath(descriptor.digest), options);
    if (!blob) throw new NotFoundError(`The image layout has no ${descriptor.digest}`, descriptor.digest);
    const stream = readable(blob, descriptor.digest, 'Cannot read from the image layout');
    return passingOn(abortable(verified(stream, descriptor), options?.signal), descriptor);
  }

  /** Tells whether the layout has the content, in its full size. */
  exists(descriptor: Descriptor, options?: AbortOptions): Promise<boolean> {
    return this.#has(descriptor, options);
  }

  async #has(descriptor: Descriptor, options?: AbortOptions): Promise<boolean> {
    const blob = await this.#storage.get(blobPath(descriptor.digest), options);
    return blob?.size === descriptor.size;
  }

  /** The tags of the layout, each once, sorted by UTF-16 code units. */
  tags(options: PageOptions = {}): Paginated<string> {
    const { signal } = options;
    const index = this.#index;
    return paginated(async function* () {
      const tags = (await index.read({ signal })).entries.map(tagOf).filter((tag) => tag !== undefined);
      yield [...new Set(tags)].sort((a, b) => (a < b ? -1 : 1));
    });
  }

  /**
   * The manifests whose subject is this one, with their artifact types and annotations: of those in the index, and in
   * indexes that it lists, such as the referrers tag that regctl writes. Up to 100,000 manifests are searched; they are
   * read with the first call only. One page.
   *
   * @throws InvalidReferenceError when the digest is invalid
   */
  referrers({ digest }: Pick<Descriptor, 'digest'>, options: ReferrersOptions = {}): Paginated<Descriptor> {
    const { signal, artifactType, onSource } = options;
    checkDigest(digest);
    const find = async (): Promise<Descriptor[]> => {
      const { entries } = await this.#index.read({ signal });
      const all = await this.#referrers.of(digest, entries, { signal });
      const wanted = artifactType === undefined ? all : all.filter((one) => one.artifactType === artifactType);
      const found: Descriptor[] = [];
      for (const one of wanted) if (await this.#has(one, { signal })) found.push(one);
      return found;
    };
    return paginated(async function* () {
      onSource?.('layout');
      yield await find();
    });
  }
}

/**
 * The media type of unlisted content: other tools list only the root of an artifact, so its manifests are detected
 * here.
 */
function mediaTypeOf(bytes: Uint8Array): string {
  try {
    const type = manifestTypeOf(bytes);
    if (type !== undefined && isKeptAsManifest(type)) return type;
  } catch {
    // Not a manifest, as most blobs.
  }
  return mediaTypes.octetStream;
}

function checkDigest(digest: string): void {
  if (!isDigest(digest)) throw new InvalidReferenceError(`${JSON.stringify(digest)} is not a digest`);
}

function withoutAnnotations({ annotations: _, ...rest }: Descriptor): Descriptor {
  return rest;
}
