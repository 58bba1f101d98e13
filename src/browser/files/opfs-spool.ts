import { isUnfinished, unfinishedName } from '../../bytes/unfinished.ts';
import { memorySpool, type Spool } from '../../storage/spool.ts';
import { failing } from './handle-errors.ts';
import { handlesOf } from './handle-lookup.ts';
import { write } from './handle-writing.ts';

let sweeping: Promise<void> | undefined;

/**
 * Keeps the bytes in a hidden file of the origin private file system, or in memory where the browser has none that can be
 * written to. What a page leaves there that is closed meanwhile is removed when another one begins.
 */
export const opfsSpool: Spool = {
  async write(stream, options) {
    const root = await writableRoot();
    if (!root) return memorySpool.write(stream, options);
    sweeping ??= sweep(root).catch(() => {});
    await sweeping;
    const name = unfinishedName('spool');
    const release = await hold(name);
    const dispose = async (): Promise<void> => {
      await root.removeEntry(name).catch(() => {});
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
  },
};

/** Undefined without TLS, in a private window of Firefox, and in Safari before version 26. */
async function writableRoot(): Promise<FileSystemDirectoryHandle | undefined> {
  if (!navigator.storage || !('createWritable' in FileSystemFileHandle.prototype)) return undefined;
  return navigator.storage.getDirectory().catch(() => undefined);
}

/** A lock that a page has until it is closed tells its files from those of pages that are gone. */
function lockOf(name: string): string {
  return `oras-js:spool:${name}`;
}

function hold(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> => new Promise<void>((release) => resolve(release));
    navigator.locks.request(lockOf(name), held).catch(reject);
  });
}

async function sweep(root: FileSystemDirectoryHandle): Promise<void> {
  for (const { name } of await handlesOf(root, '')) {
    if (!name.endsWith('.spool') || !isUnfinished(name)) continue;
    await navigator.locks.request(lockOf(name), { ifAvailable: true }, async (lock) => {
      if (lock) await root.removeEntry(name);
    });
  }
}
