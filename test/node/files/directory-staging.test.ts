import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DirectoryStorage } from '../../../src/node/files/directory-storage.ts';

const broken = vi.hoisted((): { name: RegExp | undefined } => ({ name: undefined }));
/** A directory that is on another file system: nothing can be renamed into it or out of it. */
const mounted = vi.hoisted((): { at: string | undefined } => ({ at: undefined }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const failing =
    <T>(work: (path: string, ...rest: never[]) => T) =>
    async (path: string, ...rest: never[]): Promise<Awaited<T>> => {
      if (broken.name?.test(path)) throw Object.assign(new Error('broken disk'), { code: 'EIO' });
      return await work(path, ...rest);
    };
  const rename: typeof real.rename = async (from, to) => {
    const isIn = (path: unknown): boolean => mounted.at !== undefined && `${path}`.startsWith(`${mounted.at}/`);
    if (isIn(from) !== isIn(to))
      throw Object.assign(new Error('cross-device link'), { code: 'EXDEV', syscall: 'rename' });
    await real.rename(from, to);
  };
  return { ...real, rename, mkdir: failing(real.mkdir as never), writeFile: failing(real.writeFile as never) };
});

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'oras-js-staging-'));
  mkdirSync(join(parent, 'there'));
});

afterEach(() => {
  broken.name = undefined;
  mounted.at = undefined;
  vi.useRealTimers();
  rmSync(parent, { recursive: true, force: true });
});

describe('DirectoryStorage.stage: another file system', () => {
  const root = (): string => join(parent, 'there');

  test('is found before the first move, and what goes to it is copied to it first', async () => {
    mkdirSync(join(root(), 'dir/disk/sub'), { recursive: true });
    writeFileSync(join(root(), 'dir/disk/sub/old'), 'old');
    mounted.at = join(root(), 'dir/disk');
    const staged = await new DirectoryStorage(root()).stage('dir');
    const { storage } = staged;
    await storage.put('dir/a', new Blob(['a']));
    await storage.put('dir/disk/new/run', new Blob(['#!']), { mode: 0o755 });
    await storage.put('dir/disk/new/deep/secret', new Blob(['s']), { mode: 0o000 });
    await storage.makeLink?.('dir/disk/sub/link', 'nowhere');
    await storage.put('dir/disk/sub/old', new Blob(['new']));
    await storage.makeDirectory?.('dir/disk/new', { mode: 0o500 });
    const paths = ['dir/a', 'dir/disk/new', 'dir/disk/sub/old', 'dir/disk/sub/link'];
    await staged.prepare?.(paths);
    expect(readFileSync(join(root(), 'dir/disk/sub/old'), 'utf8')).toBe('old');
    expect(readdirSync(join(root(), 'dir'))).toEqual(['disk']);
    for (const path of paths) await staged.move(path);
    await staged.dispose();
    expect(readdirSync(root(), { recursive: true }).sort()).toEqual([
      'dir',
      ...[
        'a',
        'disk',
        'disk/new',
        'disk/new/deep',
        'disk/new/deep/secret',
        'disk/new/run',
        'disk/sub',
        'disk/sub/link',
        'disk/sub/old',
      ].map((path) => `dir/${path}`),
    ]);
    const modes = ['new', 'new/run', 'new/deep/secret'].map(
      (path) => lstatSync(join(root(), 'dir/disk', path)).mode & 0o700,
    );
    expect(modes).toEqual([0o500, 0o700, 0]);
    expect(readFileSync(join(root(), 'dir/disk/sub/old'), 'utf8')).toBe('new');
    expect(readlinkSync(join(root(), 'dir/disk/sub/link'))).toBe('nowhere');
    chmodSync(join(root(), 'dir/disk/new'), 0o700);
  });

  test('that is mounted at the very path is staged in, and what was left there is removed', async () => {
    mkdirSync(join(root(), 'dir'));
    mounted.at = join(root(), 'dir');
    const left = await new DirectoryStorage(root()).stage('dir');
    const [hidden = ''] = readdirSync(join(root(), 'dir'));
    expect([hidden, readdirSync(root())]).toEqual([expect.stringMatching(/^\.oras-js-/), ['dir']]);
    await left.dispose();
    // Of a process that is gone.
    mkdirSync(join(root(), 'dir', hidden));
    const staged = await new DirectoryStorage(root()).stage('dir');
    await staged.storage.put('dir/a', new Blob(['a']));
    await staged.prepare?.(['dir/a']);
    await staged.move('dir/a');
    await staged.dispose();
    expect(readdirSync(join(root(), 'dir'))).toEqual(['a']);
  });

  test('nothing is tried, and nothing copied, through a symlink', async () => {
    const storage = new DirectoryStorage(root());
    const staged = await storage.stage('dir');
    await staged.storage.put('dir/sub/a', new Blob(['a']));
    await storage.makeLink('dir/sub', '.');
    await expect(staged.prepare?.(['dir/sub/a'])).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    await staged.dispose();
    expect(readdirSync(root())).toEqual(['dir']);
  });
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
