import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exitedProcess } from '../../support/exited-process.ts';

const minute = 60_000;
const hidden = (n: number): string => `.oras-js-${String(n).padStart(24, '0')}.tmp`;

let parent: string;
let root: string;
let storage: DirectoryStorage;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'oras-js-leftovers-'));
  root = join(parent, 'root');
  mkdirSync(join(parent, 'outside'));
  writeFileSync(join(parent, 'outside/file'), 'theirs');
  mkdirSync(root);
  storage = new DirectoryStorage(root);
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(parent, { recursive: true, force: true });
});

/** What this machine is called in the mark of a staging directory. */
async function machine(): Promise<string> {
  const staged = await storage.stage('x');
  const [name = ''] = readdirSync(root).filter((entry) => entry.startsWith('.oras-js-'));
  const mark = readdirSync(join(root, name)).find((entry) => entry.startsWith('owner.'));
  await staged.dispose();
  return mark?.split('.').at(-1) ?? '';
}

/** A staging directory that was marked so many minutes ago, with files and links. */
function leave(path: string, mark: string | undefined, minutes: number): void {
  const directory = join(root, path);
  mkdirSync(join(directory, 'entries/locked/deep'), { recursive: true });
  writeFileSync(join(directory, 'entries/locked/file'), 'half of');
  symlinkSync(join(parent, 'outside'), join(directory, 'entries/locked/link'));
  chmodSync(join(directory, 'entries/locked'), 0o500);
  const marked = join(directory, mark ?? '');
  if (mark !== undefined) writeFileSync(marked, 'x');
  const then = new Date(Date.now() - minutes * minute);
  utimesSync(marked, then, then);
}

async function stageAndGiveUp(path = 'x'): Promise<void> {
  await (await storage.stage(path)).dispose();
}

const names = (): string[] => readdirSync(root).sort();

describe('DirectoryStorage: staging directories that were left', () => {
  test('that of a process that is gone goes with the next one, and what its links lead to stays', async () => {
    leave(hidden(1), `owner.${await exitedProcess()}.${await machine()}`, 0);
    await stageAndGiveUp();
    expect(names()).toEqual([]);
    expect(readFileSync(join(parent, 'outside/file'), 'utf8')).toBe('theirs');
  });

  test.for([
    ['of a process that runs', (host: string) => `owner.${process.ppid}.${host}`],
    ['of another machine', () => 'owner.1.0123456789abcdef'],
  ] as const)('one %s goes an hour after it was marked last', async ([, markOn]) => {
    const mark = markOn(await machine());
    leave(hidden(1), mark, 61);
    leave(hidden(2), mark, 59);
    await stageAndGiveUp();
    expect(names()).toEqual([hidden(2)]);
  });

  test('one without the mark of a process stays: a page may be using it', async () => {
    leave(hidden(1), undefined, 61);
    await stageAndGiveUp();
    expect(names()).toEqual([hidden(1)]);
  });

  test('one that is empty goes, as its process was ended before it marked it', async () => {
    mkdirSync(join(root, hidden(1)));
    await stageAndGiveUp();
    expect(names()).toEqual([]);
  });

  test('they are looked for in all directories that lead to the path, and in no others', async () => {
    const mark = `owner.${await exitedProcess()}.${await machine()}`;
    for (const path of ['', 'a/', 'a/b/', 'c/']) leave(`${path}${hidden(1)}`, mark, 0);
    await stageAndGiveUp('a/b/dir');
    expect(names()).toEqual(['a', 'c']);
    expect(readdirSync(join(root, 'a/b'))).toEqual([]);
    expect(readdirSync(join(root, 'c'))).toEqual([hidden(1)]);
  });

  test('a symlink with such a name is not followed, nor is anything else removed', async () => {
    symlinkSync(join(parent, 'outside'), join(root, hidden(1)));
    leave('directory', `owner.${await exitedProcess()}.${await machine()}`, 100);
    await stageAndGiveUp();
    expect(names()).toEqual([hidden(1), 'directory']);
    expect(readFileSync(join(parent, 'outside/file'), 'utf8')).toBe('theirs');
  });

  test('what this process stages stays, and is marked again as long as it is used', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const staged = await storage.stage('x');
    const [name = ''] = names();
    const [entry = ''] = readdirSync(join(root, name)).filter((each) => each.startsWith('owner.'));
    const mark = join(root, name, entry);
    writeFileSync(mark, '');
    vi.advanceTimersByTime(10 * minute);
    await expect.poll(() => readFileSync(mark, 'utf8')).toBe('x');
    utimesSync(mark, new Date(0), new Date(0));
    await stageAndGiveUp();
    expect(names()).toEqual([name]);
    await staged.dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(names()).toEqual([]);
  });

  test('the directory is made for what is staged, and goes with it when nothing was moved', async () => {
    const away = new DirectoryStorage(join(parent, 'not/there'));
    const staged = await away.stage('dir');
    await staged.storage.put('dir/file', new Blob(['x']));
    await staged.dispose();
    expect(existsSync(join(parent, 'not/there'))).toBe(false);
  });

  test('nobody else can look into it', async () => {
    const staged = await storage.stage('dir');
    const [name = ''] = names();
    if (process.platform !== 'win32') expect(statSync(join(root, name)).mode & 0o777).toBe(0o700);
    await staged.dispose();
  });
});
