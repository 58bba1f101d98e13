import { defaultConcurrency, mapConcurrent } from '../../concurrency.ts';
import { MismatchError } from '../../errors.ts';
import { emptyDescriptor } from '../../oci/descriptor.ts';
import { withSpool } from '../../storage/spool.ts';
import { checkOptions, checkTagArgument, checkTarget } from '../../target/arguments.ts';
import { aboutFile } from '../../target/callers.ts';
import { listening } from '../../target/listening.ts';
import type { Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Digest } from '../../types.ts';
import type { OpenedDirectory } from './directories.ts';
import type { FileInputs } from './file-input.ts';
import { type FileHooks, type FileLayer, layerOf, type OpenedFile, type OpenOptions, openFiles } from './files.ts';
import { LayerStore } from './layer-store.ts';
import { buildManifest, type ManifestContent, type PackedManifest } from './pack.ts';
import { describe } from './pack-directory.ts';
import { storeManifest, tagsOf } from './store.ts';

/** Options of the artifact itself, not of its files. */
export type ArtifactOptions = Omit<ManifestContent, 'layers'>;

/** Options of storing an artifact. */
export interface StoreArtifactOptions extends ArtifactOptions, UploadOptions {
  /** Further tags of the artifact. Default: none. */
  tags?: readonly (string | undefined)[] | undefined;
}

/** Options of {@link push} and {@link packFiles}. */
export interface PushOptions extends StoreArtifactOptions, OpenOptions, FileHooks {
  /** Required digest of the artifact; all files are then read before anything is sent. Default: any. */
  digest?: Digest | undefined;
}

/** Files packed into an artifact in memory, ready to push. */
export interface PackedFiles extends PackedManifest {
  /** The files as layers, in order. */
  layers: FileLayer[];
}

/**
 * Reads files and makes the artifact they would be pushed as, without pushing it: its digest is known beforehand, and
 * {@link push} gives the same. A stream is kept in memory, as its layer has the content; or with `spool` in a place of
 * the caller, who deletes it.
 *
 * @throws UnsafePathError, ExistsError, NotFoundError, InvalidManifestError or TooLargeError when the files cannot be
 *   an artifact
 * @throws MismatchError when the artifact does not have the required digest
 * @throws TypeError when the files or an option have the wrong type
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
 * Checks an artifact before its files are read or sent, with placeholders for the digests, which all have the same
 * length. The size of a stream is unknown, but a few digits more hardly matter.
 */
function checkArtifact(opened: readonly (OpenedFile | OpenedDirectory)[], options: PushOptions): void {
  const { digest } = emptyDescriptor;
  const layers = opened.map((file) => {
    if ('directory' in file) return describe(file, { digest, size: 0, tarDigest: digest, tarSize: 0 });
    const size = file.content instanceof Blob ? file.content.size : 0;
    return { mediaType: file.mediaType, digest, size, annotations: file.annotations };
  });
  buildManifest({ ...options, layers });
}

/**
 * Pushes one file or many as an artifact: each file as a layer with its name as title, then the manifest, then its
 * tags. Content that the target has is not sent again, except small files, once eight in a row were missing. While some
 * files are sent, others are hashed.
 *
 * @throws UnsafePathError, ExistsError, NotFoundError, InvalidManifestError, TooLargeError or InvalidReferenceError
 *   before anything is sent, when a file, an option or a tag is invalid, or the manifest would be larger than 4 MiB
 * @throws MismatchError before anything is sent, when the artifact does not have the required digest
 * @throws FileError when a file cannot be read, or changed after it was opened
 * @throws TypeError before anything is sent, when the target, the files or an option have the wrong type
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
    packed = await withSpool(options.spool, async (spool) => {
      const { layers, ...manifest } = await packOpened(opened, { ...options, spool });
      await mapConcurrent(opened, concurrency, signal, (file, stop, i) =>
        aboutFile(file.name, store.layer(file, layers[i] as FileLayer, stop)),
      );
      return manifest;
    });
  }
  await storeManifest(target, packed, tags, options);
  return packed;
}

async function packOpened(
  files: readonly (OpenedFile | OpenedDirectory)[],
  options: PushOptions,
): Promise<PackedFiles> {
  const layers: FileLayer[] = [];
  for (const file of files) layers.push(await aboutFile(file.name, layerOf(file, options)));
  const packed = buildManifest({ ...options, layers: layers.map(({ descriptor }) => descriptor) });
  const { digest = packed.descriptor.digest } = options;
  if (packed.descriptor.digest === digest) return { ...packed, layers };
  const message = `The artifact of these files is ${packed.descriptor.digest}, and not ${digest}`;
  throw new MismatchError(message, digest, packed.descriptor.digest);
}
