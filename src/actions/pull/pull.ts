import type { ArchiveLimits } from '../../archive/reading/limits.ts';
import { kindOf } from '../../bytes/kinds.ts';
import { collectBlob } from '../../bytes/streams.ts';
import type { AbortOptions, TransferOptions } from '../../options.ts';
import type { Spool } from '../../storage/spool.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { checkOptions, checkReference, checkTarget, isStorage } from '../../target/arguments.ts';
import { aboutFile } from '../../target/callers.ts';
import { listening } from '../../target/listening.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';
import type { Descriptor, Manifest } from '../../types.ts';
import { type InspectOptions, inspectManifest } from '../inspect.ts';
import { pathsUnsupported } from '../paths.ts';
import { type LayerFilter, passes } from './filter.ts';
import { isDirectory, nameOf, type TitledLayer } from './titled-layers.ts';
import type { OmittedEntry } from './unpack/omitted.ts';
import { writeFiles } from './write-files.ts';

/** Options of {@link pull}. */
export interface PullOptions extends InspectOptions, TransferOptions {
  /**
   * Destination of the files: a storage, or in Node also the path of a directory. Default: none; each file is fetched
   * when you read it.
   */
  to?: StorageAdapter | string | undefined;
  /** Overwrites existing files that have other content. Default false: they are kept, and the pull fails. */
  overwrite?: boolean | undefined;
  /**
   * Unpacks layers that are directories: those with the annotation `io.deis.oras.content.unpack: "true"`. With `false`, the
   * archive of each is written as a file with the name of the directory. Default true.
   */
  unpack?: boolean | undefined;
  /** Limits for unpacking: `maxEntries` for all archives together, the others for each. */
  limits?: ArchiveLimits | undefined;
  /** Which layers to pull: by title, by media type, or by a function. Default: all. */
  filter?: LayerFilter | undefined;
}

/** Hooks of a pull; a `Registry` passes its own methods. */
export interface PullHooks {
  /** Opens the path of a directory as a storage. Default: throws an UnsupportedError. */
  openDirectory?: ((path: string) => StorageAdapter | Promise<StorageAdapter>) | undefined;
  /** Stores archives that are read twice, because the storage has no `stage`. Default: in memory. */
  spool?: Spool | undefined;
}

/** A file of an artifact, or a packed directory. */
export interface PulledFile {
  /**
   * Name of the file: the title of its layer, normalised (`./a.txt` is `a.txt`). With `to` it is a safe relative path.
   * Without `to` it is not checked, and may be `../../.ssh/config`: do not use it as a path.
   */
  name: string;
  /** The descriptor of its layer. */
  descriptor: Descriptor;
  /** Whether it is a packed directory: then its content is the archive. */
  directory: boolean;
  /** Its content as a stream, verified while it is read; without `to`, each call fetches it again. */
  stream(options?: AbortOptions): Promise<ReadableStream<Uint8Array>>;
  /** Its content. With `to` it is read from the destination, where it was verified when it was written. */
  blob(options?: AbortOptions): Promise<Blob>;
}

/** The result of a pull: every layer of the manifest is in one of the three lists. */
export interface PullResult {
  /** The descriptor of the manifest. */
  descriptor: Descriptor;
  /** The manifest. */
  manifest: Manifest;
  /** The layers with a title, in order. */
  files: PulledFile[];
  /** The layers without a title, or with an empty one: they are not files. */
  untitled: Descriptor[];
  /** The layers that the `filter` left out. */
  filtered: Descriptor[];
  /** Entries of directories that were not written as they were packed, because the storage does not support them. */
  omitted: OmittedEntry[];
}

/**
 * Pulls the files of an artifact: writes them to a storage, or fetches them on demand. Each file appears only when it
 * is complete and verified; an existing file with the same content is left untouched. Without `to` the titles are not
 * checked, so every artifact can be listed.
 *
 * Layers that are directories are unpacked. All of them are read and verified before anything is changed; then a new
 * directory appears as a whole, and in an existing one each file is replaced as a whole, and other files are kept.
 *
 * @throws UnsafePathError before anything is written, when a title or the path of an entry is not safe, or a symlink leads
 *   outside of its directory
 * @throws ExistsError before anything is written, when two titles collide, a file with other content exists without
 *   `overwrite`, or a file is in place of a directory
 * @throws InvalidArchiveError before anything is written, when the archive of a directory is damaged
 * @throws TooLargeError before anything is written, when an archive exceeds the limits
 * @throws UnsupportedError before anything is written, when the titles need more than 65,536 folders; before anything is
 *   requested, when `to` is a path in a runtime without local paths
 * @throws NotFoundError when the artifact or one of its layers does not exist
 * @throws MismatchError when content has another size or digest than in the manifest, or the tar of a directory another
 *   digest than in its annotation
 * @throws FileError when a file cannot be written
 * @throws TypeError before anything is requested, when an argument has the wrong type, or a limit is unknown
 * @throws RangeError before anything is requested, when `concurrency` or a limit is not a whole number from 1
 */
export async function pull(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: PullOptions & PullHooks = {},
): Promise<PullResult> {
  checkTarget(target, 'pull');
  checkReference(reference);
  checkOptions(options);
  const to = await storageFor(options);
  return listening(options, (heard) => pullFiles(target, reference, to, heard));
}

async function storageFor({ to, openDirectory }: PullOptions & PullHooks): Promise<StorageAdapter | undefined> {
  if (typeof to === 'string') {
    if (!openDirectory) throw pathsUnsupported(to);
    return openDirectory(to);
  }
  if (to === undefined || isStorage(to)) return to;
  throw new TypeError(`"to" must be a storage, such as a DirectoryStorage, or in Node a path, not ${kindOf(to)}`);
}

async function pullFiles(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  to: StorageAdapter | undefined,
  options: PullOptions & PullHooks,
): Promise<PullResult> {
  const isWanted = passes(options.filter);
  const { descriptor, manifest } = await inspectManifest(target, reference, options);
  const titled: TitledLayer[] = [];
  const untitled: Descriptor[] = [];
  const filtered: Descriptor[] = [];
  for (const layer of manifest.layers) {
    const name = nameOf(layer);
    if (!isWanted(layer)) filtered.push(layer);
    else if (name === undefined) untitled.push(layer);
    else titled.push({ name, layer });
  }
  for (const layer of [...untitled, ...filtered]) {
    options.onProgress?.({ type: 'skip', descriptor: layer, reason: 'filtered' });
  }
  options.signal?.throwIfAborted();
  const omitted = to ? await writeFiles(target, titled, to, options) : [];
  const files = titled.map((file) => pulledFile(target, file, to));
  return { descriptor, manifest, files, untitled, filtered, omitted };
}

function pulledFile(target: ReadOnlyTarget, { name, layer }: TitledLayer, to: StorageAdapter | undefined): PulledFile {
  const stream = (options?: AbortOptions): Promise<ReadableStream<Uint8Array>> =>
    aboutFile(name, target.fetch(layer, options));
  const read = async (options?: AbortOptions): Promise<Blob> =>
    (await to?.get(name, options)) ?? collectBlob(await stream(options), options?.signal);
  return {
    name,
    descriptor: layer,
    directory: isDirectory(layer),
    stream,
    blob: (options) => aboutFile(name, read(options)),
  };
}
