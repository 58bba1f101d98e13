import { type HashBlob, hashBlob } from '../../bytes/hash.ts';
import { checkPath } from '../../bytes/paths.ts';
import { canBeRead, readError } from '../../bytes/read-error.ts';
import { collectBlob } from '../../bytes/streams.ts';
import { abortableItems } from '../../concurrency.ts';
import { ExistsError, UnsupportedError } from '../../errors.ts';
import { annotationKeys, checkAnnotations } from '../../oci/annotations.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { AbortOptions, TransferOptions } from '../../options.ts';
import { throttled } from '../../target/progress.ts';
import type { Annotations, Descriptor } from '../../types.ts';

/** What can be said of a file besides its content. */
export interface FileProperties {
  /** Media type of the layer. Default: what the registry's `mediaTypeOf` says. */
  mediaType?: string | undefined;
  /** Annotations of the layer, besides its title. */
  annotations?: Annotations | undefined;
}

/** A file by its content: text, bytes in memory, a Blob, which is read piece by piece, or a stream. */
export interface NamedFile extends FileProperties {
  /** Name the file has when it is pulled: a relative path, parts joined by `/`. */
  name: string;
  /**
   * What is in it; text is stored as UTF-8. A stream is read once: a registry gets it in chunks while it comes, so it
   * may be of any size, but its upload cannot be resumed.
   */
  content: Blob | ReadableStream<Uint8Array> | Uint8Array | string;
}

/** A file by its path, where paths can be opened (in Node). */
export interface PathFile extends FileProperties {
  /** Path of the file, absolute or from the working directory. */
  path: string;
  /** Name the file has when it is pulled. Default: the path below the working directory, or else its last part. */
  name?: string | undefined;
}

/** A file to be pushed: a path, a browser's `File`, or one with its properties. */
export type FileInput = string | File | NamedFile | PathFile;

/** How files are opened and typed; a registry hands in its own methods. What one throws is what the call fails with. */
export interface FileHooks {
  /** Opens a path. Default: it throws an UnsupportedError. */
  openPath?: ((path: string, options: AbortOptions) => Promise<NamedFile>) | undefined;
  /** The media type of a file that was given none. Default: {@link defaultMediaType}. */
  mediaTypeOf?: ((file: { name: string; content: Blob }) => string | Promise<string>) | undefined;
  /** Computes the digest of a file. Default: here, piece by piece; a page may leave it to a worker. */
  hash?: HashBlob | undefined;
}

/** A file that became a layer: its descriptor, and the content to store under it. */
export interface Layer {
  /** Media type, digest, size and annotations. */
  descriptor: Descriptor;
  /** The bytes. */
  content: Blob;
}

/**
 * The media type oras gives a file of unknown type, so that the same files make the same artifact. A browser's own
 * guess is not used: it differs between systems.
 */
export const defaultMediaType: string = mediaTypes.layerTar;

/** A file that was opened: what there is to store. */
export interface OpenedFile {
  /** Its name, which can be pulled. */
  name: string;
  /** Its bytes. */
  content: Blob | ReadableStream<Uint8Array>;
  /** Media type of its layer. */
  mediaType: string;
  /** Annotations of its layer, with the title. */
  annotations: Annotations;
}

/**
 * Opens a file and decides everything but its digest.
 *
 * @throws UnsafePathError when the name could not be pulled
 * @throws InvalidManifestError when an annotation is no text
 * @throws NotFoundError when a path does not exist
 * @throws FileError when a path cannot be opened
 * @throws UnsupportedError when paths cannot be opened here
 */
export async function openFile(input: FileInput, options: FileHooks & AbortOptions = {}): Promise<OpenedFile> {
  const file = await namedFile(input, options);
  const { name, annotations } = file;
  checkPath(name);
  checkAnnotations(annotations, name);
  const content = contentOf(file);
  // What a stream is cannot be seen before it is read.
  const shown = content instanceof Blob ? content : new Blob();
  const mediaType = file.mediaType ?? (await options.mediaTypeOf?.({ name, content: shown })) ?? defaultMediaType;
  return { name, content, mediaType, annotations: { ...annotations, [annotationKeys.title]: name } };
}

/** Opens many files, in their order.
 *
 * @throws ExistsError when two files have the same name
 */
export async function openFiles(
  inputs: Iterable<FileInput> | AsyncIterable<FileInput>,
  options: FileHooks & AbortOptions = {},
): Promise<OpenedFile[]> {
  const files = new Map<string, OpenedFile>();
  for await (const input of abortableItems(inputs, options.signal)) {
    const file = await openFile(input, options);
    const { name } = file;
    if (files.has(name)) throw new ExistsError(`Two files are called ${name}: give one another name`, name);
    files.set(name, file);
  }
  return [...files.values()];
}

/**
 * Computes the digest of a file, reading it piece by piece; a stream is kept in memory.
 *
 * @throws FileError when it cannot be read: it has changed, or there is no permission to
 * @throws NotFoundError when it was removed after it was opened
 */
export async function layerOf(file: OpenedFile, options: FileHooks & TransferOptions = {}): Promise<Layer> {
  const { name, mediaType, annotations } = file;
  const { hash = hashBlob, onProgress, signal } = options;
  const content = file.content instanceof Blob ? file.content : await collectBlob(file.content, signal);
  const { size } = content;
  const onRead = throttled(size, (transferred) => onProgress?.({ type: 'hash', name, transferred, size }));
  const digest = await hash(content, { signal, onRead }).catch(async (error: unknown) => {
    signal?.throwIfAborted();
    // A hash of the caller's own can fail for other reasons that are DOMExceptions.
    if (error instanceof DOMException && (await canBeRead(content, signal))) throw error;
    throw await readError(error, content, name, 'Cannot push');
  });
  return { descriptor: { mediaType, digest, size, annotations }, content };
}

/** The file with other properties; its title stays what it is.
 *
 * @throws InvalidManifestError when an annotation is no text
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

/** Anything else would be stored as the text that JavaScript makes of it: `[object ReadableStream]`. */
function contentOf({ name, content }: NamedFile): Blob | ReadableStream<Uint8Array> {
  if (content instanceof Blob || content instanceof ReadableStream) return content;
  if (typeof content === 'string' || content instanceof Uint8Array) return new Blob([content as BlobPart]);
  throw new TypeError(`The content of ${name} must be a Blob, a ReadableStream, a Uint8Array or text`);
}

async function namedFile(input: FileInput, options: FileHooks & AbortOptions): Promise<NamedFile> {
  if (input instanceof File) return { name: input.webkitRelativePath || input.name, content: input };
  if (typeof input !== 'string' && 'content' in input) return input;
  const { path, ...properties } = typeof input === 'string' ? { path: input } : input;
  if (typeof path !== 'string') throw new TypeError('A file is a path, a File, {name, content} or {path}');
  if (!options.openPath) throw pathsUnsupported(path);
  const opened = await options.openPath(path, { signal: options.signal });
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { ...opened, ...Object.fromEntries(given) };
}

/** The error for a path where there are none. */
export function pathsUnsupported(path: string): UnsupportedError {
  const message = `Cannot open ${path}: paths can be opened in Node only; pass a File, or {name, content}`;
  return new UnsupportedError(message, 'opening paths');
}
