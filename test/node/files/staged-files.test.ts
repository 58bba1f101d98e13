import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { flushDirectory } from '../../../src/node/files/directory-flush.ts';
import { StagedFiles, type Unstaged } from '../../../src/node/files/staged-files.ts';

vi.mock('../../../src/node/files/directory-flush.ts', () => ({ flushDirectory: vi.fn() }));

const flushing = vi.mocked(flushDirectory);
let root: string;
let staged: StagedFiles;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'oras-js-staged-'));
  staged = new StagedFiles(root, {} as Unstaged);
  await staged.makeDirectory('a');
  flushing.mockReset();
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('StagedFiles.flush', () => {
  test('all who ask for it wait for the flush that another one has begun', async () => {
    const ended: string[] = [];
    let resolve = (): void => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    flushing.mockImplementation(async (path) => {
      await promise;
      ended.push(path);
    });
    const first = staged.flush();
    const second = staged.flush().then(() => expect(ended).toEqual([root, join(root, 'a')]));
    resolve();
    await Promise.all([first, second]);
    expect(flushing).toHaveBeenCalledTimes(2);
  });

  test('what could not be flushed is tried again by the next', async () => {
    const failure = Object.assign(new Error('broken disk'), { code: 'EIO' });
    flushing.mockRejectedValueOnce(failure).mockResolvedValue();
    await expect(staged.flush()).rejects.toBe(failure);
    await staged.flush();
    expect(flushing.mock.calls).toEqual([[root], [root], [join(root, 'a')]]);
  });
});
