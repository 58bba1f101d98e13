import { ExistsError, InvalidArchiveError, TooLargeError, UnsafePathError } from '../../../errors.ts';
import type { Digest } from '../../../types.ts';

/** Characters of a symlink's target that count as one entry more: all targets are kept in memory. */
const targetSize = 256;

/** What an entry of a tree is; hard links are the files they repeat. */
export type TreeEntryType = 'file' | 'directory' | 'symlink' | 'other';

/** What an archive says of an entry. */
export interface NewEntry {
  /** Path in the storage. */
  path: string;
  /** What the storage compares paths by, with as many parts. */
  key: string;
  /** What it is. */
  type: TreeEntryType;
  /** Permission bits; undefined for a directory that has no entry of its own. */
  mode?: number | undefined;
  /** Bytes of a file. */
  size?: number | undefined;
  /** Target of a symlink. */
  linkTarget?: string | undefined;
  /** Number of the layer it is in. */
  layer: number;
  /** Number of the entry in its archive. */
  at: number;
}

/** One entry of the tree. */
export interface TreeEntry extends Omit<NewEntry, 'path' | 'key'> {
  /** Last part of its path. */
  name: string;
  /** The entries of a directory, by the last part of their keys. */
  entries?: Map<string, TreeEntry>;
  /** Whether the same is in place already. */
  isKept?: boolean;
  /** Whether a hard link repeats the file. */
  isRepeated?: boolean;
  /** Digest of a file, where it was computed. */
  digest?: Digest;
}

/**
 * The entries of all directories of one pull, as they will be. No entry is below a symlink or a file, no two have one path
 * for the storage, and a path has one type. If an archive has a path twice, its last entry counts.
 */
export class EntryTree {
  readonly #root: TreeEntry = { name: '', type: 'directory', layer: 0, at: 0, entries: new Map() };
  readonly #most: number;
  #count = 0;

  /**
   * An empty tree, for so many entries, directories without an entry of their own included. The target of a symlink counts
   * as one more for every 256 characters.
   */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Adds an entry, with the directories it is in; returns it, and whether it replaces one that its archive had before.
   *
   * @throws UnsafePathError when it is below a symlink, or a symlink above other entries
   * @throws InvalidArchiveError when its archive has something of another type there
   * @throws ExistsError when another layer has an entry there, or two paths are one for the storage
   * @throws TooLargeError when there are too many
   */
  add(added: NewEntry): { entry: TreeEntry; isAgain: boolean } {
    const { path, key, layer, ...own } = added;
    this.#require(Math.floor((own.linkTarget?.length ?? 0) / targetSize));
    const [names, keys] = [path.split('/'), key.split('/')];
    const last = names.length - 1;
    let folder = this.#root;
    for (let index = 0; index < last; index++) {
      const found = this.#childOf(folder, names[index]!, keys[index]!, path);
      if (found && found.type !== 'directory') throw wrongParent(found, added);
      folder = found ?? this.#make(folder, keys[index]!, { name: names[index]!, type: 'directory', layer, at: 0 });
    }
    const found = this.#childOf(folder, names[last]!, keys[last]!, path);
    if (!found) {
      const entry = this.#make(folder, keys[last]!, { name: names[last]!, layer, ...own });
      return { entry, isAgain: false };
    }
    if (found.type === 'directory' && own.type === 'directory') {
      if (own.mode !== undefined && layer >= found.layer) Object.assign(found, { mode: own.mode, layer });
      return { entry: found, isAgain: true };
    }
    if (found.layer !== layer) throw collision(path);
    if (own.type === 'symlink' && found.entries?.size) throw belowSymlink(path);
    if (found.type !== own.type) throw new InvalidArchiveError(`The archive has ${path} as two different things`, path);
    if (found.isRepeated) {
      throw new InvalidArchiveError(`The archive has ${path} once more after a hard link to it`, path);
    }
    return { entry: Object.assign(found, own, { isKept: false }), isAgain: true };
  }

  /**
   * The entry at a path, if there is one.
   *
   * @throws UnsafePathError when a directory that leads to it is a symlink
   */
  find(path: string, key: string): TreeEntry | undefined {
    const [names, keys] = [path.split('/'), key.split('/')];
    let entry: TreeEntry | undefined = this.#root;
    for (const [index, name] of names.entries()) {
      if (entry.type === 'symlink') throw belowSymlink(path);
      entry = entry.entries?.get(keys[index]!);
      if (entry?.name !== name) return undefined;
    }
    return entry;
  }

  /**
   * Checks that a file of another layer can be written beside the tree.
   *
   * @throws ExistsError when the tree has an entry at its path, or in place of a directory it is in
   */
  requireFree(path: string, key: string): void {
    const [names, keys] = [path.split('/'), key.split('/')];
    let entry: TreeEntry | undefined = this.#root;
    for (const [index, name] of names.entries()) {
      entry = this.#childOf(entry, name, keys[index]!, path);
      if (!entry) return;
      if (entry.type !== 'directory') throw collision(path);
    }
    throw collision(path);
  }

  #childOf(folder: TreeEntry, name: string, key: string, path: string): TreeEntry | undefined {
    const found = folder.entries?.get(key);
    if (found && found.name !== name) throw oneForStorage(path);
    return found;
  }

  #make(folder: TreeEntry, key: string, entry: TreeEntry): TreeEntry {
    this.#require(1);
    const isSame = key === entry.name;
    entry.name = copyOf(entry.name);
    if (entry.type === 'directory') entry.entries = new Map();
    folder.entries?.set(isSame ? entry.name : copyOf(key), entry);
    return entry;
  }

  #require(added: number): void {
    this.#count += added;
    if (this.#count <= this.#most) return;
    const message = `The directories have more than ${this.#most} entries, with those they are in and with long targets of symlinks`;
    throw new TooLargeError(message, this.#most, this.#count);
  }
}

/** Engines keep a whole path for the sake of a part of it. */
function copyOf(part: string): string {
  return JSON.parse(JSON.stringify(part)) as string;
}

function wrongParent(found: TreeEntry, { path, layer }: NewEntry): Error {
  if (found.type === 'symlink') return belowSymlink(path);
  if (found.layer !== layer) return collision(path);
  return new InvalidArchiveError(`The archive has ${path}, and a file where it needs a directory`, path);
}

function belowSymlink(path: string): UnsafePathError {
  return new UnsafePathError(`The path ${JSON.stringify(path)} is refused: the archive has a symlink on its way`, path);
}

function collision(path: string): ExistsError {
  return new ExistsError(`The artifact has more than one entry at ${path}: pull a part of it with "filter"`, path);
}

function oneForStorage(path: string): ExistsError {
  return new ExistsError(`The artifact has ${path} in two spellings, which are one path in this storage`, path);
}
