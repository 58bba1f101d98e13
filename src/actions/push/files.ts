import { asContent } from '../../bytes/content.ts';
import { digested } from '../../bytes/digested.ts';
import { type HashBlob, hashBlob } from '../../bytes/hash.ts';
import { checkPath } from '../../bytes/paths.ts';
import { canBeRead, readError } from '../../bytes/read-error.ts';
import { abortableItems } from '../../concurrency.ts';
import { ExistsError } from '../../errors.ts';
import { shown } from '../../json/values.ts';
import { annotationKeys, checkAnnotations } from '../../oci/annotations.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { AbortOptions, TransferOptions } from '../../options.ts';
import { memorySpool, type Spool } from '../../storage/spool.ts';
import { throttled } from '../../target/progress.ts';
import type { Annotations, Descriptor } from '../../types.ts';
import { FileTree } from '../file-tree.ts';
import { chosenFolders, filesOf, type OpenedDirectory, openDirectory } from './directories.ts';
import {
  type FileInput,
  type FileInputs,
  type FileProperties,
  isDirectory,
  listOf,
  type NamedFile,
  namedFile,
  type OpenPath,
} from './file-input.ts';
import type { PackOptions } from './pack-directory.ts';
import { type DescribedStream, type PackHook, packLayer } from './packed-layer.ts';

/**
 * Hooks to open files and find their types; a `Registry` passes its own methods. An error they throw is the error of
 * the call.
 */
export interface FileHooks extends PackHook {
  /** Opens a path. Default: it throws an UnsupportedError. */
  openPath?: OpenPath | undefined;
  /** The media type of a file without one. Default: {@link defaultMediaType}. */
  mediaTypeOf?: ((file: { name: string; content: Blob }) => string | Promise<string>) | undefined;
  /** Computes the digest of a file. Default: in this thread, chunk by chunk; a page may use a worker. */
  hash?: HashBlob | undefined;
  /**
   * Stores a stream until its digest is known, where it cannot be sent before. Default: in memory; in Node, `push` and a
   * `Registry` use a temporary file, and a `Registry` in a page the origin private file system.
   */
  spool?: Spool | undefined;
}

/** How files and directories become layers. */
export interface OpenOptions extends PackOptions {
  /**
   * What a directory becomes: one layer, an archive that oras and {@link pull} unpack, or a layer for each file in it, with
   * its path as title; empty directories are lost then. So are the files of one folder that a person chose on a page.
   * Default `archive`.
   */
  directories?: 'archive' | 'files' | undefined;
}

/** Assumed size of a stream, in bytes: up to it, `hash` events come at every hundredth of it. */
const streamReportBytes = 100 * 1024 * 1024;

/** A file as a layer: its descriptor, and its content. */
export interface FileLayer {
  /** Media type, digest, size and annotations. */
  descriptor: Descriptor;
  /** The bytes. */
  content: Blob;
}

/**
 * The media type of files without one, as in oras, so that the same files make the same artifact. A browser's own guess
 * is not used, because it differs between systems.
 */
export const defaultMediaType: string = mediaTypes.layerTar;

/** An opened file, ready to push. */
export interface OpenedFile {
  /** Its name, checked to be a safe path. */
  name: string;
  /** Its bytes. */
  content: Blob | ReadableStream<Uint8Array>;
  /** Media type of its layer. */
  mediaType: string;
  /** Annotations of its layer, with the title. */
  annotations: Annotations;
}

/**
 * Opens a file or a directory and decides everything but its digest.
 *
 * @throws UnsafePathError when the name is not a safe path
 * @throws InvalidManifestError when an annotation is not text
 * @throws NotFoundError when a path does not exist
 * @throws FileError when a path cannot be opened
 * @throws UnsupportedError when this runtime cannot open paths
 * @throws TypeError when it is not a file
 */
export async function openFile(
  input: FileInput,
  options: FileHooks & OpenOptions & AbortOptions = {},
): Promise<OpenedFile | OpenedDirectory> {
  const file = await namedFile(input, options.openPath, options);
  return isDirectory(file) ? openDirectory(file, options) : openNamed(file, options);
}

async function openNamed(file: NamedFile, options: FileHooks & AbortOptions): Promise<OpenedFile> {
  const { name, annotations } = file;
  checkPath(name);
  checkAnnotations(annotations, name);
  const content = asContent(file.content, name);
  // The content of a stream is unknown before it is read.
  const shown = content instanceof Blob ? content : new Blob();
  const mediaType = file.mediaType ?? (await options.mediaTypeOf?.({ name, content: shown })) ?? defaultMediaType;
  return { name, content, mediaType, annotations: { ...annotations, [annotationKeys.title]: name } };
}

