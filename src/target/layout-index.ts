import { blobOf } from '../bytes/streams.ts';
import { Serial } from '../concurrency.ts';
import { InvalidManifestError } from '../errors.ts';
import { readJson } from '../json/json.ts';
import { annotationKeys } from '../oci/annotations.ts';
import { parseObject, readOf } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { descriptorProblem } from '../oci/schemas/descriptor.ts';
import { layoutVersion, layoutVersionSchema } from '../oci/schemas/layout.ts';
import { readIndex } from '../oci/schemas/manifest.ts';
import { serializeIndex } from '../oci/serialize.ts';
import type { AbortOptions } from '../options.ts';
import { readFile } from '../storage/read.ts';
import type { StorageAdapter, StorageReader } from '../storage/storage.ts';
import type { Descriptor } from '../types.ts';

const versionFile = 'oci-layout';
const indexFile = 'index.json';
/**
 * Size limit of `index.json` in bytes: it lists every manifest of a repository, so it can be far larger than a
 * manifest.
 */
const maxIndexSize = 64 * 1024 * 1024;

/** One queue per storage: a change reads and rewrites the whole index, and several layouts may share a storage. */
const serials = new WeakMap<StorageAdapter, Serial>();

function serialOf(storage: StorageAdapter): Serial {
  const serial = serials.get(storage) ?? new Serial();
  serials.set(storage, serial);
  return serial;
}

/** An `index.json` as it was written, and its valid descriptors. */
interface IndexFile {
  value: Record<string, unknown>;
  entries: Descriptor[];
}

/** The `index.json` and `oci-layout` files of an image layout: its manifests and their tags. */
export class LayoutIndex {
  readonly #storage: StorageAdapter;

  /** The index of the layout in a storage. */
  constructor(storage: StorageAdapter) {
    this.#storage = storage;
  }

  /** The descriptors of the index; see {@link readLayoutIndex}. */
  entries(options?: AbortOptions): Promise<Descriptor[]> {
    return readLayoutIndex(this.#storage, options);
  }

  /**
   * Replaces the descriptors by the result of `change`; undefined leaves the index as it is. Calls run one after the
   * other. Invalid entries are kept unchanged.
   */
  change(change: (entries: Descriptor[]) => Descriptor[] | undefined, options?: AbortOptions): Promise<void> {
    return serialOf(this.#storage).run(async () => {
      const { value, entries } = await readIndexFile(this.#storage, options);
      const changed = change(entries);
      if (!changed) return;
      const written = Array.isArray(value.manifests) ? (value.manifests as unknown[]) : [];
      const unreadable = new Set(written.filter((item) => descriptorProblem(item) !== undefined));
      const readable = written.filter((item) => !unreadable.has(item));
      const sources = new Map(entries.map((entry, i) => [entry, readable[i] as Descriptor]));
      const manifests = [
        ...changed.map((entry) => sources.get(entry) ?? entry),
        ...(written.filter((item) => unreadable.has(item)) as Descriptor[]),
      ];
      if (!(await this.#storage.get(versionFile, options))) {
        await this.#storage.put(versionFile, new Blob([JSON.stringify(layoutVersion)]), options);
      }
      await this.#storage.put(indexFile, blobOf(serializeIndex({ ...value, schemaVersion: 2, manifests })), options);
    });
  }
}

/**
 * The descriptors of a layout's index; empty when there is no layout yet. Entries without a digest or a size are
 * skipped.
 *
 * @throws InvalidManifestError when the files break the image-spec, or the layout's version is not 1.0.0
 */
export async function readLayoutIndex(storage: StorageReader, options?: AbortOptions): Promise<Descriptor[]> {
  return (await readIndexFile(storage, options)).entries;
}

async function readIndexFile(storage: StorageReader, options?: AbortOptions): Promise<IndexFile> {
  const bytes = await readFile(storage, indexFile, maxIndexSize, options);
  if (!bytes) return { value: { mediaType: mediaTypes.index }, entries: [] };
  await checkVersion(storage, options);
  const value = parseObject(bytes, maxIndexSize);
  return { value, entries: readOf(readIndex(value), 'The index of the image layout').manifests };
}

async function checkVersion(storage: StorageReader, options?: AbortOptions): Promise<void> {
  const bytes = await readFile(storage, versionFile, 4096, options);
  if (!bytes) throw new InvalidManifestError(`The image layout has no file ${versionFile}`);
  readOf(readJson(bytes, layoutVersionSchema), `The file ${versionFile} of the image layout`);
}

/** The tag of an entry of an index, if any. */
export function tagOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[annotationKeys.refName] || undefined;
}

/** The entry with another tag, or with none. */
export function withTag(entry: Descriptor, tag: string | undefined): Descriptor {
  const { annotations = {}, ...rest } = entry;
  const { [annotationKeys.refName]: _, ...others } = annotations;
  return { ...rest, annotations: tag === undefined ? others : { ...others, [annotationKeys.refName]: tag } };
}
