import type { PathFolding } from '../../bytes/paths.ts';
import { probeNames } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';

/**
 * How the place of a directory compares names: tried with a hidden file in it, which is removed again. What cannot be
 * tried, as in a folder that may only be read, is taken to be folded, so that no two files become one unseen.
 */
export async function foldingOf(directory: FileSystemDirectoryHandle): Promise<PathFolding> {
  const { name, otherCase, otherForm } = probeNames();
  try {
    await directory.getFileHandle(name, { create: true });
    const isThere = async (other: string): Promise<boolean> =>
      (await directory.getFileHandle(other).catch(ignoring('NotFoundError'))) !== undefined;
    return { foldsCase: await isThere(otherCase), normalizes: await isThere(otherForm) };
  } catch {
    return { foldsCase: true, normalizes: true };
  } finally {
    await directory.removeEntry(name).catch(() => {});
  }
}