function collision(name: string): ExistsError {
  return new ExistsError(`Two files cannot both be at ${name}: give one another name`, name);
}

/** Opens one file or directory, or many in their order.
 *
 * @throws ExistsError when two files have the same name, or one has the name of another one's folder: no pull could write
 *   both
 * @throws UnsupportedError when directories become files, and there is a symlink in one
 * @throws TypeError when these are no files
 */
export async function openFiles(
  inputs: FileInputs,
  options: FileHooks & OpenOptions & AbortOptions = {},
): Promise<(OpenedFile | OpenedDirectory)[]> {
  const tree = new FileTree<string>(collision);
  const opened: (OpenedFile | OpenedDirectory)[] = [];
  const add = (file: OpenedFile | OpenedDirectory): void => {
    if (tree.add(file.name, file.name)) throw collision(file.name);
    opened.push(file);
  };
  const list = abortableItems(listOf(inputs), options.signal);
  const isArchive = checkedDirectories(options) === 'archive';
  for await (const input of chosenFolders(list)) {
    const file = await openFile(input, options);
    if (isArchive || !('directory' in file)) add(file);
    else for await (const named of filesOf(file, options)) add(await openNamed(named, options));
  }
  return opened;
}

/**
 * Computes the digest of a file, chunk by chunk; a stream is spooled meanwhile.
 *
 * @throws FileError when it cannot be read, because it changed or there is no permission; or when the spool fails
 * @throws NotFoundError when it was removed after it was opened
 */
export async function layerOf(
  file: OpenedFile | OpenedDirectory,
  options: FileHooks & PackOptions & TransferOptions = {},
): Promise<FileLayer> {
  if ('directory' in file) return spooled(await packLayer(file, options), options);
  const { content } = file;
  if (content instanceof Blob) return layerOfBlob(file, content, options);
  return spooled(describedStream(file, content, options), options);
}

async function layerOfBlob(
  { name, mediaType, annotations }: OpenedFile,
  content: Blob,
  { hash = hashBlob, onProgress, signal }: FileHooks & TransferOptions,
): Promise<FileLayer> {
  const { size } = content;
  const onRead = throttled(size, (transferred) => onProgress?.({ type: 'hash', name, transferred, size }));
  const digest = await hash(content, { signal, onRead }).catch(async (error: unknown) => {
    signal?.throwIfAborted();
    // A hash function of the caller may throw a DOMException for other reasons.
    if (error instanceof DOMException && (await canBeRead(content, signal))) throw error;
    throw await readError(error, content, name, 'Cannot push');
  });
  return { descriptor: { mediaType, digest, size, annotations }, content };
}

async function spooled(
  { stream, described }: DescribedStream,
  { spool = memorySpool, signal }: FileHooks & TransferOptions,
): Promise<FileLayer> {
  const { content } = await spool(stream, { signal });
  return { descriptor: await described, content };
}

/** The stream of a file, unchanged, and its descriptor, which resolves just before the stream ends. */
export function describedStream(
  { name, mediaType, annotations }: OpenedFile,
  content: ReadableStream<Uint8Array>,
  { onProgress }: TransferOptions,
): DescribedStream {
  const report = throttled(streamReportBytes, (transferred) =>
    onProgress?.({ type: 'hash', name, transferred, size: undefined }),
  );
  const { stream, found } = digested(content, report);
  return { stream, described: found.then(({ digest, size }) => ({ mediaType, digest, size, annotations })) };
}

function checkedDirectories({ directories = 'archive' }: OpenOptions): 'archive' | 'files' {
  if (directories === 'archive' || directories === 'files') return directories;
  throw new TypeError(`"directories" must be "archive" or "files", not ${shown(directories)}`);
}

/** The file or directory with other properties; its title is kept.
 *
 * @throws InvalidManifestError when an annotation is not text
 */
export function withProperties<F extends OpenedFile | OpenedDirectory>(
  file: F,
  { mediaType, annotations }: FileProperties,
): F {
  checkAnnotations(annotations, file.name);
  const title = { [annotationKeys.title]: file.name };
  return {
    ...file,
    ...(mediaType && { mediaType }),
    annotations: { ...file.annotations, ...annotations, ...title },
  };
}
