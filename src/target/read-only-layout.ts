import { readable } from '../bytes/read-error.ts';
import { abortable } from '../bytes/streams.ts';
import { verified } from '../bytes/verify.ts';
import { InvalidReferenceError, NotFoundError } from '../errors.ts';
import { isDigest, splitDigest } from '../oci/digest.ts';
import { manifestTypeOf, maxManifestSize } from '../oci/manifest.ts';
import { isKeptAsManifest, mediaTypes, saysWhatItIs } from '../oci/media-types.ts';
import type { AbortOptions, PageOptions, Paginated } from '../options.ts';
import { paginated } from '../pagination.ts';
import { readFile } from '../storage/read.ts';
import type { StorageReader } from '../storage/storage.ts';
import type { Descriptor, Digest } from '../types.ts';
import { readLayoutIndex, tagOf } from './layout-index.ts';
import type { ReadOnlyTarget } from './target.ts';

/**
 * An OCI image layout (image-spec, image-layout.md) that is only read: in a folder that a person chose, on a website, or
 * wherever else files are found by name. Each call reads the index anew, so what is stored meanwhile is found.
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

  /** The layout at the root of a storage. */
  constructor(storage: StorageReader) {
    this.#storage = storage;
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
    const entries = await readLayoutIndex(this.#storage, options);
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

  /** The tags of the layout, each once, in the order of their characters. */
  tags(options: PageOptions = {}): Paginated<string> {
    const { signal } = options;
    const storage = this.#storage;
    return paginated(async function* () {
      const tags = (await readLayoutIndex(storage, { signal })).map(tagOf).filter((tag) => tag !== undefined);
      yield [...new Set(tags)].sort((a, b) => (a < b ? -1 : 1));
    });
  }
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

/** Where a layout keeps the content of a digest (image-spec, image-layout.md, "Blobs").
 *
 * @throws InvalidReferenceError or UnsupportedError when it is no digest that can be verified
 */
export function blobPath(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}
