import { join } from 'node:path';
import { measure } from './measure.ts';
import type { Program } from './program.ts';

/** Where the archive of a set is written. */
export function archiveOf(folder: string): string {
  return join(folder, 'archive.tgz');
}

/** What is packed is written to a file, and sent to nobody. */
export function tarGzip(folder: string): Program {
  return {
    name: 'tar|gzip',
    note: 'GNU tar and gzip, which only write a file',
    push: ({ folder: cwd, files }) =>
      measure('sh', ['-c', 'tar -cf - "$0" | gzip > "$1"', files[0]?.name ?? '', archiveOf(folder)], { cwd }),
    pull: () => Promise.reject(new Error('it has no registry')),
  };
}
