import { checkPath } from '../bytes/paths.ts';
import { readChunks } from '../bytes/streams.ts';
import { abortableItems } from '../concurrency.ts';
import { ExistsError, NotFoundError, UnsupportedError } from '../errors.ts';
import { annotationKeys } from '../oci/annotations.ts';
import { createDigester } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { AbortOptions, TransferOptions } from '../options.ts';
import { throttled } from '../target/progress.ts';
import type { Annotations, Descriptor } from '../types.ts';

/** What can be said of a file besides its content. */
export interface FileProperties {
  /** Media type of the layer. Default: what the registry's `mediaTypeOf` says. */
  mediaType?: string | undefined;
  /** Annotations of the layer, besides its title. */
  annotations?: Annotations | undefined;
}

/** A file by its content: text, bytes in memory, or a Blob, which is read piece by piece. */
export interface NamedFile extends FileProperties {
  /** Name the file has when it is pulled: a relative path, parts joined by `/`. */
  name: string;
  /** What is in it; text is stored as UTF-8. */
  content: Blob | Uint8Array | string;
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

/** How files are opened and typed; a registry hands in its own methods. */
export interface FileHooks {
  /** Opens a path. Default: it throws an UnsupportedError. */
  openPath?: ((path: string, options: AbortOptions) => Promise<NamedFile>) | undefined;
  /** The media type of a file that was given none. Default: {@link defaultMediaType}. */
  mediaTypeOf?: ((file: { name: string; content: Blob }) => string) | undefined;
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

/**
 * Opens a file and computes its digest, reading it piece by piece. The title annotation is its name.
 *
 * @throws UnsafePathError when the name could not be pulled
 * @throws NotFoundError when a path does not exist, or the file changes while it is read
 * @throws UnsupportedError when paths cannot be opened here
 */
export async function layerOf(input: FileInput, options: FileHooks & TransferOptions = {}): Promise<Layer> {
  const file = await openFile(input, options);
  const { name, content } = file;
  const mediaType = file.mediaType ?? options.mediaTypeOf?.({ name, content }) ?? defaultMediaType;
  const { size } = content;
  const { onProgress, signal } = options;
  const digester = createDigester();
  const report = throttled(size, (transferred) => onProgress?.({ type: 'hash', name, transferred, size }));
  let read = 0;
  const take = (chunk: Uint8Array): void => {
    digester.update(chunk);
    read += chunk.byteLength;
    report(read);
  };
  await readChunks(content.stream(), take, signal).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new NotFoundError(`The file ${name} cannot be read: it has changed or is gone`, name, { cause });
  });
  return {
    descriptor: {
      mediaType,
      digest: digester.digest(),
      size,
      annotations: { ...file.annotations, [annotationKeys.title]: name },
    },
    content,
  };
}

/** The layer with other properties; its title stays what it is. */
export function withProperties(layer: Layer, { mediaType, annotations }: FileProperties): Layer {
  const { descriptor } = layer;
  const title = descriptor.annotations?.[annotationKeys.title];
  return {
    ...layer,
    descriptor: {
      ...descriptor,
      ...(mediaType && { mediaType }),
      annotations: { ...descriptor.annotations, ...annotations, ...(title && { [annotationKeys.title]: title }) },
    },
  };
}

/** The layers of many files, in their order.
 *
 * @throws ExistsError when two files have the same name
 */
export async function layersOf(
  inputs: Iterable<FileInput> | AsyncIterable<FileInput>,
  options: FileHooks & TransferOptions = {},
): Promise<Layer[]> {
  const layers: Layer[] = [];
  const names = new Set<string | undefined>();
  for await (const input of abortableItems(inputs, options.signal)) {
    const layer = await layerOf(input, options);
    const name = layer.descriptor.annotations?.[annotationKeys.title];
    if (names.has(name)) throw new ExistsError(`Two files are called ${name}: give one another name`, String(name));
    names.add(name);
    layers.push(layer);
  }
  return layers;
}

async function openFile(input: FileInput, options: FileHooks & AbortOptions): Promise<NamedFile & { content: Blob }> {
  const file = await namedFile(input, options);
  checkPath(file.name);
  return { ...file, content: toBlob(file) };
}

/** Anything else would be stored as the text that JavaScript makes of it: `[object ReadableStream]`. */
function toBlob({ name, content }: NamedFile): Blob {
  if (content instanceof Blob) return content;
  if (typeof content === 'string' || content instanceof Uint8Array) return new Blob([content as BlobPart]);
  throw new TypeError(`The content of ${name} must be a Blob, a Uint8Array or text`);
}

async function namedFile(input: FileInput, options: FileHooks & AbortOptions): Promise<NamedFile> {
  if (input instanceof File) return { name: input.webkitRelativePath || input.name, content: input };
  if (typeof input !== 'string' && 'content' in input) return input;
  const { path, ...properties } = typeof input === 'string' ? { path: input } : input;
  if (typeof path !== 'string') throw new TypeError('A file is a path, a File, {name, content} or {path}');
  if (!options.openPath) {
    throw new UnsupportedError(
      `Cannot open ${path}: paths can be opened in Node only; pass a File, or {name, content}`,
      'opening paths',
    );
  }
  const opened = await options.openPath(path, { signal: options.signal });
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { ...opened, ...Object.fromEntries(given) };
}
