import { chmod, lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AbortOptions } from '../../options.ts';
import { openFile } from './open-file.ts';
import type { StagedFiles } from './staged-files.ts';

/** Copies the entry at a path of the directory `from` to the same path of other staged files, with all that is in it. */
export async function copyStaged(from: string, to: StagedFiles, path: string, options?: AbortOptions): Promise<void> {
  options?.signal?.throwIfAborted();
  const place = join(from, path);
  const stats = await lstat(place);
  if (stats.isSymbolicLink()) return to.makeLink(path, await readlink(place), options);
  const mode = stats.mode & 0o777;
  // The modes of an archive may forbid to read it; here it is not needed any more.
  if ((mode & 0o500) !== 0o500) await chmod(place, mode | 0o700);
  if (stats.isFile()) return to.put(path, await openFile(place, path), { ...options, mode });
  await to.makeDirectory(path, options);
  for (const name of await readdir(place)) await copyStaged(from, to, `${path}/${name}`, options);
  await to.makeDirectory(path, { ...options, mode });
}
