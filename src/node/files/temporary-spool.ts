import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unfinishedName } from '../../bytes/unfinished.ts';
import type { Spool } from '../../storage/spool.ts';
import { failing } from '../system/file-errors.ts';
import { writeContent } from './gathered-writes.ts';
import { openFile } from './open-file.ts';

/**
 * Spools to a file in the system's temporary directory (`os.tmpdir()`), readable by this user only. The file is removed
 * by `dispose`; it stays if the process is killed.
 */
export const temporarySpool: Spool = async (stream, options) => {
  const path = join(tmpdir(), unfinishedName('spool'));
  const dispose = (): Promise<void> => rm(path, { force: true }).catch(() => {});
  const failed = failing('write', path);
  try {
    // wx: whatever has this name, a symlink above all, is neither followed nor replaced.
    const handle = await open(path, 'wx', 0o600).catch(failed);
    // What is gone with the process need not be on the disk.
    await writeContent(handle, stream, { failed, flush: false, signal: options?.signal });
    return { content: await openFile(path).catch(failed), dispose };
  } catch (error) {
    await dispose();
    // Nobody reads it when there was no file to write to.
    if (!stream.locked) await stream.cancel(error).catch(() => {});
    throw error;
  }
};
