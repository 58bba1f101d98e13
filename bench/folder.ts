import { rmSync } from 'node:fs';
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for everything that is measured with; it is removed when this process ends, also by a signal. */
export async function temporaryFolder(): Promise<string> {
  // With a signal nothing else would be ended or removed: that is done when the process exits.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const folder = await mkdtemp(join(tmpdir(), 'oras-js-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Bytes of the files of a folder and of those below it. */
export async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.path, entry.name))).size;
  }
  return bytes;
}
