import { kindOf } from '../../bytes/kinds.ts';
import { collectBlob } from '../../bytes/streams.ts';
import type { AbortOptions, TransferOptions } from '../../options.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { checkOptions, checkReference, checkTarget, isStorage } from '../../target/arguments.ts';
import { aboutFile } from '../../target/callers.ts';
import { listening } from '../../target/listening.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';
import type { Descriptor, Manifest } from '../../types.ts';
import { type InspectOptions, inspectManifest } from '../inspect.ts';
import { pathsUnsupported } from '../paths.ts';
import { type LayerFilter, passes } from './filter.ts';
import { nameOf, type TitledLayer } from './titled-layers.ts';
import { writeFiles } from './write-files.ts';

/** Options of {@link pull}. */
export interface PullOptions extends InspectOptions, TransferOptions {
  /**
   * Where the files are written: a storage, or in Node also the path of a directory. Default: nowhere; each is fetched when
   * it is asked for.
   */
  to?: StorageAdapter | string | undefined;
  /** Replaces files that are there with other content. Default false: they are kept, and the pull fails. */
  overwrite?: boolean | undefined;
  /** Which layers are pulled, by title, by media type, or by a function. Default: all. */
  filter?: LayerFilter | undefined;
}

/** How paths are opened as directories; a registry hands in its own method. */
export interface DirectoryHook {
  /** Opens the path of a directory as a storage. Default: it throws an UnsupportedError. */
  openDirectory?: ((path: string) => StorageAdapter | Promise<StorageAdapter>) | undefined;
}

/** One file of an artifact. */
export interface PulledFile {
  /**
   * Its name: its title, `./a.txt` being `a.txt`. Of a file that was written it is a relative path that is safe. Without
   * `to` it is whatever the manifest says, `../../.ssh/config` for example: do not make a path of it unchecked.
   */
  name: string;
  /** The layer it is. */
  descriptor: Descriptor;
  /** Its content as a stream, verified while it is read; each call fetches it anew. */
  stream(options?: AbortOptions): Promise<ReadableStream<Uint8Array>>;
  /** Its content. A file that was written is read from where it was written to: it was verified on its way there. */
  blob(options?: AbortOptions): Promise<Blob>;
}

/** What was pulled: every layer of the manifest is in one of the three lists. */
export interface PullResult {
  /** Names the manifest. */
  descriptor: Descriptor;
  /** The manifest. */
  manifest: Manifest;
  /** The layers that have a title, in their order. */
  files: PulledFile[];
  /** The layers without a title, or with an empty one, which cannot be files. */
  untitled: Descriptor[];
  /** The layers that `filter` left out. */
  filtered: Descriptor[];
}

/**
 * The files of an artifact, written to a storage or fetched as they are asked for. A file is written once all of it is
 * there and verified; one that is there with the same content is left alone. Without `to` nothing depends on the titles, so
 * every artifact can be listed.
 *
 * @throws UnsafePathError when a title leads outside, and ExistsError when two titles collide, a file with other content is
 *   there and must not be overwritten, or a file is where a directory must be: all before anything is written
 * @throws UnsupportedError when the titles make more than 65,536 folders, or one is a directory as an archive, also before;
 *   and when `to` is a path where there are none, before anything is asked
 * @throws NotFoundError when the artifact or a layer of it is not there
 * @throws MismatchError when content has another size or digest than the manifest says
 * @throws FileError when a file cannot be written
 * @throws TypeError when an argument is of a wrong type, before anything is asked
 */
export async function pull(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: PullOptions & DirectoryHook = {},
): Promise<PullResult> {
  checkTarget(target, 'pull');
  checkReference(reference);
  checkOptions(options);
  const to = await storageFor(options);
  return listening(options, (heard) => pullFiles(target, reference, to, heard));
}

async function storageFor({ to, openDirectory }: PullOptions & DirectoryHook): Promise<StorageAdapter | undefined> {
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
  options: PullOptions,
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
  if (to) await writeFiles(target, titled, to, options);
  const files = titled.map((file) => pulledFile(target, file, to));
  return { descriptor, manifest, files, untitled, filtered };
}

function pulledFile(target: ReadOnlyTarget, { name, layer }: TitledLayer, to: StorageAdapter | undefined): PulledFile {
  const stream = (options?: AbortOptions): Promise<ReadableStream<Uint8Array>> =>
    aboutFile(name, target.fetch(layer, options));
  const read = async (options?: AbortOptions): Promise<Blob> =>
    (await to?.get(name, options)) ?? collectBlob(await stream(options), options?.signal);
  return { name, descriptor: layer, stream, blob: (options) => aboutFile(name, read(options)) };
}
