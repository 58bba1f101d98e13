import { isUnfinished, unfinishedName } from '../../bytes/unfinished.ts';
import { memorySpool, type Spool } from '../../storage/spool.ts';
import { failing } from './handle-errors.ts';
import { holdName, ifUnused } from './handle-locks.ts';
import { handlesOf } from './handle-lookup.ts';
import { removeMade, write } from './handle-writing.ts';

let sweeping: Promise<void> | undefined;

/**
 * Spools to a hidden file in the origin private file system, or to memory if the browser cannot write there. If the
 * page is closed meanwhile, the file is removed by the next page that spools.
 */
export const opfsSpool: Spool = async (stream, options) => {
  const root = await writableRoot();
  if (!root) return memorySpool(stream, options);
  sweeping ??= sweep(root).catch(() => {});
  await sweeping;
  const name = unfinishedName('spool');
  const release = await holdName(name);
  const dispose = async (): Promise<void> => {
    await removeMade(root, name);
    release();
  };
  try {
    const file = await root.getFileHandle(name, { create: true }).catch(failing('write', name));
    await write(file, stream, { path: name, signal: options?.signal });
    return { content: await file.getFile().catch(failing('read', name)), dispose };
  } catch (error) {
    await dispose();
    // Nobody reads it when there was no file to write to.
    if (!stream.locked) await stream.cancel(error).catch(() => {});
    throw error;
  }
};

/**
 * The directory of the spool. Undefined without TLS, in private windows of Firefox, and in Safari before version 26.
 */
async function writableRoot(): Promise<FileSystemDirectoryHandle | undefined> {
  if (!globalThis.navigator?.storage || !('createWritable' in FileSystemFileHandle.prototype)) return undefined;
  return navigator.storage.getDirectory().catch(() => undefined);
}

async function sweep(root: FileSystemDirectoryHandle): Promise<void> {
  for (const { name } of await handlesOf(root, '')) {
    if (!name.endsWith('.spool') || !isUnfinished(name)) continue;
    await ifUnused(name, () => root.removeEntry(name));
  }
}
