import { InvalidManifestError } from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import { parseObject, readOf } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { descriptorProblem } from '../../oci/schemas/descriptor.ts';
import { layoutVersionSchema } from '../../oci/schemas/layout.ts';
import { readIndex } from '../../oci/schemas/manifest.ts';
import type { AbortOptions } from '../../options.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageReader } from '../../storage/storage.ts';
import type { Descriptor } from '../../types.ts';

/** The file that says that a directory is a layout. */
export const versionFile = 'oci-layout';
/** The file that lists the manifests of a layout. */
export const indexFile = 'index.json';
/**
 * Size limit of `index.json` in bytes: it lists every manifest of a repository, so it can be far larger than a
 * manifest.
 */
const maxIndexSize = 64 * 1024 * 1024;

/** What an `index.json` says. */
export interface LayoutIndexContent {
  /** All of it, with unknown fields. */
  value: Record<string, unknown>;
  /** Its valid descriptors; entries without a digest or a size are left out. */
  entries: readonly Descriptor[];
  /** The descriptors as they were written, where the index was read. */
  written: ReadonlyMap<Descriptor, Descriptor>;
  /** The entries that are left out. */
  unreadable: readonly Descriptor[];
}

/**
 * The `index.json` of a layout: read with each call, because others may change it, but parsed only after it changed. To
 * push many manifests would otherwise take the square of the time.
 */
export class LayoutIndexFile {
  readonly #storage: StorageReader;
  #last: { bytes: Uint8Array | undefined; content: LayoutIndexContent } | undefined;

  /** The index of the layout in a storage. */
  constructor(storage: StorageReader) {
    this.#storage = storage;
  }

  /**
   * What the index says, as the same object unless it changed; without entries when there is no layout yet.
   *
   * @throws InvalidManifestError when the files break the image-spec, or the layout's version is not 1.0.0
   */
  async read(options?: AbortOptions): Promise<LayoutIndexContent> {
    const bytes = await readFile(this.#storage, indexFile, maxIndexSize, options);
    if (this.#last && areEqual(this.#last.bytes, bytes)) return this.#last.content;
    if (bytes) await this.#checkVersion(options);
    const content = bytes ? contentOf(bytes) : nothing();
    this.#last = { bytes, content };
    return content;
  }

  /** Takes over what was just written, so that it need not be parsed. */
  remember(bytes: Uint8Array, content: LayoutIndexContent): void {
    this.#last = { bytes, content };
  }

  async #checkVersion(options?: AbortOptions): Promise<void> {
    const bytes = await readFile(this.#storage, versionFile, 4096, options);
    if (!bytes) throw new InvalidManifestError(`The image layout has no file ${versionFile}`);
    readOf(readJson(bytes, layoutVersionSchema), `The file ${versionFile} of the image layout`);
  }
}

function areEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b;
  // A loop is several times as fast as `every`, and an index can have megabytes.
  const { length } = a;
  if (b.length !== length) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function nothing(): LayoutIndexContent {
  return { value: { mediaType: mediaTypes.index }, entries: [], written: new Map(), unreadable: [] };
}

function contentOf(bytes: Uint8Array): LayoutIndexContent {
  const value = parseObject(bytes, maxIndexSize);
  const entries = readOf(readIndex(value), 'The index of the image layout').manifests;
  const all = Array.isArray(value.manifests) ? (value.manifests as Descriptor[]) : [];
  const [readable, unreadable]: [Descriptor[], Descriptor[]] = [[], []];
  for (const item of all) (descriptorProblem(item) === undefined ? readable : unreadable).push(item);
  return {
    value,
    entries,
    written: new Map(entries.map((entry, i) => [entry, readable[i] as Descriptor])),
    unreadable,
  };
}
