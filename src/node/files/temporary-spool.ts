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
export const temporarySpool: Spool = {
  async write(stream, options) {
    const path = join(tmpdir(), unfinishedName('spool'));
    const dispose = (): Promise<void> => rm(path, { force: true }).catch(() => {});
    const failed = failing('write', path);
    try {
      // wx: an existing file or symlink of this name is neither followed nor replaced.
      const handle = await open(path, 'wx', 0o600).catch(failed);
      // No fsync: the file is of no use after the process ends.
      await writeContent(handle, stream, { failed, flush: false, signal: options?.signal });
      return { content: await openFile(path).catch(failed), dispose };
    } catch (error) {
      await dispose();
      // The stream was not read, because the file could not be opened.
      if (!stream.locked) await stream.cancel(error).catch(() => {});
      throw error;
    }
  },
};
