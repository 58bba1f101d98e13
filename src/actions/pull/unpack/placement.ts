import { pauses } from '../../../archive/pause.ts';
import { parentsOf } from '../../../bytes/paths.ts';
import { mapConcurrent } from '../../../concurrency.ts';
import { isOrasError } from '../../../errors.ts';
import type { AbortOptions } from '../../../options.ts';
import type { StagedEntries } from '../../../storage/storage.ts';
import { type FileWriter, isExecutable } from './file-writer.ts';
import { lookAgain } from './look-again.ts';
import type { OmittedEntry } from './omitted.ts';
import type { Unpacking } from './unpacking.ts';
import { type Placed, visitEntries } from './visit-entries.ts';

/** Entries that are moved at a time. */
const mostAtOnce = 8;
/** What systems say where a file system, or the right of a user, has no symlinks. */
const noSymlinks = ['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP'];

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
      await lookAgain(this.#unpacking, this.#paths, staged.storage, this.#options);
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

  async #makeSymlink(path: string, target: string): Promise<void> {
    const { storage } = this.#writer;
    try {
      if (storage.makeLink) return await storage.makeLink(path, target, this.#options);
    } catch (error) {
      if (!isOrasError(error, 'FILE') || !noSymlinks.includes(error.errno)) throw error;
    }
    this.omitted.push({ path, what: 'symlink' });
  }

  #visit(visit: (placed: Placed) => Promise<boolean>): Promise<void> {
    return visitEntries(this.#unpacking, this.#paths, visit, this.#options);
  }
}
