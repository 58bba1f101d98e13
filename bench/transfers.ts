import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findExecutable } from '../test/support/executables.mjs';
import type { FileSet } from './file-set.ts';
import type { Measured } from './measure.ts';
import { curl } from './program-curl.ts';
import { orasJs } from './program-oras-js.ts';

/** The measurements of one registry. */
export type Transfers = Partial<Record<'curl push' | 'oras-js push' | 'curl pull' | 'oras-js pull', Measured>>;

/** Sends files to a registry and back, with curl and with this package. What came back is removed at once. */
export async function measureTransfers(host: string, files: FileSet, parent: string): Promise<Transfers> {
  const place = { host, repository: 'bench/file' };
  const pulled = join(parent, 'pulled');
  const removing = async (pull: () => Promise<Measured>): Promise<Measured> => {
    await mkdir(pulled);
    const measured = await pull();
    await rm(pulled, { recursive: true });
    return measured;
  };
  const executable = findExecutable('curl');
  const wire = executable ? curl(executable) : undefined;
  return {
    ...(wire && { 'curl push': await wire.push(files, { host, repository: 'bench/curl' }) }),
    'oras-js push': await orasJs.push(files, place),
    ...(wire && { 'curl pull': await removing(() => wire.pull(files, place, pulled)) }),
    'oras-js pull': await removing(() => orasJs.pull(files, place, pulled)),
  };
}
