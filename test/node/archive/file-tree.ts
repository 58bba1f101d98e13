import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../../src/oci/digest.ts';
import { noise } from '../../support/noise.ts';

/** What is at a path: of files the digest of the content, of links the target. */
export interface TreeEntry {
  type: 'file' | 'directory' | 'symlink' | 'other';
  mode: number | undefined;
  content: string | undefined;
}

const longName = `${'long-'.repeat(30)}name`;

/** Makes a directory with one of everything in a new directory, whose path it gives. */
export function makeTree({ names }: { names: 'any' | 'short' }): string {
  const root = mkdtempSync(join(tmpdir(), 'oras-js-tree-'));
  const at = (path: string): string => join(root, 'tree', path);
  mkdirSync(at('empty'), { recursive: true });
  mkdirSync(at('a/deep/er'), { recursive: true });
  const files: Record<string, string | Uint8Array> = {
    'a/text.txt': 'hello\n',
    'a/none': '',
    'a/block': 'b'.repeat(512),
    'a/deep/er/noise': noise(300_000, 4),
    'with space': 'space',
    '-dash': 'dash',
    run: '#!/bin/sh\n',
    read: 'only',
    ...(names === 'any' && { 'ünï-日本': 'unicode', [`a/${longName}`]: 'long', [`a/${longName}-ü`]: 'both' }),
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(at(path), content);
  const modes = { run: 0o755, read: 0o444, empty: 0o700, 'a/text.txt': 0o640, 'a/deep': 0o755 };
  for (const [path, mode] of Object.entries(modes)) chmodSync(at(path), mode);
  linkSync(at('a/text.txt'), at('a/twin.txt'));
  symlinkSync('a/text.txt', at('link'));
  symlinkSync('../../outside', at('a/out'));
  if (names === 'any') {
    symlinkSync(`a/${longName}`, at('long-link'));
    linkSync(at(`a/${longName}`), at(`a/${longName}-twin`));
  }
  execFileSync('mkfifo', [at('pipe')]);
  return root;
}

/** What is below a directory of the disk, by path. */
export function treeOf(root: string, below = ''): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (const name of readdirSync(join(root, below))) {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = lstatSync(join(root, path));
    const type = stats.isFile()
      ? 'file'
      : stats.isDirectory()
        ? 'directory'
        : stats.isSymbolicLink()
          ? 'symlink'
          : 'other';
    const content =
      type === 'file'
        ? digestOf(readFileSync(join(root, path)))
        : type === 'symlink'
          ? readlinkSync(join(root, path))
          : undefined;
    // Of links systems do not agree on a mode.
    entries.set(path, { type, mode: type === 'symlink' ? undefined : stats.mode & 0o777, content });
    if (type === 'directory') for (const [inner, entry] of treeOf(root, path)) entries.set(inner, entry);
  }
  return entries;
}
