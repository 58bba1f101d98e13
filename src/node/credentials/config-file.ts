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

/** Writers of one file wait for each other, whichever store they belong to. */
const writers = new KeyedSerial();

/** Reads files of credentials, and each one again only when it has changed. */
export class ConfigFiles {
  readonly #read = new Map<string, { version: string; config: CredentialConfig }>();

  /**
   * What a file says; undefined when it is not there, or nobody named it and its directory is not for us.
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
 * Writes a file of credentials anew with a change of what is in it now: all of it or nothing, for its owner alone when
 * it is new, and otherwise with its permissions. A symlink stays, and the file it leads to is written. When nothing
 * changes the file is left alone; only with `mayCreate` is the directory made.
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
    // Moving a file there would replace what it is: /dev/null for everybody, when the user may.
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
      // With tabs, as docker and podman write it.
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
