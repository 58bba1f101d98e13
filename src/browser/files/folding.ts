import type { PathFolding } from '../../bytes/paths.ts';
import { probeNames } from '../../bytes/unfinished.ts';
import { ignoring } from '../../errors/ignoring.ts';

/**
 * How the file system compares names in a directory: tested with a hidden file, which is removed again. If it cannot be
 * tested, as in a read-only folder, names are folded, so that two files never become one unnoticed.
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
