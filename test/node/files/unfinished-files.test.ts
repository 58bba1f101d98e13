import {
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const minute = 60_000;
const leftover = (n: number): string => `.oras-js-${String(n).padStart(24, '0')}.tmp`;

let root: string;
let storage: DirectoryStorage;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'oras-js-unfinished-'));
  storage = new DirectoryStorage(root);
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

/** A file to which nothing was written for so many minutes. */
function makeOld(path: string, minutes: number): void {
  const file = join(root, path);
  if (!existsSync(file)) writeFileSync(file, 'half of');
  const then = new Date(Date.now() - minutes * minute);
  utimesSync(file, then, then);
}

const names = (): string[] => readdirSync(root).sort();

/** Content that begins, and ends when it is told to. */
function paused(): { content: ReadableStream<Uint8Array>; resume: () => void } {
  let resume = (): void => {};
  const content = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
      resume = () => controller.close();
    },
  });
  return { content, resume: () => resume() };
}

describe('DirectoryStorage: files that were never finished', () => {
  test('they go with the next write beside them, an hour after the last byte', async () => {
    makeOld(leftover(1), 61);
    makeOld(leftover(2), 59);
    await storage.put('file', new Blob(['x']));
    expect(names()).toEqual([leftover(2), 'file']);
  });

  test('a symlink that never got its name, and a file that names were tried with, go as well', async () => {
    const hour = new Date(Date.now() - 61 * minute);
    symlinkSync('../file', join(root, leftover(1)));
    lutimesSync(join(root, leftover(1)), hour, hour);
    makeOld(leftover(2).replace('.tmp', '\u00e9.tmp'), 61);
    await storage.put('file', new Blob(['x']));
    expect(names()).toEqual(['file']);
  });

  test('nothing else goes, however old', async () => {
    const others = ['.oras-js-1.tmp', `${leftover(1)}.bak`, `x${leftover(1)}`, '.hidden', 'old'];
    for (const name of others) makeOld(name, 100_000);
    mkdirSync(join(root, leftover(1)));
    makeOld(leftover(1), 61);
    await storage.put('file', new Blob(['x']));
    expect(names()).toEqual([...others, leftover(1), 'file'].sort());
  });

  test('those in other directories stay until something is written there', async () => {
    mkdirSync(join(root, 'a'));
    makeOld(`a/${leftover(1)}`, 61);
    await storage.put('file', new Blob(['x']));
    expect(readdirSync(join(root, 'a'))).toEqual([leftover(1)]);
    await storage.put('a/file', new Blob(['x']));
    expect(readdirSync(join(root, 'a'))).toEqual(['file']);
  });

  test('reading removes nothing', async () => {
    makeOld(leftover(1), 61);
    makeOld('file', 61);
    await storage.get('file');
    for await (const { path } of storage.list()) expect(path).toBe('file');
    await storage.delete('file');
    expect(names()).toEqual([leftover(1)]);
  });

  test('a directory is looked through once an hour', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await storage.put('file', new Blob(['1']));
    makeOld(leftover(1), 61);
    await storage.put('file', new Blob(['2']));
    expect(names()).toEqual([leftover(1), 'file']);
    vi.advanceTimersByTime(61 * minute);
    await storage.put('file', new Blob(['3']));
    expect(names()).toEqual(['file']);
  });

  test('what this process writes may stand still for longer', async () => {
    const { content, resume } = paused();
    const writing = storage.put('slow', content);
    await expect.poll(names).toHaveLength(1);
    makeOld(names()[0]!, 100);
    await new DirectoryStorage(root).put('fast', new Blob(['x']));
    expect(names()).toHaveLength(2);
    resume();
    await writing;
    expect(names()).toEqual(['fast', 'slow']);
  });

  test('a writer whose file was taken for a leftover fails, and its place stays as it was', async () => {
    await storage.put('file', new Blob(['before']));
    const { content, resume } = paused();
    const writing = storage.put('file', content);
    await expect.poll(names).toHaveLength(2);
    rmSync(join(root, names()[0]!));
    resume();
    await expect(writing).rejects.toMatchObject({ code: 'FILE', errno: 'ENOENT', path: 'file' });
    expect(await (await storage.get('file'))?.text()).toBe('before');
  });
});
