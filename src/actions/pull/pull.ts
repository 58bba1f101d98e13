import { readable } from '../../bytes/read-error.ts';
import { collectBlob, readChunks } from '../../bytes/streams.ts';
import { mapConcurrent, Semaphore } from '../../concurrency.ts';
import { ExistsError, UnsupportedError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { createDigester, splitDigest } from '../../oci/digest.ts';
import { type AbortOptions, defaultConcurrency, type TransferOptions } from '../../options.ts';
import type { StorageAdapter, StorageEntry } from '../../storage/storage.ts';
import { listening } from '../../target/listening.ts';
import { progressOf } from '../../target/progress.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';
import type { Descriptor, Manifest } from '../../types.ts';
import { type InspectOptions, inspectManifest } from '../inspect.ts';
import { checkTitles } from './titles.ts';

/** Files that are still written after the next ones have begun: each holds a file and what is not yet written of it. */
const maxDraining = 16;

/** Options of {@link pull}. */
export interface PullOptions extends InspectOptions, TransferOptions {
  /** Where the files are written. Default: nowhere; each is fetched when it is asked for. */
  to?: StorageAdapter | undefined;
  /** Replaces files that are there with other content. Default false: they are kept, and the pull fails. */
  overwrite?: boolean | undefined;
}

/** One file of an artifact. */
export interface PulledFile {
  /** Its name: a relative path. */
  name: string;
  /** The layer it is. */
  descriptor: Descriptor;
  /** Its content as a stream, verified while it is read; each call fetches it anew. */
  stream(options?: AbortOptions): Promise<ReadableStream<Uint8Array>>;
  /** Its content. A file that was written is read from where it was written to: it was verified on its way there. */
  blob(options?: AbortOptions): Promise<Blob>;
}

/** What was pulled. */
export interface PullResult {
  /** Names the manifest. */
  descriptor: Descriptor;
  /** The manifest. */
  manifest: Manifest;
  /** The layers that have a title, in their order. */
  files: PulledFile[];
  /** The layers without a title, which cannot be files. */
  untitled: Descriptor[];
}

/**
 * The files of an artifact, written to a storage or fetched as they are asked for. A file is written once all of it is
 * there and verified; one that is there with the same content is left alone.
 *
 * @throws UnsafePathError when a title leads outside, and ExistsError when two titles collide or a file with other
 *   content is there and must not be overwritten: both before anything is written
 * @throws UnsupportedError when the titles make more than 65,536 folders, also before
 * @throws NotFoundError when the artifact or a layer of it is not there
 * @throws MismatchError when content has another size or digest than the manifest says
 * @throws FileError when a file cannot be written
 */
export function pull(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: PullOptions = {},
): Promise<PullResult> {
  return listening(options, (heard) => pullFiles(target, reference, heard));
}

async function pullFiles(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: PullOptions,
): Promise<PullResult> {
  const { descriptor, manifest } = await inspectManifest(target, reference, options);
  const titled = manifest.layers.filter((layer) => titleOf(layer) !== undefined);
  const untitled = manifest.layers.filter((layer) => titleOf(layer) === undefined);
  await checkTitles(
    titled.map((layer) => titleOf(layer) as string),
    options.signal,
  );
  for (const layer of untitled) options.onProgress?.({ type: 'skip', descriptor: layer, reason: 'filtered' });
  const { to } = options;
  if (to) await writeFiles(target, titled, to, options);
  const files = titled.map((layer) => pulledFile(target, layer, to));
  return { descriptor, manifest, files, untitled };
}

function titleOf(layer: Descriptor): string | undefined {
  return layer.annotations?.[annotationKeys.title];
}

function pulledFile(target: ReadOnlyTarget, descriptor: Descriptor, to: StorageAdapter | undefined): PulledFile {
  const name = titleOf(descriptor) as string;
  const stream = (options?: AbortOptions): Promise<ReadableStream<Uint8Array>> => target.fetch(descriptor, options);
  return {
    name,
    descriptor,
    stream,
    blob: async (options) => (await to?.get(name, options)) ?? collectBlob(await stream(options), options?.signal),
  };
}

async function writeFiles(
  target: ReadOnlyTarget,
  layers: readonly Descriptor[],
  to: StorageAdapter,
  options: PullOptions,
): Promise<void> {
  const { concurrency = defaultConcurrency, onProgress, signal } = options;
  const missing: Descriptor[] = [];
  const typeOf = typesIn(to, layers, options);
  for (const layer of layers) {
    if (await isThere(layer, to, typeOf, options)) onProgress?.({ type: 'skip', descriptor: layer, reason: 'exists' });
    else missing.push(layer);
  }
  const draining = new Semaphore(maxDraining);
  await mapConcurrent(missing, concurrency, signal, async (layer, stop, _, releaseSlot) => {
    const progress = progressOf(layer, onProgress);
    progress.start();
    let isDraining = false;
    // Once all of it has come the next one can: to bring a file to the disk takes time.
    const end = (): void => {
      isDraining = draining.tryAcquire();
      if (isDraining) releaseSlot();
    };
    try {
      const stream = progress.stream(await target.fetch(layer, { signal: stop }), { end });
      await to.put(titleOf(layer) as string, stream, { signal: stop });
    } finally {
      if (isDraining) draining.release();
    }
    progress.done();
  });
}

/** Tells whether a file is there with the layer's content; other content is only passed over to be overwritten. */
async function isThere(
  layer: Descriptor,
  to: StorageAdapter,
  typeOf: (path: string) => Promise<StorageEntry['type'] | undefined>,
  options: PullOptions,
): Promise<boolean> {
  const title = titleOf(layer) as string;
  if (layer.annotations?.[annotationKeys.unpack] === 'true') {
    throw new UnsupportedError(
      `Cannot write ${title}: it is a directory as an archive, which is not unpacked yet; pull without "to" and read it`,
      'unpacking directories',
    );
  }
  const file = await to.get(title, options);
  if (file?.size === layer.size) {
    const digester = createDigester(splitDigest(layer.digest).algorithm);
    await readChunks(readable(file, title, 'Cannot pull'), (chunk) => digester.update(chunk), options.signal);
    if (digester.digest() === layer.digest) return true;
  }
  const type = file ? 'file' : await typeOf(title);
  if (type === undefined || (options.overwrite && type !== 'directory')) return false;
  if (type === 'directory') throw new ExistsError(`Cannot write ${title}: there is a directory`, title);
  throw new ExistsError(
    `Cannot write ${title}: there is a ${type} with other content; allow it with "overwrite"`,
    title,
  );
}

/** What is at the paths that `get` does not give: a directory or a symlink. They are looked for together, if at all. */
function typesIn(
  storage: StorageAdapter,
  layers: readonly Descriptor[],
  options: AbortOptions,
): (path: string) => Promise<StorageEntry['type'] | undefined> {
  const typeOf = storage.typeOf?.bind(storage);
  if (typeOf) return (path) => typeOf(path, options);
  const list = async (): Promise<Map<string, StorageEntry['type']>> => {
    const titles = new Set(layers.map((layer) => titleOf(layer) as string));
    const types = new Map<string, StorageEntry['type']>();
    for await (const { path, type } of storage.list(commonStart([...titles]), options)) {
      if (titles.has(path)) types.set(path, type);
    }
    return types;
  };
  let listed: Promise<Map<string, StorageEntry['type']>> | undefined;
  return async (path) => {
    listed ??= list();
    return (await listed).get(path);
  };
}

/** What all texts begin with. */
function commonStart([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const text of others) {
    let same = 0;
    while (same < length && text[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}
