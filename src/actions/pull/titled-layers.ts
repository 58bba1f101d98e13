import { checkPath } from '../../bytes/paths.ts';
import { ExistsError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import type { Descriptor } from '../../types.ts';
import { FileTree } from '../file-tree.ts';

/** Parts of paths that are looked at in one go: some ten milliseconds. */
const partsPerTurn = 131_072;

/** A layer that is a file. */
export interface TitledLayer {
  /** Name of the file: the title without parts that say nothing, `./a.txt` being `a.txt`. */
  name: string;
  /** The layer. */
  layer: Descriptor;
}

/** The name a layer's title gives its file; undefined when it has no title, or an empty one. */
export function nameOf({ annotations }: Descriptor): string | undefined {
  const title = annotations?.[annotationKeys.title];
  return title ? withoutDots(title) : undefined;
}

/** The path without its parts `.`, unless it has no others. */
export function withoutDots(path: string): string {
  const parts = path.split('/').filter((part) => part !== '.');
  return parts.join('/') || path;
}

/** What is to be written, once it is known to fit together. */
export interface FilesToWrite {
  /** The files, each once. */
  files: TitledLayer[];
  /** Those that are in the artifact once more: the same content under the same name. */
  again: TitledLayer[];
  /** The folders they need. */
  folders: () => readonly string[];
}

/**
 * Checks the names of files that are to be written together. Names that are one path for the storage would overwrite each
 * other; `pathKey` is the storage's own.
 *
 * @throws UnsafePathError when one is no path inside a storage
 * @throws ExistsError when two are one path and have other content, or one needs the other to be a folder
 * @throws UnsupportedError when they make more than 65,536 folders
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
    // Not each is waited for: there may be very many.
    const there = tree.add(name, layer, typeof key === 'string' ? key : await key);
    if (!there) files.push(titled);
    else if (there.digest === layer.digest && there.size === layer.size) again.push(titled);
    else throw collision(name);
    looked += name.split('/').length;
    if (looked < partsPerTurn) continue;
    looked = 0;
    // So that the program goes on meanwhile, and an abort is seen.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
  return { files, again, folders: () => tree.folders };
}

function collision(name: string): ExistsError {
  return new ExistsError(`The artifact has more than one file at ${name}: pull a part of it with "filter"`, name);
}
