import { checkPath } from '../../bytes/paths.ts';
import { ExistsError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import type { Descriptor } from '../../types.ts';
import { FileTree } from '../file-tree.ts';

/** Path parts checked without a pause: some ten milliseconds. */
const partsPerTurn = 131_072;

/** A layer with a title. */
export interface TitledLayer {
  /** Name of the file: the title, normalised (`./a.txt` is `a.txt`). */
  name: string;
  /** The layer. */
  layer: Descriptor;
}

/** The file name of a layer; undefined when it has no title, or an empty one. */
export function nameOf({ annotations }: Descriptor): string | undefined {
  const title = annotations?.[annotationKeys.title];
  return title ? withoutDots(title) : undefined;
}

/** Whether a layer is a packed directory, to be unpacked on pull. */
export function isDirectory({ annotations }: Descriptor): boolean {
  return annotations?.[annotationKeys.unpack] === 'true';
}

/** The path without its `.` parts, unless it has no others. */
export function withoutDots(path: string): string {
  const parts = path.split('/').filter((part) => part !== '.');
  return parts.join('/') || path;
}

/** The files to write, after their names were checked. */
export interface FilesToWrite {
  /** The files, each once. */
  files: TitledLayer[];
  /** Duplicates: the same content under the same name. */
  again: TitledLayer[];
  /** The folders of the files. */
  folders: () => readonly string[];
}

/**
 * Checks the names of files to write to one storage. Two names with the same `pathKey` are the same file in that
 * storage, and would overwrite each other.
 *
 * @throws UnsafePathError when a name is not a safe path
 * @throws ExistsError when two names are the same file with different content, or a file is in place of another file's
 *   folder
 * @throws UnsupportedError when they need more than 65,536 folders
 */
export async function checkNames(
  layers: readonly TitledLayer[],
  storage: Pick<StorageAdapter, 'pathKey'> = {},
  signal?: AbortSignal,
): Promise<FilesToWrite> {
  const tree = new FileTree<Descriptor>(collision);
  const files: TitledLayer[] = [];
  const again: TitledLayer[] = [];
  let looked = 0;
  for (const titled of layers) {
    const { name, layer } = titled;
    checkPath(name);
    const key = storage.pathKey?.(name) ?? name;
    // Only promises are awaited: there may be very many files.
    const there = tree.add(name, layer, typeof key === 'string' ? key : await key);
    if (!there) files.push(titled);
    else if (there.digest === layer.digest && there.size === layer.size) again.push(titled);
    else throw collision(name);
    looked += name.split('/').length;
    if (looked < partsPerTurn) continue;
    looked = 0;
    // Yields to the event loop, so that other work continues, and an abort is seen.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
  return { files, again, folders: () => tree.folders };
}

function collision(name: string): ExistsError {
  return new ExistsError(`The artifact has more than one file at ${name}: pull a part of it with "filter"`, name);
}
