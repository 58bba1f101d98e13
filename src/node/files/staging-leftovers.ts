import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, lstat, opendir, readdir, readFile, readlink, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isUnfinished } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { codeOf } from '../system/system-errors.ts';

/** How long nobody may have marked a staging directory for it to be a leftover, in milliseconds. */
const leftoverAge = 60 * 60 * 1000;
/** How often a process marks that it still uses one, in milliseconds. */
const markInterval = 10 * 60 * 1000;

/** A file in it says by its name who uses it: a name is there as a whole or not at all. */
const markGrammar = /^owner\.(\d+)\.([0-9a-f]{16})$/;

/** Those that this process uses. */
const used = new Set<string>();
let machine: Promise<string> | undefined;

/** Marks a staging directory that was just made as used by this process, until the function it gives is called. */
export async function markUsed(directory: string): Promise<() => void> {
  used.add(directory);
  try {
    const mark = join(directory, `owner.${process.pid}.${await thisMachine()}`);
    // Writing dates the file by the clock of the file system, which may be another computer's.
    const write = (): Promise<void> => writeFile(mark, 'x');
    await write();
    const timer = setInterval(() => write().catch(() => {}), markInterval).unref();
    return () => {
      clearInterval(timer);
      used.delete(directory);
    };
  } catch (error) {
    used.delete(directory);
    throw error;
  }
}

/**
 * Removes the staging directories in a directory that were left by processes that are gone: at once when that is known,
 * else an hour after they were marked last. `now` is the time by the clock of the file system. Never fails.
 */
export async function sweepStaging(directory: string, now: number): Promise<void> {
  try {
    for await (const entry of await opendir(directory)) {
      const path = join(directory, entry.name);
      if (!isUnfinished(entry.name) || !entry.isDirectory() || used.has(path)) continue;
      if (await isLeftover(path, now)) await removeTree(path);
    }
  } catch {
    // Nobody asked for it; what stays is found the next time.
  }
}

/** Removes a directory with everything in it. Symlinks are removed, not followed. */
export async function removeTree(path: string): Promise<void> {
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  await remove().catch(async () => {
    await unlock(path);
    await remove();
  });
}

async function isLeftover(path: string, now: number): Promise<boolean> {
  const names = await readdir(path);
  // Its process was ended before it marked it, or is about to: that one makes another.
  if (names.length === 0) await rmdir(path).catch(() => {});
  const [mark = '', pid, host] = names.map((name) => markGrammar.exec(name)).find((match) => match) ?? [];
  if (host === (await thisMachine()) && !isRunning(Number(pid))) return true;
  // Others stage in such directories as well, as pages do in folders that were chosen for them.
  if (mark === '') return false;
  const stats = await lstat(join(path, mark)).catch(ignoring('ENOENT'));
  return stats !== undefined && now - stats.mtimeMs > leftoverAge;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Where the number of a process means one: containers may have the name of their machine, but number by themselves. */
function thisMachine(): Promise<string> {
  machine ??= identify();
  return machine;
}

async function identify(): Promise<string> {
  const unknown = (): string => '';
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(unknown);
  const numbering = await readlink('/proc/self/ns/pid').catch(unknown);
  const text = JSON.stringify([hostname(), boot, numbering]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Lets everything in a directory be removed: the modes of an archive's directories may forbid it. */
async function unlock(root: string): Promise<void> {
  const directories = [root];
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    const stats: Stats | undefined = await lstat(next).catch(ignoring('ENOENT'));
    if (!stats?.isDirectory()) continue;
    await chmod(next, 0o700);
    for (const entry of await readdir(next, { withFileTypes: true })) {
      if (entry.isDirectory()) directories.push(join(next, entry.name));
    }
  }
}
