import { kindOf } from '../../bytes/kinds.ts';
import type { AbortOptions } from '../../options.ts';
import type { Annotations } from '../../types.ts';
import { pathsUnsupported } from '../paths.ts';

/** Media type and annotations of a file. */
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
   * may be of any size, but its upload cannot be resumed. A stream of Node becomes one with `Readable.toWeb`.
   */
  content: Blob | ReadableStream<Uint8Array> | Uint8Array | ArrayBuffer | string;
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

/** The files of one call: one, or a list of any kind, also one that is still being made. */
export type FileInputs = FileInput | Iterable<FileInput> | AsyncIterable<FileInput>;

/** Opens a path as a file. */
export type OpenPath = (path: string, options: AbortOptions) => Promise<NamedFile>;

/** What may be pushed, for messages. */
const expected = 'a path, a File, { name, content } or { path }';

/** The files as a list. A text is one path, not a list of characters.
 *
 * @throws TypeError when it is neither a file nor a list
 */
export function listOf(files: FileInputs): Iterable<FileInput> | AsyncIterable<FileInput> {
  if (typeof files === 'string') return [files];
  const isBytes = files instanceof ArrayBuffer || ArrayBuffer.isView(files);
  if (typeof files === 'object' && files !== null && !isBytes && !('pipe' in files)) {
    if (files instanceof File || 'content' in files || 'path' in files) return [files];
    if (Symbol.asyncIterator in files || Symbol.iterator in files) return files;
  }
  throw notFiles(files);
}

/** A file with its content, its path opened.
 *
 * @throws TypeError when it is no file
 * @throws UnsupportedError when it is a path, and paths cannot be opened
 */
export async function namedFile(
  input: FileInput,
  openPath: OpenPath | undefined,
  { signal }: AbortOptions,
): Promise<NamedFile> {
  if (input instanceof File) return { name: input.webkitRelativePath || input.name, content: input };
  if (typeof input === 'object' && input !== null && 'content' in input) {
    if (typeof input.name === 'string') return input;
    throw new TypeError(`The name of a file must be text, not ${kindOf(input.name)}`);
  }
  const { path, ...properties } = typeof input === 'object' && input !== null ? input : { path: input };
  if (typeof path !== 'string') throw notFiles(input);
  if (!openPath) throw pathsUnsupported(path);
  const opened = await openPath(path, { signal });
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { ...opened, ...Object.fromEntries(given) };
}

/** Content without a name is the usual mistake. */
function notFiles(value: unknown): TypeError {
  const isContent =
    value instanceof Blob ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    value instanceof ReadableStream;
  const advice = isContent ? ': give it a name, as in { name, content }' : '';
  return new TypeError(
    `A file to push is ${expected}, and files are one or a list of these, not ${kindOf(value)}${advice}`,
  );
}
