import { lstat, opendir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isUnfinished, unfinishedName } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';

/** Age of a leftover file: milliseconds since the last write to it. */
const leftoverAge = 60 * 60 * 1000;
/** Interval between sweeps of one directory, in milliseconds: it may contain very many files. */
const sweepInterval = leftoverAge;
/** Most directories to remember as swept; beyond that, all are forgotten. */
const mostRemembered = 1000;

/** Files that this process is writing, in any storage; they are never leftovers. */
const writing = new Set<string>();

/** Runs `work` with the path of a new temporary file beside `file`; the temporary file is removed if `work` fails. */
export async function withUnfinished(file: string, work: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = join(dirname(file), unfinishedName());
  writing.add(unfinished);
  try {
    await work(unfinished);
  } catch (error) {
    // The error of `work` is the better one; a file that cannot be removed becomes a leftover.
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  } finally {
    writing.delete(unfinished);
  }
}

/**
 * Removes leftover files of processes that were killed while they wrote. The owner is not identified: a process id may
 * be reused, or mean nothing where containers share a directory. A slow writer whose file was removed fails; a
 * half-written file is never published.
 */
export class Leftovers {
  readonly #swept = new Map<string, number>();

  /**
   * Sweeps the directory of a file that was just written, if a sweep is due. Never rejects, as it is not part of the
   * call.
   */
  async sweepBeside(file: string): Promise<void> {
    const directory = dirname(file);
    const last = this.#swept.get(directory);
    const now = Date.now();
    if (last !== undefined && Math.abs(now - last) < sweepInterval) return;
    if (this.#swept.size >= mostRemembered) this.#swept.clear();
    this.#swept.set(directory, now);
    await sweep(directory, file).catch(() => {});
  }
}

async function sweep(directory: string, justWritten: string): Promise<void> {
  // The age by the clock of the file system, which may be another computer's.
  const { mtimeMs: now } = await lstat(justWritten);
  for await (const { name } of await opendir(directory)) {
    const path = join(directory, name);
    if (!isUnfinished(name) || writing.has(path)) continue;
    const stats = await lstat(path).catch(ignoring('ENOENT'));
    if (stats && !stats.isDirectory() && now - stats.mtimeMs > leftoverAge) await rm(path, { force: true });
  }
}
