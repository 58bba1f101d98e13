import { lstat, opendir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isUnfinished, unfinishedName } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';

/** How long nothing may have been written to an unfinished file for it to be a leftover, in milliseconds. */
const leftoverAge = 60 * 60 * 1000;
/** A directory is looked through no more often than this, as it may have very many files, in milliseconds. */
const sweepInterval = leftoverAge;
/** Directories to remember as looked through; after so many they are all forgotten. */
const mostRemembered = 1000;

/** Those that this process is writing, for whichever storage; they may stand still for as long as they like. */
const writing = new Set<string>();

/** Runs `work` with a new path beside `file` to write to; what it wrote there is removed when it fails. */
export async function withUnfinished(file: string, work: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = join(dirname(file), unfinishedName());
  writing.add(unfinished);
  try {
    await work(unfinished);
  } catch (error) {
    // What the work failed of says more than why this does; a file that stays is a leftover.
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  } finally {
    writing.delete(unfinished);
  }
}

/**
 * Removes what processes left that were ended while they wrote. Which process that was is not asked: a number of one
 * may mean another, or nothing at all, where containers share a directory. Whoever was only slow finds its file gone
 * and fails; it can never be half of a file that is served.
 */
export class Leftovers {
  readonly #swept = new Map<string, number>();

  /** Sweeps the directory of a file that was just written, if it is time to. Never fails: nobody asked for it. */
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
  // The age by the clock that dates the files, which is another computer's where the directory is.
  const { mtimeMs: now } = await lstat(justWritten);
  for await (const { name } of await opendir(directory)) {
    const path = join(directory, name);
    if (!isUnfinished(name) || writing.has(path)) continue;
    const stats = await lstat(path).catch(ignoring('ENOENT'));
    if (stats && !stats.isDirectory() && now - stats.mtimeMs > leftoverAge) await rm(path, { force: true });
  }
}
