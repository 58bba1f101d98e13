import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkLinkTarget, checkPath, foldedPath, type PathFolding, parentsOf } from '../../bytes/paths.ts';
import type { Content } from '../../bytes/streams.ts';
import { isUnfinished } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError, UnsafePathError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { PutOptions, StorageAdapter, StorageEntry } from '../../storage/storage.ts';
import { failing } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';
import { beingMade, flushDirectory, makeDirectory } from './directory-flush.ts';
import { entriesWithin, typeOf } from './directory-walk.ts';
import { foldingOf } from './folding.ts';
import { writeContent } from './gathered-writes.ts';
import { openFile } from './open-file.ts';
import { Leftovers, withUnfinished } from './unfinished-files.ts';
import { checkWindowsPath } from './windows-paths.ts';

/**
 * Files in a directory on disk. Nothing outside of the directory is read or written: symlinks in it are listed and
 * replaced, but never followed. Several processes may use one directory.
 *
 * A file is written under a temporary hidden name, `.oras-js-….tmp`, in the same directory. If a process is killed, its
 * temporary files stay hidden, and are removed by a later write to the same directory, at least one hour after the last
 * byte was written to them.
 *
 * @example
 * import { DirectoryStorage } from 'oras-js/node';
 *
 * await registry.pull('ghcr.io/org/hello:v1', { to: new DirectoryStorage('./out') });
 */
export class DirectoryStorage implements StorageAdapter {
  readonly #root: string;
  readonly #leftovers = new Leftovers();
  #folding: Promise<PathFolding> | undefined;

  /** The directory at `path`, absolute or relative to the working directory; it is created with its first file. */
  constructor(path: string) {
    this.#root = resolve(path);
  }

