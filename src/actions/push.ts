import { mapConcurrent } from '../concurrency.ts';
import { checkTag } from '../oci/reference.ts';
import type { TransferOptions } from '../options.ts';
import { pushUnlessThere } from '../target/content.ts';
import type { Target } from '../target/target.ts';
import { type FileHooks, type FileInput, type Layer, layersOf } from './files.ts';
import { buildManifest, type ManifestContent, type PackedManifest, storeManifest } from './pack.ts';

/** How many blobs are transferred at a time when nothing is said. */
export const defaultConcurrency = 3;

/** What the artifact made of files is, besides its files. */
export type ArtifactOptions = Omit<ManifestContent, 'layers'>;

/** Options of {@link push}. */
export type PushOptions = ArtifactOptions & FileHooks & TransferOptions;

/** Files packed as an artifact in memory, ready to be stored. */
export interface PackedFiles extends PackedManifest {
  /** The files as layers, in their order. */
  layers: Layer[];
}

/**
 * Reads files and makes the artifact they would be pushed as, without pushing it: its digest is known beforehand, and
 * {@link push} gives the same.
 *
 * @throws UnsafePathError, ExistsError, NotFoundError or InvalidManifestError when the files cannot be an artifact
 */
export async function packFiles(
  files: Iterable<FileInput> | AsyncIterable<FileInput>,
  options: PushOptions = {},
): Promise<PackedFiles> {
  const layers = await layersOf(files, options);
  return { ...buildManifest({ ...options, layers: layers.map(({ descriptor }) => descriptor) }), layers };
}

/**
 * Stores files as an artifact: every file as a layer with its name as title, then the manifest, and then the tag if
 * there is one. What the target has already is not sent again.
 *
 * @throws UnsafePathError, ExistsError, NotFoundError, InvalidManifestError or InvalidReferenceError before anything is
 *   sent, when a file, an option or the tag is wrong
 */
export async function push(
  target: Target,
  tag: string | undefined,
  files: Iterable<FileInput> | AsyncIterable<FileInput>,
  options: PushOptions = {},
): Promise<PackedFiles> {
  const packed = await packFiles(files, options);
  await storeFiles(target, tag, packed, options);
  return packed;
}

/** Stores what {@link packFiles} made.
 *
 * @throws InvalidReferenceError before anything is sent, when the tag breaks the grammar
 */
export async function storeFiles(
  target: Target,
  tag: string | undefined,
  packed: PackedFiles,
  options: TransferOptions = {},
): Promise<void> {
  const { concurrency = defaultConcurrency, signal } = options;
  if (tag !== undefined) checkTag(tag);
  const different = new Map<string, Layer>();
  const repeated: Layer[] = [];
  for (const layer of packed.layers) {
    if (different.has(layer.descriptor.digest)) repeated.push(layer);
    else different.set(layer.descriptor.digest, layer);
  }
  await mapConcurrent([...different.values()], concurrency, signal, async ({ descriptor, content }, stop) => {
    await pushUnlessThere(target, descriptor, content, { ...options, signal: stop });
  });
  for (const { descriptor } of repeated) options.onProgress?.({ type: 'skip', descriptor, reason: 'exists' });
  await storeManifest(target, packed, [tag], options);
}
