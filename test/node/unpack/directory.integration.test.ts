import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pull, type StorageAdapter } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unpackingCases } from '../../contracts/unpacking.ts';
import { artifactOf, entry } from '../../support/directory-artifact.ts';

const { file, directory, symlink, link } = entry;

let parent: string;
let root: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'oras-js-unpack-'));
  root = join(parent, 'root');
  mkdirSync(join(parent, 'outside'));
  writeFileSync(join(parent, 'outside/victim'), 'theirs');
});

afterEach(() => {
  expect(readdirSync(join(parent, 'outside'))).toEqual(['victim']);
  expect(readFileSync(join(parent, 'outside/victim'), 'utf8')).toBe('theirs');
  expect(readdirSync(parent).filter((name) => name !== 'root')).toEqual(['outside']);
  rmSync(parent, { recursive: true, force: true });
});

/** Everything in the directory, hidden or not; Node's own recursion would follow symlinks. */
function names(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((each) => {
      const path = `${folder}${each.name}`;
      return each.isDirectory() ? [path, ...names(`${path}/`)] : [path];
    })
    .sort();
}

describe('unpack to DirectoryStorage', () => {
  test.for(unpackingCases)('$name', ({ run }) => run(new DirectoryStorage(root)));

  test('the path of a directory is taken, and hidden names are gone afterwards', async () => {
    const layout = await artifactOf({ tar: [file('dir/a'), symlink('dir/l', 'a'), link('dir/b', 'dir/a')] });
    await pull(layout, 'v1', { to: root });
    expect(names()).toEqual(['dir', 'dir/a', 'dir/b', 'dir/l']);
    expect(readlinkSync(join(root, 'dir/l'))).toBe('a');
    expect(lstatSync(join(root, 'dir/b')).nlink).toBe(1);
  });

  test('a new directory is moved once, with all that is in it', async () => {
    const storage = new DirectoryStorage(root);
    const moved: string[] = [];
    const watched: StorageAdapter = Object.assign(storage, {
      stage: async (path: string) => {
        const staged = await DirectoryStorage.prototype.stage.call(storage, path);
        const move: typeof staged.move = (from, options) => {
          moved.push(from);
          expect(names().filter((name) => !name.startsWith('.oras-js-'))).toEqual([]);
          return staged.move(from, options);
        };
        return { ...staged, move };
      },
    });
    const layout = await artifactOf({
      tar: [directory('a/dir'), file('a/dir/sub/x'), symlink('a/dir/l', 'sub')],
      title: 'a/dir',
    });
    await pull(layout, 'v1', { to: watched });
    expect(moved).toEqual(['a/dir']);
    expect(names()).toEqual(['a', 'a/dir', 'a/dir/l', 'a/dir/sub', 'a/dir/sub/x']);
  });

  test('what is the same is not written again, and directories that are there keep their modes', async () => {
    const layout = await artifactOf({ tar: [directory('dir', 0o750), file('dir/a'), file('dir/b')] });
    await pull(layout, 'v1', { to: root });
    chmodSync(join(root, 'dir'), 0o711);
    rmSync(join(root, 'dir/b'));
    const { ino } = statSync(join(root, 'dir/a'));
    await pull(layout, 'v1', { to: root, overwrite: true });
    expect(statSync(join(root, 'dir/a')).ino).toBe(ino);
    expect(statSync(join(root, 'dir')).mode & 0o777).toBe(0o711);
    expect(names()).toEqual(['dir', 'dir/a', 'dir/b']);
  });

  test('a program that was none is told, and made one if files may be overwritten', async () => {
    const layout = await artifactOf({ tar: [file('dir/run', '#!', 0o755)] });
    const modeOfRun = (): number => statSync(join(root, 'dir/run')).mode & 0o100;
    await pull(await artifactOf({ tar: [file('dir/run', '#!')] }), 'v1', { to: root });
    const { omitted } = await pull(layout, 'v1', { to: root });
    expect([omitted, modeOfRun()]).toEqual([[{ path: 'dir/run', what: 'executable' }], 0]);
    await expect(pull(layout, 'v1', { to: root, overwrite: true })).resolves.toMatchObject({ omitted: [] });
    expect(modeOfRun()).toBe(0o100);
  });

  test('programs that are in place are not told when another one was there already, or was one only at first', async () => {
    const large = 'x'.repeat(2_000_000);
    const tar = [
      file('dir/first', '#!', 0o755),
      file('dir/first', '#!', 0o644),
      file('dir/large', large, 0o755),
      file('dir/run', '#!', 0o755),
    ];
    mkdirSync(join(root, 'dir'), { recursive: true });
    writeFileSync(join(root, 'dir/large'), large, { mode: 0o755 });
    const { omitted } = await pull(await artifactOf({ tar }), 'v1', { to: root });
    expect(omitted).toEqual([]);
    expect(statSync(join(root, 'dir/run')).mode & 0o100).toBe(0o100);
  });

  test('T06: a hard link to a file of the working directory is not made', async () => {
    const before = process.cwd();
    process.chdir(join(parent, 'outside'));
    try {
      const layout = await artifactOf({ tar: [link('dir/x', 'victim')] });
      await expect(pull(layout, 'v1', { to: root })).rejects.toMatchObject({ code: 'UNSAFE_PATH', path: 'victim' });
    } finally {
      process.chdir(before);
    }
  });

  test.for([
    ['the directory itself', 'dir', '../outside'],
    ['a directory in it', 'dir/sub', '../../outside'],
    ['an absolute one', 'dir', undefined],
  ] as const)('T09: a symlink out that was there is not written through: %s', async ([, at, target]) => {
    mkdirSync(join(root, at, '..'), { recursive: true });
    symlinkSync(target ?? join(parent, 'outside'), join(root, at));
    const layout = await artifactOf({ tar: [directory('dir'), file('dir/sub/victim'), file('dir/victim')] });
    await expect(pull(layout, 'v1', { to: root, overwrite: true })).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    expect(names().filter((name) => name !== 'dir' && name !== 'dir/sub')).toEqual([]);
  });

  test('T08: a symlink out that was there is replaced by a file, if it may be', async () => {
    mkdirSync(join(root, 'dir'), { recursive: true });
    symlinkSync('../../outside/victim', join(root, 'dir/a'));
    const layout = await artifactOf({ tar: [file('dir/a')] });
    await expect(pull(layout, 'v1', { to: root })).rejects.toMatchObject({ code: 'EXISTS', path: 'dir/a' });
    await pull(layout, 'v1', { to: root, overwrite: true });
    expect(lstatSync(join(root, 'dir/a')).isFile()).toBe(true);
  });

  test('a directory that becomes a symlink while the archive is read is not written through', async () => {
    mkdirSync(join(root, 'dir/sub'), { recursive: true });
    const layout = await artifactOf({ tar: [file('dir/sub/new'), file('dir/other')] });
    const swap = (): void => {
      rmSync(join(root, 'dir/sub'), { recursive: true, force: true });
      symlinkSync('../../outside', join(root, 'dir/sub'));
    };
    const onProgress = ({ type }: { type: string }): void => {
      if (type === 'start') swap();
    };
    await expect(pull(layout, 'v1', { to: root, onProgress })).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  test('a pipe in place of a file is kept, unless it may be overwritten', async () => {
    mkdirSync(join(root, 'dir'), { recursive: true });
    execFileSync('mkfifo', [join(root, 'dir/a')]);
    const layout = await artifactOf({ tar: [file('dir/a')] });
    await expect(pull(layout, 'v1', { to: root })).rejects.toMatchObject({ code: 'EXISTS', path: 'dir/a' });
    await pull(layout, 'v1', { to: root, overwrite: true });
    expect(readFileSync(join(root, 'dir/a'), 'utf8')).toBe('dir/a');
  });

  test('a pipe in place of a directory is found before anything is moved, also with overwrite', async () => {
    mkdirSync(join(root, 'dir'), { recursive: true });
    writeFileSync(join(root, 'dir/a'), 'mine');
    execFileSync('mkfifo', [join(root, 'dir/sub')]);
    const layout = await artifactOf({ tar: [file('dir/a'), file('dir/sub/x')] });
    const pulling = pull(layout, 'v1', { to: root, overwrite: true });
    await expect(pulling).rejects.toMatchObject({ code: 'EXISTS', path: 'dir/sub' });
    expect(readFileSync(join(root, 'dir/a'), 'utf8')).toBe('mine');
    expect(names()).toEqual(['dir', 'dir/a', 'dir/sub']);
  });
});