  /**
   * The regular file at a path; undefined for anything else. The Blob reads from disk. Reading fails with a
   * `NotReadableError` if the file has changed, with a `NotFoundError` if it was removed, and with a FileError if the
   * system cannot read it.
   *
   * @throws UnsafePathError when the path is unsafe, or leads through a symlink
   * @throws FileError when the file cannot be opened
   */
  async get(path: string, options?: AbortOptions): Promise<Blob | undefined> {
    options?.signal?.throwIfAborted();
    this.#check(path);
    const file = join(this.#root, path);
    const open = async (): Promise<Blob | undefined> => {
      const isFile = (await this.#hasParents(path)) && (await statsOf(file))?.isFile();
      return isFile ? openFile(file, path).catch(ignoring('ENOENT', 'ENOTDIR')) : undefined;
    };
    return open().catch(failing('read', path, file));
  }

  /**
   * The files, directories and symlinks below a prefix, with their permission bits and sizes. Sockets, pipes, devices
   * and unfinished files are omitted.
   *
   * @throws UnsafePathError when the prefix is unsafe, or leads through a symlink
   * @throws FileError when a directory or its entries cannot be read
   */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') {
      this.#check(folder.slice(0, -1));
      if (!(await this.#hasParents(`${folder}x`).catch(failing('read', folder)))) return;
    }
    for await (const { path, name, stats } of entriesWithin(this.#root, folder, prefix, options?.signal)) {
      if (isUnfinished(name)) continue;
      const mode = stats.mode & 0o7777;
      const type = typeOf(stats);
      if (type === 'symlink') {
        const place = join(this.#root, path);
        const linkTarget = await readlink(place)
          .catch(ignoring('ENOENT', 'EINVAL'))
          .catch(failing('read', path, place));
        if (linkTarget !== undefined) yield { path, type, mode, linkTarget };
      } else if (type) yield { path, type, mode, ...(type === 'file' && { size: stats.size }) };
    }
  }

  /**
   * The type of the entry at a path; `other` for sockets, pipes and devices, which `list` omits.
   *
   * @throws UnsafePathError when the path is unsafe, or leads through a symlink
   * @throws FileError when the system cannot inspect it
   */
  async typeOf(path: string, options?: AbortOptions): Promise<StorageEntry['type'] | 'other' | undefined> {
    options?.signal?.throwIfAborted();
    this.#check(path);
    const file = join(this.#root, path);
    const look = async (): Promise<Stats | undefined> => ((await this.#hasParents(path)) ? statsOf(file) : undefined);
    const stats = await look().catch(failing('read', path, file));
    return stats && (typeOf(stats) ?? 'other');
  }

  /**
   * Writes a temporary file, flushes it to disk, and renames it to its path: after a power loss, the file is complete
   * or absent. A symlink at the path is replaced. Its permissions are `mode`, by default 0o666, less the umask of the
   * process; Windows has none.
   *
   * @throws UnsafePathError when the path is unsafe, leads through a symlink, or is not valid on this platform
   * @throws ExistsError when the path is a directory, or one of its parents is a file
   * @throws FileError when it cannot be written: no space, no permission, a broken disk
   */
  async put(path: string, content: Content, options?: PutOptions): Promise<void> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    this.#check(path);
    const file = join(this.#root, path);
    const failed = failing('write', path, file);
    await withUnfinished(file, async (unfinished) => {
      const handle = await this.#create(path, () => open(unfinished, 'wx', permissions(options))).catch(failed);
      await writeContent(handle, content, { failed, signal });
      await this.#moveTo(path, unfinished).catch(failed);
    });
    await flushDirectory(dirname(file)).catch(failed);
    await this.#leftovers.sweepBeside(file);
  }

  /**
   * Makes a directory and flushes its name to disk. An existing directory only gets the mode, if one is given.
   *
   * @throws UnsafePathError when the path is unsafe, leads through a symlink, or is not valid on this platform
   * @throws ExistsError when the path is a file or a symlink, or one of its parents is a file
   * @throws FileError when it cannot be made
   */
  async makeDirectory(path: string, options?: PutOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    this.#check(path);
    const place = join(this.#root, path);
    const make = async (): Promise<void> => {
      const stats = await this.#create(path, () => directoryAt(place));
      if (!stats.isDirectory()) throw new ExistsError(`Cannot make the directory ${path}: it is not a directory`, path);
      if (options?.mode !== undefined) await chmod(place, permissions(options) & ~process.umask());
    };
    await make().catch(failing('write', path, place));
  }

  /**
   * Makes a symlink under a temporary name and renames it to its path; replaces a file or a symlink.
   *
   * @throws UnsafePathError when the path or the target is unsafe, leads through a symlink, or is not valid on this
   *   platform
   * @throws ExistsError when the path is a directory, or one of its parents is a file
   * @throws FileError when it cannot be made; Windows may require a special permission
   */
  async makeLink(path: string, target: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    this.#check(path);
    checkLinkTarget(path, target);
    const place = join(this.#root, path);
    const make = async (unfinished: string): Promise<void> => {
      await this.#create(path, () => symlink(target, unfinished));
      await this.#moveTo(path, unfinished);
      await flushDirectory(dirname(place));
    };
    await withUnfinished(place, make).catch(failing('write', path, place));
  }

  /**
   * The key of a path, for comparison. Whether the file system ignores case or Unicode normalisation is tested once,
   * with a hidden file in the directory, or in its nearest existing parent. If it cannot be tested, both are ignored.
   */
  async pathKey(path: string): Promise<string> {
    this.#folding ??= foldingOf(this.#root);
    return foldedPath(path, await this.#folding);
  }

  /**
   * Removes a file or a symlink; does nothing if there is none. Directories are kept.
   *
   * @throws UnsafePathError when the path is unsafe, or leads through a symlink
   * @throws FileError when it cannot be removed
   */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    this.#check(path);
    const file = join(this.#root, path);
    const remove = async (): Promise<void> => {
      const stats = (await this.#hasParents(path)) ? await statsOf(file) : undefined;
      if (stats && !stats.isDirectory()) await rm(file, { force: true });
    };
    await remove().catch(failing('remove', path, file));
  }

  #check(path: string): void {
    checkPath(path);
    if (process.platform === 'win32') checkWindowsPath(path);
    if (path.split('/').some(isUnfinished)) {
      throw new UnsafePathError(`The path ${path} is refused: such names are for files being written`, path);
    }
  }

  /** Tells whether all parent directories of a path exist, and none is a symlink. */
  async #hasParents(path: string): Promise<boolean> {
    for (const parent of parentsOf(path)) {
      const stats = await statsOf(join(this.#root, parent));
      if (stats?.isSymbolicLink()) throw symlinked(path, parent);
      if (!stats?.isDirectory()) return false;
    }
    return true;
  }

  /** Renames a complete file to its path. */
  async #moveTo(path: string, unfinished: string): Promise<void> {
    // Checked again: a directory may have become a symlink in the meantime.
    await this.#hasParents(path);
    const file = join(this.#root, path);
    await rename(unfinished, file).catch(async (error: unknown) => {
      const taken = ['EISDIR', 'ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error));
      if (taken && (await statsOf(file))?.isDirectory()) throw new ExistsError(`${path} is a directory`, path);
      throw error;
    });
  }

  /** Creates an entry at a path, with its parent directories. */
  async #create<T>(path: string, make: () => Promise<T>): Promise<T> {
    const create = async (): Promise<T> => {
      await this.#makeParents(path);
      return make();
    };
    // The root exists, except before the first file. A directory may also have been removed concurrently.
    const made = create();
    const isMissing = await made.then(
      () => false,
      (error: unknown) => codeOf(error) === 'ENOENT',
    );
    if (!isMissing) return made;
    await mkdir(this.#root, { recursive: true });
    return create();
  }

  async #makeParents(path: string): Promise<void> {
    for (const parent of parentsOf(path)) {
      const stats = await directoryAt(join(this.#root, parent));
      if (stats.isSymbolicLink()) throw symlinked(path, parent);
      if (!stats.isDirectory()) throw new ExistsError(`Cannot write ${path}: ${parent} is a file`, path);
    }
  }
}

/** The type of the entry at a path; `directory` if there is none. */
async function directoryAt(path: string): Promise<Stats> {
  const stats = await statsOf(path);
  if (stats) await beingMade(path);
  else await makeDirectory(path);
  return stats ?? lstat(path);
}

/** Without the setuid, setgid and sticky bits. */
function permissions({ mode = 0o666 }: PutOptions = {}): number {
  return mode & 0o777;
}

function statsOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(ignoring('ENOENT', 'ENOTDIR'));
}

function symlinked(path: string, parent: string): UnsafePathError {
  return new UnsafePathError(`The path ${path} is refused: ${parent} is a symlink`, path);
}
