import { asContent } from '../../bytes/content.ts';
import { digested } from '../../bytes/digested.ts';
import { type HashBlob, hashBlob } from '../../bytes/hash.ts';
import { checkPath } from '../../bytes/paths.ts';
import { canBeRead, readError } from '../../bytes/read-error.ts';
import { abortableItems } from '../../concurrency.ts';
import { ExistsError } from '../../errors.ts';
import { annotationKeys, checkAnnotations } from '../../oci/annotations.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { AbortOptions, TransferOptions } from '../../options.ts';
import { memorySpool, type Spool } from '../../storage/spool.ts';
import { throttled } from '../../target/progress.ts';
import type { Annotations, Descriptor } from '../../types.ts';
import { FileTree } from '../file-tree.ts';
import {
  type FileInput,
  type FileInputs,
  type FileProperties,
  listOf,
  namedFile,
  type OpenPath,
} from './file-input.ts';

/**
 * Hooks to open files and find their types; a `Registry` passes its own methods. An error they throw is the error of
 * the call.
 */
export interface FileHooks {
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
 * Opens a file, and determines all but its digest.
 *
 * @throws UnsafePathError when the name is not a safe path
 * @throws InvalidManifestError when an annotation is not text
 * @throws NotFoundError when a path does not exist
 * @throws FileError when a path cannot be opened
 * @throws UnsupportedError when this runtime cannot open paths
 * @throws TypeError when it is not a file
 */
export async function openFile(input: FileInput, options: FileHooks & AbortOptions = {}): Promise<OpenedFile> {
  const file = await namedFile(input, options.openPath, options);
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

/** Opens one file, or many, in order.
 *
 * @throws ExistsError when two files have the same name, or a file has the name of another file's folder: no pull could
 *   write both
 * @throws TypeError when they are not files
 */
export async function openFiles(inputs: FileInputs, options: FileHooks & AbortOptions = {}): Promise<OpenedFile[]> {
  const tree = new FileTree<OpenedFile>(collision);
  const files: OpenedFile[] = [];
  for await (const input of abortableItems(listOf(inputs), options.signal)) {
    const file = await openFile(input, options);
    if (tree.add(file.name, file)) throw collision(file.name);
    files.push(file);
  }
  return files;
}

/**
 * Computes the digest of a file, chunk by chunk; a stream is spooled meanwhile.
 *
 * @throws FileError when it cannot be read, because it changed or there is no permission; or when the spool fails
 * @throws NotFoundError when it was removed after it was opened
 */
export async function layerOf(file: OpenedFile, options: FileHooks & TransferOptions = {}): Promise<FileLayer> {
  const { content } = file;
  return content instanceof Blob ? layerOfBlob(file, content, options) : layerOfStream(file, content, options);
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

async function layerOfStream(
  file: OpenedFile,
  content: ReadableStream<Uint8Array>,
  options: FileHooks & TransferOptions,
): Promise<FileLayer> {
  const { spool = memorySpool, signal } = options;
  const { stream, described } = describedStream(file, content, options);
  const spooled = await spool(stream, { signal });
  return { descriptor: await described, content: spooled.content };
}

/** The stream of a file, unchanged, and its descriptor, which resolves just before the stream ends. */
export function describedStream(
  { name, mediaType, annotations }: OpenedFile,
  content: ReadableStream<Uint8Array>,
  { onProgress }: TransferOptions,
): { stream: ReadableStream<Uint8Array>; described: Promise<Descriptor> } {
  const report = throttled(streamReportBytes, (transferred) =>
    onProgress?.({ type: 'hash', name, transferred, size: undefined }),
  );
  const { stream, found } = digested(content, report);
  return { stream, described: found.then(({ digest, size }) => ({ mediaType, digest, size, annotations })) };
}

/** The file with other properties; its title is kept.
 *
 * @throws InvalidManifestError when an annotation is not text
 */
export function withProperties(file: OpenedFile, { mediaType, annotations }: FileProperties): OpenedFile {
  checkAnnotations(annotations, file.name);
  const title = { [annotationKeys.title]: file.name };
  return {
    ...file,
    ...(mediaType && { mediaType }),
    annotations: { ...file.annotations, ...annotations, ...title },
  };
}
