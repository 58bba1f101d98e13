import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise } from '../../support/noise.ts';

/** Makes a directory with one of everything that programs pack alike. */
export function makeDirectory(root: string): void {
  for (const path of ['a/deep/er', 'empty', 'bin']) mkdirSync(join(root, path), { recursive: true });
  const files = {
    'a/text.txt': 'hello\n',
    'a/deep/er/noise': noise(1_500_000, 4),
    'a/none': '',
    'a-b': 'between a and a/',
    [`a/${'long-'.repeat(30)}name`]: 'long',
    'ünï-日本 with space': 'unicode',
    'bin/run': '#!/bin/sh\n',
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content);
  chmodSync(join(root, 'bin/run'), 0o755);
  symlinkSync('a/text.txt', join(root, 'link'));
  symlinkSync('../bin', join(root, 'a/directory-link'));
  symlinkSync('nowhere', join(root, 'dangling'));
}
