import { lstat, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PathFolding } from '../../bytes/paths.ts';
import { probeNames } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';
import { codeOf } from '../system/system-errors.ts';

/**
 * How a file system compares names in a directory, or in its nearest existing parent: tested with a hidden file, which
 * is removed again. If it cannot be tested, names are folded, so that two files never become one unnoticed.
 */
export async function foldingOf(directory: string): Promise<PathFolding> {
  try {
    return await tryIn(directory);
  } catch (error) {
    const above = dirname(directory);
    if (codeOf(error) === 'ENOENT' && above !== directory) return foldingOf(above);
    return { foldsCase: true, normalizes: true };
  }
}

async function tryIn(directory: string): Promise<PathFolding> {
  const { name, otherCase, otherForm } = probeNames();
  const file = join(directory, name);
  await (await open(file, 'wx')).close();
  try {
    const isThere = async (other: string): Promise<boolean> =>
      (await lstat(join(directory, other)).catch(ignoring('ENOENT'))) !== undefined;
    return { foldsCase: await isThere(otherCase), normalizes: await isThere(otherForm) };
  } finally {
    await rm(file, { force: true }).catch(() => {});
  }
}
