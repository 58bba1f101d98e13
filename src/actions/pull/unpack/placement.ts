import { pauses } from '../../../archive/pause.ts';
import { parentsOf } from '../../../bytes/paths.ts';
import { mapConcurrent } from '../../../concurrency.ts';
import { isOrasError } from '../../../errors.ts';
import type { AbortOptions } from '../../../options.ts';
import type { StagedEntries, StorageAdapter } from '../../../storage/storage.ts';
import type { TreeEntry } from './entry-tree.ts';
import { type FileWriter, isExecutable } from './file-writer.ts';
import type { OmittedEntry } from './omitted.ts';
import { digestOfFile, type Unpacking } from './unpacking.ts';

/** Entries that are moved at a time. */
const mostAtOnce = 8;
/** What systems say where a file system, or the right of a user, has no symlinks. */
const noSymlinks = ['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP'];

/** An entry of the tree at its path. */
interface Placed {
  path: string;
  key: string;
  entry: TreeEntry;
}

/** What is moved to its place, directories with all that is in them; symlinks come last. */
interface Moves {
  entries: string[];
  symlinks: string[];
}

/** Brings the entries of directories to their places, once all of them were read. */
export class Placement {
  readonly #unpacking: Unpacking;
  readonly #paths: readonly string[];
  /** The directories that get files of other layers afterwards. */
  readonly #filled: ReadonlySet<string>;
  readonly #writer: FileWriter;
  readonly #options: AbortOptions;
  /** What is not in place as it was packed. */
  readonly omitted: OmittedEntry[] = [];
  /** Directories that must still be given their modes, when the files of other layers are in them; the deepest first. */
  readonly open: { path: string; mode: number }[] = [];

  /**
   * Places the directories at these paths; `writer` has written their files, or writes them. `files` are the paths of files
   * of other layers, that are written afterwards.
   */
  constructor(
    unpacking: Unpacking,
    { paths, files }: { paths: readonly string[]; files: readonly string[] },
    writer: FileWriter,
    options: AbortOptions,
  ) {
    this.#unpacking = unpacking;
    this.#filled = new Set(files.flatMap(parentsOf));
    // What is in another one comes with it.
    const all = new Set(paths);
    this.#paths = paths.filter((path) => !parentsOf(path).some((parent) => all.has(parent)));
    this.#writer = writer;
    this.#options = options;
  }

