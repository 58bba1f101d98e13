import { kindOf } from '../../bytes/kinds.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageReader } from '../../storage/storage.ts';
import type { Annotations } from '../../types.ts';
import { pathsUnsupported } from '../paths.ts';

/** Media type and annotations of a file. */
export interface FileProperties {
  /** Media type of the layer. Default: the result of the registry's `mediaTypeOf`. */
  mediaType?: string | undefined;
  /** Annotations of the layer, besides its title. */
  annotations?: Annotations | undefined;
}

/** A file by its content: text, bytes in memory, a Blob (read chunk by chunk) or a stream. */
export interface NamedFile extends FileProperties {
  /** File name in the artifact: a relative path, parts joined by `/`. */
  name: string;
  /**
   * The content; text is stored as UTF-8. A stream is read once and sent to a registry in chunks as it arrives, so it
   * may have any size, but its upload cannot be resumed; other targets get it from the `spool`. Convert a stream of Node
   * with `Readable.toWeb`.
   */
  content: Blob | ReadableStream<Uint8Array> | Uint8Array | ArrayBuffer | string;
}

/** A file by its local path (in Node). */
export interface PathFile extends FileProperties {
  /** Path of the file, absolute or relative to the working directory. */
  path: string;
  /** File name in the artifact. Default: the path below the working directory, or else its last part. */
  name?: string | undefined;
}

/** A directory by the storage it is in: one that was dropped or picked, in OPFS, in memory or on the disk. */
export interface NamedDirectory extends FileProperties {
  /** Name the directory has when it is pulled: a relative path, parts joined by `/`. */
  name: string;
  /** The storage. */
  directory: StorageReader;
  /** Path of the directory in the storage. Default: all of the storage. */
  path?: string | undefined;
}

/**
 * A file to be pushed: a path, a browser's `File`, or one with its properties; or a directory: a path, or one in a storage.
 */
export type FileInput = string | File | NamedFile | PathFile | NamedDirectory;

/** The files of one call: a single file, or any iterable of files, also an async one. */
export type FileInputs = FileInput | Iterable<FileInput> | AsyncIterable<FileInput>;

/** Opens a path as a file or a directory. */
export type OpenPath = (path: string, options: AbortOptions) => Promise<NamedFile | NamedDirectory>;

/** Describes the accepted files in messages. */
const expected = 'a path, a File, { name, content }, { path } or { name, directory }';

/** The files as an iterable. Text is a single path, not an iterable of characters.
 *
 * @throws TypeError when it is neither a file nor an iterable
 */
export function listOf(files: FileInputs): Iterable<FileInput> | AsyncIterable<FileInput> {
  if (typeof files === 'string') return [files];
  const isBytes = files instanceof ArrayBuffer || ArrayBuffer.isView(files);
  if (typeof files === 'object' && files !== null && !isBytes && !('pipe' in files)) {
    if (files instanceof File || 'content' in files || 'path' in files || 'directory' in files) return [files];
    if (Symbol.asyncIterator in files || Symbol.iterator in files) return files;
  }
  throw notFiles(files);
}

/** Tells whether it is a directory, and not a file. */
export function isDirectory(input: NamedFile | NamedDirectory): input is NamedDirectory {
  return 'directory' in input;
}

/** A file with its content or a directory with its storage, its path opened.
 *
 * @throws TypeError when it is neither
 * @throws UnsupportedError when it is a path, and paths cannot be opened
 */
export async function namedFile(
  input: FileInput,
  openPath: OpenPath | undefined,
  { signal }: AbortOptions,
): Promise<NamedFile | NamedDirectory> {
  if (input instanceof File) return { name: input.webkitRelativePath || input.name, content: input };
  if (typeof input === 'object' && input !== null && ('content' in input || 'directory' in input)) {
    if (typeof input.name !== 'string') {
      throw new TypeError(`The name of a file must be text, not ${kindOf(input.name)}`);
    }
    if (isDirectory(input)) checkDirectory(input);
    return input;
  }
  const { path, ...properties } = typeof input === 'object' && input !== null ? input : { path: input };
  if (typeof path !== 'string') throw notFiles(input);
  if (!openPath) throw pathsUnsupported(path);
  const opened = await openPath(path, { signal });
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { ...opened, ...Object.fromEntries(given) };
}

/** Checks the storage and the path of a directory.
 *
 * @throws TypeError when one has the wrong type
 */
export function checkDirectory({ directory, path }: NamedDirectory): void {
  if (typeof directory?.get !== 'function' || typeof directory.list !== 'function') {
    throw new TypeError(`A directory to push must be in a storage, such as a MemoryStorage, not ${kindOf(directory)}`);
  }
  if (path === undefined || typeof path === 'string') return;
  throw new TypeError(`The path of a directory must be text, not ${kindOf(path)}`);
}

/** A clearer message for a common mistake: content without a name. */
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
