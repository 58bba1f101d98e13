import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { unfinishedName } from '../../bytes/unfinished.ts';
import { KeyedSerial } from '../../concurrency.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { CredentialsError } from '../../errors.ts';
import { object } from '../../json/schema.ts';
import { nameOf } from '../system/system-errors.ts';
import { type CredentialConfig, parseConfig } from './config.ts';
import { type JsonObject, parseObject } from './json.ts';
import type { Location } from './locations.ts';

/** One queue per file: writes to a file run one after the other, whichever store they belong to. */
const writers = new KeyedSerial();

/** Reads credential files, and caches each one until it changes. */
export class ConfigFiles {
  readonly #read = new Map<string, { version: string; config: CredentialConfig }>();

  /**
   * The content of a file; undefined when it does not exist. A default file (not configured) in a directory that is not
   * readable also counts as missing.
   *
   * @throws CredentialsError when it cannot be read
   */
  async read({ path, format, named }: Location): Promise<CredentialConfig | undefined> {
    try {
      const absent = ['ENOENT', 'ENOTDIR', ...(named ? [] : ['EACCES'])];
      const stats = await stat(path, { bigint: true }).catch(ignoring(...absent));
      if (!stats) return undefined;
      const version = `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
      const known = this.#read.get(path);
      if (known?.version === version) return known.config;
      const config = parseConfig(await readFile(path, 'utf8'), path, format);
      this.#read.set(path, { version, config });
      return config;
    } catch (error) {
      throw systemError(error, 'read credentials from', path);
    }
  }
}

/**
 * Changes a credential file atomically. A new file is readable by its owner only; an existing one keeps its
 * permissions. If the path is a symlink, the link stays and its target is written. Without a change the file is not
 * touched. The directory is made only with `mayCreate`.
 *
 * @throws CredentialsError when the file cannot be read or written
 */
export async function updateConfig(
  path: string,
  change: (content: JsonObject) => JsonObject,
  options: { mayCreate: boolean },
): Promise<void> {
  try {
    const directory = dirname(resolve(path));
    if (options.mayCreate) await mkdir(directory, { recursive: true, mode: 0o700 });
    const real = await realpath(directory).catch(ignoring('ENOENT', 'ENOTDIR'));
    if (real === undefined) return;
    const target = (await realpath(path).catch(ignoring('ENOENT'))) ?? join(real, basename(path));
    await writers.run(target, () => rewrite(target, path, change));
  } catch (error) {
    throw systemError(error, 'write credentials to', path);
  }
}

async function rewrite(target: string, path: string, change: (content: JsonObject) => JsonObject): Promise<void> {
  const stats = await stat(target).catch(ignoring('ENOENT'));
  if (stats && !stats.isFile()) {
    // Not a regular file, such as /dev/null: a rename would replace it, for every user, if this one is root.
    throw new CredentialsError(`Cannot write credentials to ${path}: it is not a regular file`, path);
  }
  const before = parseObject(stats ? await readFile(target, 'utf8') : '', path, object);
  const after = change(before);
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  const unfinished = join(dirname(target), unfinishedName());
  try {
    const handle = await open(unfinished, 'wx', 0o600);
    try {
      if (stats) await handle.chmod(stats.mode & 0o777);
      // Indented with tabs, as docker and podman do.
      await handle.writeFile(JSON.stringify(after, undefined, '\t'));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function systemError(error: unknown, what: string, path: string): unknown {
  if (error instanceof CredentialsError) return error;
  return new CredentialsError(`Cannot ${what} ${path}: ${nameOf(error)}`, path, { cause: error });
}