  /**
   * Compares everything with what is at its place.
   *
   * @throws UnsafePathError when a symlink is where a directory must be
   * @throws ExistsError when something else is there, and must not be replaced
   */
  async compare(): Promise<Moves> {
    const moves: Moves = { entries: [], symlinks: [] };
    const { existing, to } = this.#unpacking;
    await this.#visit(async ({ path, key, entry }) => {
      const old = existing.get(key);
      if (entry.type === 'directory') {
        // No list shows a pipe or a socket.
        const type = old?.type ?? (await to.typeOf?.(path, this.#options));
        this.#unpacking.requireDirectory(path, type);
        if (type || !this.#writer.storage.makeDirectory) return true;
        moves.entries.push(path);
      } else if (entry.type === 'symlink') {
        if (!this.#writer.storage.makeLink) return false;
        entry.isKept = old?.type === 'symlink' && old.linkTarget === entry.linkTarget;
      }
      if (entry.type === 'directory' || entry.type === 'other' || entry.isKept) return false;
      // What no list shows.
      const type = old?.type ?? (await to.typeOf?.(path, this.#options));
      this.#unpacking.requireReplaceable(path, type);
      (entry.type === 'symlink' ? moves.symlinks : moves.entries).push(path);
      return false;
    });
    return moves;
  }

  /** Makes the symlinks, then the directories, whose modes may forbid to make anything in them. */
  async complete(): Promise<void> {
    await this.#writer.finish(this.#options);
    const { storage } = this.#writer;
    // A storage keeps it of all files or of none; not asked of one that was written, but is not in the tree any more.
    let isExecutableKept: boolean | undefined;
    const { existing } = this.#unpacking;
    const directories: Placed[] = [];
    await this.#visit(async (placed) => {
      const { path, key, entry } = placed;
      if (entry.type === 'symlink' && !entry.isKept) await this.#makeSymlink(path, entry.linkTarget ?? '');
      if (entry.type === 'file' && isExecutable(entry.mode)) {
        if (!entry.isKept) isExecutableKept ??= await this.#writer.keptExecutable(path, this.#options);
        const isKept = entry.isKept ? isExecutable(existing.get(key)?.mode) : isExecutableKept;
        if (!isKept) this.omitted.push({ path, what: 'executable' });
      }
      if (entry.type === 'directory' && !existing.has(key)) directories.push(placed);
      return true;
    });
    const breathe = pauses();
    for (const { path, entry } of directories.reverse()) {
      await breathe();
      const mode = this.#filled.has(path) ? this.#opened(path, entry.mode) : entry.mode;
      if (storage.makeDirectory) await storage.makeDirectory(path, { ...this.#options, mode });
      else if (entry.entries?.size === 0) this.omitted.push({ path, what: 'directory' });
    }
  }

  /** A mode with which files can be written to a directory; it gets its own one later. */
  #opened(path: string, mode: number | undefined): number | undefined {
    if (mode === undefined || (mode & 0o300) === 0o300) return mode;
    this.open.push({ path, mode });
    return mode | 0o300;
  }

  /**
   * Moves what was staged. When something has come to its place in the meantime, everything is compared once more: another
   * pull may have brought the same.
   *
   * @throws ExistsError when other content is there
   */
  async move(staged: StagedEntries, moves: Moves): Promise<void> {
    try {
      await this.#moveAll(staged, moves);
    } catch (error) {
      if (!isOrasError(error, 'EXISTS')) throw error;
      await this.#lookAgain(staged.storage);
      await this.#moveAll(staged, await this.compare());
    }
  }

  async #moveAll(staged: StagedEntries, { entries, symlinks }: Moves): Promise<void> {
    const omitted = new Set(this.omitted.flatMap(({ path, what }) => (what === 'symlink' ? [path] : [])));
    const made = symlinks.filter((path) => !omitted.has(path));
    await staged.prepare?.([...entries, ...made], this.#options);
    const breathe = pauses();
    for (const paths of [entries, made]) {
      await mapConcurrent(paths, mostAtOnce, this.#options.signal, async (path, signal) => {
        await breathe();
        await staged.move(path, { signal });
      });
    }
  }

  /** Finds out what is in place now, of this pull or of another one. */
  async #lookAgain(staged: StorageAdapter): Promise<void> {
    const { existing } = this.#unpacking;
    existing.clear();
    for (const path of this.#paths) await this.#unpacking.look(path, this.#options);
    await this.#visit(async ({ path, key, entry }) => {
      // Its entries are now moved one by one.
      if (entry.type === 'directory' && existing.has(key)) {
        await staged.makeDirectory?.(path, { ...this.#options, mode: 0o700 });
      }
      if (entry.type === 'file' && !entry.isKept) entry.isKept = await this.#isInPlace(path, staged);
      return true;
    });
  }

  /** Tells whether the file at a path is the one that was staged. */
  async #isInPlace(path: string, staged: StorageAdapter): Promise<boolean> {
    const { signal } = this.#options;
    try {
      const mine = await staged.get(path, this.#options);
      // It was moved.
      if (!mine) return true;
      const found = await this.#unpacking.to.get(path, this.#options);
      if (found?.size !== mine.size) return false;
      return (await digestOfFile(found, path, signal)) === (await digestOfFile(mine, path, signal));
    } catch (error) {
      if (!isOrasError(error, 'FILE')) throw error;
      return false;
    }
  }

  async #makeSymlink(path: string, target: string): Promise<void> {
    const { storage } = this.#writer;
    try {
      if (storage.makeLink) return await storage.makeLink(path, target, this.#options);
    } catch (error) {
      if (!isOrasError(error, 'FILE') || !noSymlinks.includes(error.errno)) throw error;
    }
    this.omitted.push({ path, what: 'symlink' });
  }

  /** Visits all entries in order, a directory before what is in it, which is left out when `visit` returns false. */
  async #visit(visit: (placed: Placed) => Promise<boolean>): Promise<void> {
    const breathe = pauses();
    const next: Placed[] = [];
    for (const path of [...this.#paths].reverse()) {
      const key = await this.#unpacking.keyOf(path);
      const entry = this.#unpacking.tree.find(path, key);
      if (entry) next.push({ path, key, entry });
    }
    for (let placed = next.pop(); placed; placed = next.pop()) {
      await breathe();
      this.#options.signal?.throwIfAborted();
      if (!(await visit(placed))) continue;
      const { path, key, entry } = placed;
      for (const [name, below] of [...(entry.entries ?? [])].reverse()) {
        next.push({ path: `${path}/${below.name}`, key: `${key}/${name}`, entry: below });
      }
    }
  }
}
