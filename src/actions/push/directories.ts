import { checkPath } from '../../bytes/paths.ts';
import { UnsupportedError } from '../../errors.ts';
import { annotationKeys, checkAnnotations } from '../../oci/annotations.ts';
import type { AbortOptions } from '../../options.ts';
import { FileListStorage } from '../../storage/file-list.ts';
import type { Annotations } from '../../types.ts';
import { directoryEntries } from './directory-entries.ts';
import type { FileInput, NamedDirectory, NamedFile } from './file-input.ts';
import { checkPackOptions, directoryMediaType, type PackOptions } from './pack-directory.ts';

/** A directory that was opened: what there is to pack. */
export interface OpenedDirectory {
  /** Its name, which can be pulled. */
  name: string;
  /** The directory. */
  directory: NamedDirectory;
  /** Media type of its layer. */
  mediaType: string;
  /** Annotations of its layer, with the title. */
  annotations: Annotations;
}

/**
 * Opens a directory and decides everything but what is in it.
 *
 * @throws UnsafePathError when the name could not be pulled
 * @throws InvalidManifestError when an annotation is no text
 * @throws TypeError when an option of packing is of a wrong type
 */
export function openDirectory(directory: NamedDirectory, options: PackOptions): OpenedDirectory {
  const { name, path = '', annotations } = directory;
  checkPath(name);
  if (path !== '') checkPath(path);
  checkAnnotations(annotations, name);
  checkPackOptions(options);
  const mediaType = directory.mediaType ?? directoryMediaType(options);
  return { name, directory, mediaType, annotations: { ...annotations, [annotationKeys.title]: name } };
}

/**
 * The files in a directory, each by itself, named by its path with the directory's name before it.
 *
 * @throws UnsupportedError when there is a symlink in it
 */
export async function* filesOf(
  { directory }: OpenedDirectory,
  options: PackOptions & AbortOptions,
): AsyncGenerator<NamedFile, void, void> {
  for await (const { path, type, content } of directoryEntries(directory, options)) {
    if (type === 'symlink') {
      const message = `${path} is a symlink, which cannot be a layer; leave it out with "filter", or push an archive`;
      throw new UnsupportedError(message, 'symlinks as layers');
    }
    if (content) yield { name: path, content, ...propertiesOf(directory) };
  }
}

function propertiesOf({ mediaType, annotations }: NamedDirectory): Pick<NamedFile, 'mediaType' | 'annotations'> {
  return { ...(mediaType && { mediaType }), ...(annotations && { annotations }) };
}

/** The inputs with the files of one chosen folder (`<input webkitdirectory>`) as one directory, where its first file was. */
export async function* chosenFolders(inputs: AsyncIterable<FileInput>): AsyncGenerator<FileInput, void, void> {
  const folders = new Map<string, File[]>();
  const others: (FileInput | { folder: string })[] = [];
  for await (const input of inputs) {
    const folder = input instanceof File ? folderOf(input) : undefined;
    if (folder === undefined) others.push(input);
    else if (folders.has(folder)) folders.get(folder)?.push(input as File);
    else {
      folders.set(folder, [input as File]);
      others.push({ folder });
    }
  }
  for (const input of others) {
    if (typeof input !== 'object' || !('folder' in input)) yield input;
    else yield { name: input.folder, directory: new FileListStorage(folders.get(input.folder) ?? [], input) };
  }
}

/** Name of the folder that a file was chosen with. */
function folderOf({ webkitRelativePath: path }: File): string | undefined {
  const end = path?.indexOf('/') ?? -1;
  return end > 0 ? path.slice(0, end) : undefined;
}
