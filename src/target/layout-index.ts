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

/** For storages without locks: one queue per storage, as several layouts may share one. */
const serials = new WeakMap<StorageAdapter, Serial>();

/** Runs changes of an index one after the other, because each reads and rewrites all of it. */
function locked<T>(storage: StorageAdapter, work: () => Promise<T>, options?: AbortOptions): Promise<T> {
  if (storage.withLock) return storage.withLock(indexFile, work, options);
  const serial = serials.get(storage) ?? new Serial();
  serials.set(storage, serial);
  return serial.run(work);
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

  /** The descriptors of the index; see {@link LayoutEntries}. */
  async entries(options?: AbortOptions): Promise<Descriptor[]> {
    return (await readIndexFile(this.#storage, options)).entries;
  }

  /** Replaces the descriptors by the result of `change`; undefined leaves the index as it is. See {@link update}. */
  change(
    change: (entries: Descriptor[]) => Descriptor[] | undefined | Promise<Descriptor[] | undefined>,
    options?: AbortOptions,
  ): Promise<void> {
    return this.update(async (entries, replace) => {
      const changed = await change(entries);
      if (changed) await replace(changed);
    }, options);
  }

  /**
   * Runs `work` with the descriptors, and a function that replaces them; nothing else changes the index meanwhile. Invalid
   * entries are kept unchanged.
   */
  update<T>(
    work: (entries: Descriptor[], replace: (changed: readonly Descriptor[]) => Promise<void>) => Promise<T>,
    options?: AbortOptions,
  ): Promise<T> {
    const run = async (): Promise<T> => {
      const file = await readIndexFile(this.#storage, options);
      return work(file.entries, (changed) => this.#write(file, changed, options));
    };
    return locked(this.#storage, run, options);
  }

  async #write({ value, entries }: IndexFile, changed: readonly Descriptor[], options?: AbortOptions): Promise<void> {
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
  }
}

/** The descriptors of a layout's index, read with each call, but parsed only after they changed. */
export class LayoutEntries {
  readonly #storage: StorageReader;
  #last: { bytes: Uint8Array | undefined; entries: readonly Descriptor[] } | undefined;

  /** The descriptors of the layout in a storage. */
  constructor(storage: StorageReader) {
    this.#storage = storage;
  }

  /**
   * The descriptors, as the same list unless they changed; empty when there is no layout yet. Entries without a digest or
   * a size are skipped.
   *
   * @throws InvalidManifestError when the files break the image-spec, or the layout's version is not 1.0.0
   */
  async read(options?: AbortOptions): Promise<readonly Descriptor[]> {
    const bytes = await readIndexBytes(this.#storage, options);
    if (this.#last && areEqual(this.#last.bytes, bytes)) return this.#last.entries;
    const { entries } = await parseIndexFile(bytes, this.#storage, options);
    this.#last = { bytes, entries };
    return entries;
  }
}

function areEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b;
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}

async function readIndexFile(storage: StorageReader, options?: AbortOptions): Promise<IndexFile> {
  return parseIndexFile(await readIndexBytes(storage, options), storage, options);
}

/** The bytes of the index; none when there is no layout yet. */
async function readIndexBytes(storage: StorageReader, options?: AbortOptions): Promise<Uint8Array | undefined> {
  return readFile(storage, indexFile, maxIndexSize, options);
}

async function parseIndexFile(
  bytes: Uint8Array | undefined,
  storage: StorageReader,
  options?: AbortOptions,
): Promise<IndexFile> {
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
