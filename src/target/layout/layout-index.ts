import { blobOf } from '../../bytes/streams.ts';
import { Serial } from '../../concurrency.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { layoutVersion } from '../../oci/schemas/layout.ts';
import { serializeIndex } from '../../oci/serialize.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import type { Descriptor } from '../../types.ts';
import { indexFile, type LayoutIndexContent, LayoutIndexFile, versionFile } from './index-file.ts';

/** For storages without locks: one queue per storage, as several layouts may share one. */
const serials = new WeakMap<StorageAdapter, Serial>();

/** Runs changes of an index one after the other, because each reads and rewrites all of it. */
function locked<T>(storage: StorageAdapter, work: () => Promise<T>, options?: AbortOptions): Promise<T> {
  if (storage.withLock) return storage.withLock(indexFile, work, options);
  const serial = serials.get(storage) ?? new Serial();
  serials.set(storage, serial);
  return serial.run(work);
}

/** The `index.json` and `oci-layout` files of an image layout, to be changed: its manifests and their tags. */
export class LayoutIndex {
  readonly #storage: StorageAdapter;
  readonly #file: LayoutIndexFile;

  /** The index of the layout in a storage. */
  constructor(storage: StorageAdapter) {
    this.#storage = storage;
    this.#file = new LayoutIndexFile(storage);
  }

  /** The valid descriptors of the index. */
  async entries(options?: AbortOptions): Promise<readonly Descriptor[]> {
    return (await this.#file.read(options)).entries;
  }

  /** Replaces the descriptors by the result of `change`; undefined leaves the index as it is. See {@link update}. */
  change(
    change: (entries: readonly Descriptor[]) => Changed | Promise<Changed>,
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
    work: (entries: readonly Descriptor[], replace: (changed: readonly Descriptor[]) => Promise<void>) => Promise<T>,
    options?: AbortOptions,
  ): Promise<T> {
    const run = async (): Promise<T> => {
      const content = await this.#file.read(options);
      return work(content.entries, (changed) => this.#write(content, changed, options));
    };
    return locked(this.#storage, run, options);
  }

  async #write(before: LayoutIndexContent, changed: readonly Descriptor[], options?: AbortOptions): Promise<void> {
    const { unreadable } = before;
    const written = new Map(changed.map((entry) => [entry, before.written.get(entry) ?? entry]));
    const manifests = [...changed.map((entry) => written.get(entry) ?? entry), ...unreadable];
    const value = { ...before.value, schemaVersion: 2 as const, manifests };
    const bytes = serializeIndex(value);
    if (!(await this.#storage.get(versionFile, options))) {
      await this.#storage.put(versionFile, new Blob([JSON.stringify(layoutVersion)]), options);
    }
    await this.#storage.put(indexFile, blobOf(bytes), options);
    this.#file.remember(bytes, { value, entries: [...changed], written, unreadable });
  }
}

/** The descriptors that replace those of an index; undefined for no change. */
type Changed = readonly Descriptor[] | undefined;

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
