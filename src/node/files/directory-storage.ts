import type { Stats } from 'node:fs';
import { chmod, open, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkLinkTarget, foldedPath, type PathFolding } from '../../bytes/paths.ts';
import type { Content } from '../../bytes/streams.ts';
import { KeyedSerial } from '../../concurrency.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { ExistsError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { PutOptions, StagedEntries, StorageAdapter, StorageEntry, StorageReader } from '../../storage/storage.ts';
import { failing } from '../system/file-errors.ts';
import { flushDirectory } from './directory-flush.ts';
import { checkPlace, createAt, directoryAt, hasParents, moveTo, permissions, statsOf } from './directory-places.ts';
import { stageBeside } from './directory-staging.ts';
import { entriesWithin, typeOf } from './directory-walk.ts';
import { foldingOf } from './folding.ts';
import { writeContent } from './gathered-writes.ts';
import { openFile } from './open-file.ts';
import { Leftovers, withUnfinished } from './unfinished-files.ts';

/** The locks of all storages, by the real path of the file. */
const locks = new KeyedSerial();

let rootOf: (storage: object) => string | undefined;

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

  static {
    rootOf = (storage) => (#root in storage ? storage.#root : undefined);
  }

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
    checkPlace(path);
    const file = join(this.#root, path);
    const open = async (): Promise<Blob | undefined> => {
      const isFile = (await hasParents(this.#root, path)) && (await statsOf(file))?.isFile();
      return isFile ? openFile(file, path).catch(ignoring('ENOENT', 'ENOTDIR')) : undefined;
    };
    return open().catch(failing('read', path, file));
  }

  /**
   * The files, directories and symlinks below a prefix, with their permission bits and sizes. Sockets, pipes, devices
   * and unfinished files are omitted.
   *
   * @throws UnsafePathError when the prefix is unsafe, or leads through a symlink, or a name on the disk is not UTF-8
   * @throws FileError when a directory or its entries cannot be read
   */
  async *list(prefix = '', options?: AbortOptions): AsyncGenerator<StorageEntry, void, void> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') {
      checkPlace(folder.slice(0, -1));
      if (!(await hasParents(this.#root, `${folder}x`).catch(failing('read', folder)))) return;
    }
    for await (const { path, stats } of entriesWithin(this.#root, folder, prefix, options?.signal)) {
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
    checkPlace(path);
    const file = join(this.#root, path);
    const look = async (): Promise<Stats | undefined> =>
      (await hasParents(this.#root, path)) ? statsOf(file) : undefined;
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
    checkPlace(path);
    const file = join(this.#root, path);
    const failed = failing('write', path, file);
    await withUnfinished(file, async (unfinished) => {
      const handle = await createAt(this.#root, path, () => open(unfinished, 'wx', permissions(options))).catch(failed);
      await writeContent(handle, content, { failed, signal });
      await moveTo(this.#root, path, unfinished).catch(failed);
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
    checkPlace(path);
    const place = join(this.#root, path);
    const make = async (): Promise<void> => {
      const stats = await createAt(this.#root, path, () => directoryAt(place));
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
    checkPlace(path);
    checkLinkTarget(path, target);
    const place = join(this.#root, path);
    const make = async (unfinished: string): Promise<void> => {
      await createAt(this.#root, path, () => symlink(target, unfinished));
      await moveTo(this.#root, path, unfinished);
      await flushDirectory(dirname(place));
    };
    await withUnfinished(place, make).catch(failing('write', path, place));
  }

  /**
   * Opens a hidden directory beside a path, readable by this user only, in which files are written without a temporary name;
   * or in the directory at the path, where it cannot be beside it. Directories left by killed processes are removed first: at
   * once if the process is known to be gone, else one hour after its last sign of life.
   *
   * @throws UnsafePathError when the path is unsafe, or contains a symlink
   * @throws FileError when the directory cannot be created
   */
  async stage(path: string, options?: AbortOptions): Promise<StagedEntries> {
    options?.signal?.throwIfAborted();
    checkPlace(path);
    const staged = stageBeside(this.#root, path, (root) => new DirectoryStorage(root));
    return staged.catch(failing('write', path, join(this.#root, path)));
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
   * Runs `work` while no other call in this process does that locks the same file, also in another storage of the
   * directory or of one above it. Other processes do not wait.
   *
   * @throws UnsafePathError when the path is unsafe
   */
  async withLock<T>(path: string, work: () => Promise<T>, options?: AbortOptions): Promise<T> {
    options?.signal?.throwIfAborted();
    checkPlace(path);
    const file = await realPlace(join(this.#root, path)).catch(failing('read', path));
    return locks.run(file, async () => {
      options?.signal?.throwIfAborted();
      return work();
    });
  }

  /**
   * Removes a file or a symlink; does nothing if there is none. Directories are kept.
   *
   * @throws UnsafePathError when the path is unsafe, or leads through a symlink
   * @throws FileError when it cannot be removed
   */
  async delete(path: string, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    checkPlace(path);
    const file = join(this.#root, path);
    const remove = async (): Promise<void> => {
      const stats = (await hasParents(this.#root, path)) ? await statsOf(file) : undefined;
      if (stats && !stats.isDirectory()) await rm(file, { force: true });
    };
    await remove().catch(failing('remove', path, file));
  }
}

/** The path without symlinks, as far as it exists. */
async function realPlace(path: string): Promise<string> {
  const real = await realpath(path).catch(ignoring('ENOENT', 'ENOTDIR'));
  const above = dirname(path);
  return real ?? (above === path ? path : join(await realPlace(above), basename(path)));
}

/** Where a path of a storage is on the disk; undefined if the storage is of another kind, or reads in its own way. */
export function placeOf(storage: StorageReader, path: string): string | undefined {
  const { get, list } = DirectoryStorage.prototype;
  const root = storage.get === get && storage.list === list ? rootOf(storage) : undefined;
  return root === undefined ? undefined : join(root, path);
}
