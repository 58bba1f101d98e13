import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { beingMade, flushDirectory, makeDirectory } from '../../../src/node/files/directory-flush.ts';

const opened = vi.hoisted((): string[] => []);

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open = (path: string, flags: string): Promise<FileHandle> => {
    opened.push(path);
    return real.open(path, flags);
  };
  return { ...real, open };
});

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'oras-js-flush-'));
  opened.length = 0;
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('flushDirectory', () => {
  test('all who ask while it is being flushed share the next flush', async () => {
    await Promise.all(Array.from({ length: 10 }, () => flushDirectory(root)));
    expect(opened).toEqual([root, root]);
  });

  test('who asks after it was flushed gets a new flush', async () => {
    await flushDirectory(root);
    await flushDirectory(root);
    expect(opened).toEqual([root, root]);
  });

  test('directories are flushed each on its own', async () => {
    mkdirSync(join(root, 'a'));
    await Promise.all([flushDirectory(root), flushDirectory(join(root, 'a'))]);
    expect(opened.sort()).toEqual([root, join(root, 'a')]);
  });

  test('a flush that fails does so for all who wait for it, and not for who asks later', async () => {
    const path = join(root, 'missing');
    const results = await Promise.allSettled(Array.from({ length: 3 }, () => flushDirectory(path)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    mkdirSync(path);
    await flushDirectory(path);
  });
});

describe.skipIf(process.platform === 'win32')('makeDirectory', () => {
  test('a directory is made, and its name flushed, once', async () => {
    const path = join(root, 'a');
    await Promise.all([makeDirectory(path), makeDirectory(path)]);
    expect(existsSync(path)).toBe(true);
    await makeDirectory(path);
    expect(opened).toEqual([root]);
  });

  test('who finds a directory that another one just made can wait until its name is flushed', async () => {
    const path = join(root, 'a');
    const making = makeDirectory(path);
    expect(beingMade(path)).toBe(making);
    await beingMade(path);
    expect(opened).toEqual([root]);
    expect(beingMade(path)).toBeUndefined();
  });

  test('a file in the way is left alone', async () => {
    writeFileSync(join(root, 'a'), 'x');
    await makeDirectory(join(root, 'a'));
    expect(opened).toEqual([]);
  });
});
