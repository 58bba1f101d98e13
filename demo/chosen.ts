import type { NamedDirectory } from 'oras-js';
import { FileListStorage } from 'oras-js/browser';

/** What a person chose or dropped: a file, or a folder with all that is in it. */
export type Chosen = File | NamedDirectory;

/** How much is in a folder. */
export interface FolderSize {
  /** Files at any depth. */
  files: number;
  /** Bytes of all of them. */
  bytes: number;
}

/** Milliseconds of work in a row after which the page may do something else. */
const longestWork = 8;

/**
 * The folder of `<input webkitdirectory>`; undefined when there is no file in it, as even its name is not known then. A
 * browser that lets no folder be chosen gives files instead.
 *
 * @throws OrasError when the name of a file in it could not be pulled
 */
export function chosenFolder(files: FileList): Chosen[] | undefined {
  const [folder, ...rest] = files[0]?.webkitRelativePath.split('/') ?? [];
  if (folder === undefined) return undefined;
  return rest.length === 0 ? [...files] : [{ name: folder, directory: new FileListStorage(files, { folder }) }];
}

/**
 * Counts what is in a folder. Each file is looked at for its size, a few milliseconds at a time.
 *
 * @throws OrasError when a file cannot be opened, or its name could not be pulled
 */
export async function sizeOfFolder({ directory }: NamedDirectory, signal: AbortSignal): Promise<FolderSize> {
  const size = { files: 0, bytes: 0 };
  let begin = performance.now();
  for await (const { path, type } of directory.list('', { signal })) {
    if (type !== 'file') continue;
    size.files += 1;
    size.bytes += (await directory.get(path, { signal }))?.size ?? 0;
    if (performance.now() - begin < longestWork) continue;
    await new Promise((resolve) => setTimeout(resolve));
    begin = performance.now();
  }
  return size;
}
