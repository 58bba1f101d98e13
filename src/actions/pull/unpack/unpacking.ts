import { pauses } from '../../../archive/pause.ts';
import { checkPath, parentsOf } from '../../../bytes/paths.ts';
import { readable } from '../../../bytes/read-error.ts';
import { readChunks } from '../../../bytes/streams.ts';
import { ExistsError, UnsafePathError } from '../../../errors.ts';
import { createDigester } from '../../../oci/digest.ts';
import type { AbortOptions } from '../../../options.ts';
import { entryNames } from '../../../storage/entry-names.ts';
import type { StorageAdapter, StorageEntry } from '../../../storage/storage.ts';
import type { Descriptor, Digest } from '../../../types.ts';
import { EntryTree } from './entry-tree.ts';

/** A layer that is a directory, and the path of the directory. */
export interface DirectoryLayer {
  /** Title of the layer, normalised. */
  name: string;
  /** The layer. */
  layer: Descriptor;
}

/** An entry that is in a directory already. */
export type ExistingEntry = Pick<StorageEntry, 'type' | 'mode' | 'linkTarget'>;

/** What is at a path of the destination. */
type Found = Awaited<ReturnType<NonNullable<StorageAdapter['typeOf']>>>;

/** The destination of the directories of one pull: what will be there, and what is. */
export class Unpacking {
  /** Where they are unpacked to. */
  readonly to: StorageAdapter;
  /** Whether files with other content are replaced. */
  readonly overwrite: boolean;
  /** The entries of the archives. */
  readonly tree: EntryTree;
  /** What is in the directories already, by key; the directories that entries are in, too. */
  readonly existing: Map<string, ExistingEntry> = new Map();

  /** An unpacking of nothing yet, and of at most so many entries. */
  constructor(to: StorageAdapter, overwrite: boolean, mostEntries: number) {
    this.to = to;
    this.overwrite = overwrite;
    this.tree = new EntryTree(mostEntries);
  }

  /** What the storage compares a path by. */
  async keyOf(path: string): Promise<string> {
    return (await this.to.pathKey?.(path)) ?? path;
  }

  /**
   * Takes a directory, and looks at what it has already.
   *
   * @throws UnsafePathError when its path is unsafe, or leads through a symlink
   * @throws ExistsError when something else is in its place, or in place of a directory it is in
   */
  async open(path: string, layer: number, options: AbortOptions): Promise<void> {
    checkPath(path);
    this.tree.add({ path, key: await this.keyOf(path), type: 'directory', layer, at: 0 });
    await this.look(path, options);
  }

  /**
   * Looks at what a directory has.
   *
   * @throws UnsafePathError when its path leads through a symlink
   * @throws ExistsError when something else is in its place, or in place of a directory it is in
   */
  async look(path: string, options: AbortOptions): Promise<void> {
    for (const each of [...parentsOf(path), path]) {
      const type = await this.#typeAt(each, options);
      if (type === undefined) return;
      this.requireDirectory(each, type);
    }
    this.existing.set(await this.keyOf(path), { type: 'directory' });
    const breathe = pauses();
    for await (const { path: below, ...entry } of this.to.list(`${path}/`, options)) {
      await breathe();
      const key = await this.keyOf(below);
      this.existing.set(key, entry);
      for (const parent of parentsOf(key)) {
        if (!this.existing.has(parent)) this.existing.set(parent, { type: 'directory' });
      }
    }
  }

  /** Checks that a directory of the archives is none of the destination's files.
   *
   * @throws UnsafePathError when a symlink is there: something would be written through it
   * @throws ExistsError when something else is there
   */
  requireDirectory(path: string, type: Found): void {
    if (type === 'symlink') {
      throw new UnsafePathError(`Cannot write into ${path}: there is a symlink, which is not followed`, path);
    }
    if (type === 'directory' || type === undefined) return;
    throw new ExistsError(`Cannot write into ${path}: there is ${entryNames[type]} where a directory must be`, path);
  }

  /** Checks that a file or a symlink may take the place of what is there.
   *
   * @throws ExistsError when it may not
   */
  requireReplaceable(path: string, type: Found): void {
    if (type === undefined || (this.overwrite && type !== 'directory')) return;
    const how = type === 'directory' ? '' : ' with other content; allow it with "overwrite"';
    throw new ExistsError(`Cannot write ${path}: there is ${entryNames[type]}${how}`, path);
  }

  async #typeAt(path: string, options: AbortOptions): Promise<Found> {
    if (this.to.typeOf) return (await this.to.typeOf(path, options)) ?? this.#listed(`${path}/`, path, options);
    return (await this.to.get(path, options)) ? 'file' : this.#listed(path, path, options);
  }

  /** A storage may have directories in nothing but the paths of its files. */
  async #listed(prefix: string, path: string, options: AbortOptions): Promise<Found> {
    for await (const entry of this.to.list(prefix, options)) {
      if (entry.path === path) return entry.type;
      if (entry.path.startsWith(`${path}/`)) return 'directory';
    }
    return undefined;
  }
}

/** The sha256 digest of a file of the destination. */
export async function digestOfFile(file: Blob, path: string, signal?: AbortSignal): Promise<Digest> {
  const digester = createDigester();
  await readChunks(readable(file, path, 'Cannot pull'), (chunk) => digester.update(chunk), signal);
  return digester.digest();
}
