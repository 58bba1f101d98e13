import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../../support/bundle.ts';

test.skipIf(process.platform === 'win32')(
  'unpack: directories that forbid their owner to write are made, moved and removed, by a user whom modes bind',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oras-js-modes-'));
    chmodSync(folder, 0o777);
    try {
      const program = await bundle(join(import.meta.dirname, 'user/puller.ts'), folder);
      const root = join(folder, 'root');
      // The superuser may do everything.
      const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      const output = execFileSync(process.execPath, [program, root], { encoding: 'utf8', cwd: folder, ...nobody });
      expect(JSON.parse(output)).toEqual({
        made: ['500', '500', '400', '0', '0', '0'],
        left: ['dir', 'mixed', 'new', 'there'],
        code: 'EXISTS',
        new: ['a', 'b', 'extra'],
        refused: ['FILE', 'there/locked', 'EACCES'],
        unchanged: ['locked'],
        inside: 'done',
        filled: ['a', 'locked', 'locked/a', 'z'],
        nowhere: ['FILE', 'fresh', 'EACCES'],
        mixed: ['500', '400', 'b', 'sub', 'sub/a', 'sub/deep', 'sub/deep/c'],
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
