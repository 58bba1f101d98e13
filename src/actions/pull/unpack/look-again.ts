import { isOrasError } from '../../../errors.ts';
import type { AbortOptions } from '../../../options.ts';
import type { StorageAdapter } from '../../../storage/storage.ts';
import { digestOfFile, type Unpacking } from './unpacking.ts';
import { type Placed, visitEntries } from './visit-entries.ts';

/** Finds out what is in place after some entries were moved, by this pull or by another one, and which files are the same. */
export async function lookAgain(
  unpacking: Unpacking,
  paths: readonly string[],
  staged: StorageAdapter,
  options: AbortOptions,
): Promise<void> {
  const { existing, to } = unpacking;
  existing.clear();
  for (const path of paths) await unpacking.look(path, options);
  const look = async ({ path, key, entry }: Placed): Promise<boolean> => {
    // Its entries are now moved one by one.
    const isThere = entry.type === 'directory' && existing.has(key);
    if (isThere) await staged.makeDirectory?.(path, { ...options, mode: 0o700 });
    if (entry.type === 'file' && !entry.isKept) entry.isKept = await isInPlace(path, staged, to, options);
    return true;
  };
  await visitEntries(unpacking, paths, look, options);
}

/** Tells whether the file at a path is the one that was staged. One that cannot be read is another file. */
async function isInPlace(
  path: string,
  staged: StorageAdapter,
  to: StorageAdapter,
  options: AbortOptions,
): Promise<boolean> {
  const { signal } = options;
  try {
    const mine = await staged.get(path, options);
    // It was moved.
    if (!mine) return true;
    const found = await to.get(path, options);
    if (found?.size !== mine.size) return false;
    return (await digestOfFile(found, path, signal)) === (await digestOfFile(mine, path, signal));
  } catch (error) {
    if (!isOrasError(error, 'FILE')) throw error;
    return false;
  }
}
