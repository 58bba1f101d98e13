import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DirectoryStorage } from '../../../src/node/files/directory-storage.ts';

const broken = vi.hoisted((): { name: RegExp | undefined } => ({ name: undefined }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const failing =
    <T>(work: (path: string, ...rest: never[]) => T) =>
    async (path: string, ...rest: never[]): Promise<Awaited<T>> => {
      if (broken.name?.test(path)) throw Object.assign(new Error('broken disk'), { code: 'EIO' });
      return await work(path, ...rest);
    };
  return { ...real, mkdir: failing(real.mkdir as never), writeFile: failing(real.writeFile as never) };
});

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'oras-js-staging-'));
  mkdirSync(join(parent, 'there'));
});

afterEach(() => {
  broken.name = undefined;
  vi.useRealTimers();
  rmSync(parent, { recursive: true, force: true });
});

describe('DirectoryStorage.stage: what is left', () => {
  test.for([
    ['the hidden directory cannot be made', /\.oras-js-[0-9a-f]+\.tmp$/],
    ['it cannot be marked', /owner\.[^/]*$/],
    ['nothing can be made in it', /entries$/],
  ] as const)('nothing, when %s', async ([, name]) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    broken.name = name;
    await expect(new DirectoryStorage(join(parent, 'there/x/y')).stage('dir')).rejects.toThrow('broken disk');
    expect(readdirSync(parent, { recursive: true })).toEqual(['there']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('none of the directories that were made for it, when nothing was moved', async () => {
    const staged = await new DirectoryStorage(join(parent, 'there/x/y/z')).stage('dir');
    await staged.storage.put('dir/a', new Blob(['x']));
    await staged.dispose();
    expect(readdirSync(parent, { recursive: true })).toEqual(['there']);
  });

  test('all of them, when something was', async () => {
    const staged = await new DirectoryStorage(join(parent, 'there/x/y')).stage('dir');
    await staged.storage.put('dir/a', new Blob(['x']));
    await staged.move('dir');
    await staged.dispose();
    const places = ['there', 'there/x', 'there/x/y', 'there/x/y/dir', 'there/x/y/dir/a'];
    expect(readdirSync(parent, { recursive: true }).sort()).toEqual(places);
  });
});
