import { defaultConcurrency, mapConcurrent } from '../../concurrency.ts';
import { MismatchError } from '../../errors.ts';
import { emptyDescriptor } from '../../oci/descriptor.ts';
import { checkOptions, checkTagArgument, checkTarget } from '../../target/arguments.ts';
import { aboutFile } from '../../target/callers.ts';
import { listening } from '../../target/listening.ts';
import type { Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Digest } from '../../types.ts';
import type { FileInputs } from './file-input.ts';
import { type FileHooks, type FileLayer, layerOf, type OpenedFile, openFiles } from './files.ts';
import { LayerStore } from './layer-store.ts';
import { buildManifest, type ManifestContent, type PackedManifest, storeManifest, tagsOf } from './pack.ts';

/** What the artifact made of files is, besides its files. */
export type ArtifactOptions = Omit<ManifestContent, 'layers'>;

/** How an artifact is stored. */
export interface StoreArtifactOptions extends ArtifactOptions, UploadOptions {
  /** More tags the artifact gets. Default: none. */
  tags?: readonly (string | undefined)[] | undefined;
}

/** Options of {@link push} and {@link packFiles}. */
export interface PushOptions extends StoreArtifactOptions, FileHooks {
  /** The digest the artifact must have; all files are then read before anything is sent. Default: any. */
  digest?: Digest | undefined;
}

/** Files packed as an artifact in memory, ready to be stored. */
export interface PackedFiles extends PackedManifest {
  /** The files as layers, in their order. */
  layers: FileLayer[];
}

/**
 * Reads files and makes the artifact they would be pushed as, without pushing it: its digest is known beforehand, and
 * {@link push} gives the same.
 *
 * @throws UnsafePathError, ExistsError, NotFoundError, InvalidManifestError or TooLargeError when the files cannot be an
 *   artifact
 * @throws MismatchError when it has another digest than it must have
 * @throws TypeError when these are no files, or an option is of a wrong type
 */
export async function packFiles(files: FileInputs, options: PushOptions = {}): Promise<PackedFiles> {
  checkOptions(options);
  return listening(options, async (heard) => {
    const opened = await openFiles(files, heard);
    checkArtifact(opened, heard);
    return packOpened(opened, heard);
  });
}

/**
 * What is wrong with an artifact shows before its files are read or sent: their digests do not matter for that, as all of
 * them are equally long. The size of a stream is not known, but its few digits hardly matter.
 */
function checkArtifact(opened: readonly OpenedFile[], options: PushOptions): void {
  const layers = opened.map(({ content, mediaType, annotations }) => {
    const size = content instanceof Blob ? content.size : 0;
    return { mediaType, digest: emptyDescriptor.digest, size, annotations };
  });
  buildManifest({ ...options, layers });
}

/**
 * Stores one file or many as an artifact: every file as a layer with its name as title, then the manifest, and then the
 * tags if there are any. What the target has already is not sent again, except small files, once eight in a row were missing.
 * While some files are sent, others are read.
 *
 * @throws UnsafePathError, ExistsError, NotFoundError, InvalidManifestError, TooLargeError or InvalidReferenceError before
 *   anything is sent, when a file, an option or a tag is wrong, or the manifest would have more than 4 MiB
 * @throws MismatchError before anything is sent, when the artifact has another digest than it must have
 * @throws FileError when a file cannot be read, or changed after it was opened
 * @throws TypeError before anything is sent, when the target, the files or an option are of a wrong type
 */
export async function push(
  target: Target,
  tag: string | undefined,
  files: FileInputs,
  options: PushOptions = {},
): Promise<PackedManifest> {
  checkTarget(target, 'push');
  checkTagArgument(tag);
  checkOptions(options);
  return listening(options, (heard) => pushFiles(target, tag, files, heard));
}

async function pushFiles(
  target: Target,
  tag: string | undefined,
  files: FileInputs,
  options: PushOptions,
): Promise<PackedManifest> {
  const { concurrency = defaultConcurrency, signal } = options;
  const tags = tagsOf([tag, ...(options.tags ?? [])]);
  const opened = await openFiles(files, options);
  checkArtifact(opened, options);
  const store = new LayerStore(target, tag, options);
  let packed: PackedManifest;
  if (options.digest === undefined) {
    const layers = await mapConcurrent(opened, concurrency, signal, (file, stop) =>
      aboutFile(file.name, store.file(file, stop)),
    );
    packed = buildManifest({ ...options, layers });
  } else {
    const { layers, ...manifest } = await packOpened(opened, options);
    await mapConcurrent(layers, concurrency, signal, (layer, stop, i) =>
      aboutFile(opened[i]?.name as string, store.layer(layer, stop)),
    );
    packed = manifest;
  }
  await storeManifest(target, packed, tags, options);
  return packed;
}

async function packOpened(files: readonly OpenedFile[], options: PushOptions): Promise<PackedFiles> {
  const layers: FileLayer[] = [];
  for (const file of files) layers.push(await aboutFile(file.name, layerOf(file, options)));
  const packed = buildManifest({ ...options, layers: layers.map(({ descriptor }) => descriptor) });
  const { digest = packed.descriptor.digest } = options;
  if (packed.descriptor.digest === digest) return { ...packed, layers };
  const message = `The artifact of these files is ${packed.descriptor.digest}, and not ${digest}`;
  throw new MismatchError(message, digest, packed.descriptor.digest);
}
