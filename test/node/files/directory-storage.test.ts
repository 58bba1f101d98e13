import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageEntry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkWindowsPath } from '../../../src/node/files/windows-paths.ts';
import { stagingCases } from '../../contracts/staging.ts';
import { storageCases } from '../../contracts/storage.ts';

let parent: string;
let root: string;
let storage: DirectoryStorage;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'oras-js-storage-'));
  root = join(parent, 'root');
  storage = new DirectoryStorage(root);
  writeFileSync(join(parent, 'secret'), 'secret');
  mkdirSync(join(parent, 'outside'));
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

const unsafe = { code: 'UNSAFE_PATH' };

async function entries(prefix?: string): Promise<StorageEntry[]> {
  const found: StorageEntry[] = [];
  for await (const entry of storage.list(prefix)) found.push(entry);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function outside(): string[] {
  return readdirSync(parent, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('root'));
}

describe('DirectoryStorage', () => {
  test.for(storageCases)('$name', ({ run }) => run(storage));
  test.for(stagingCases)('staging: $name', ({ run }) => run(storage));
  test.for(storageCases)('staged: $name', async ({ run }) => run((await storage.stage('x')).storage));

  test('its directory is not made before there is something to write', async () => {
    expect(await storage.get('x')).toBeUndefined();
    expect(await entries()).toEqual([]);
    await storage.delete('x');
    expect(readdirSync(parent)).not.toContain('root');
  });

  test('list: directories, modes and symlinks are told, and links not followed', async () => {
    await storage.put('bin/run', new Blob(['#!']));
    symlinkSync('../../outside', join(root, 'bin/link'));
    symlinkSync('nowhere', join(root, 'dangling'));
    expect(await entries()).toEqual([
      { path: 'bin', type: 'directory', mode: expect.any(Number) },
      { path: 'bin/link', type: 'symlink', mode: expect.any(Number), linkTarget: '../../outside' },
      { path: 'bin/run', type: 'file', mode: 0o666 & ~process.umask(), size: 2 },
      { path: 'dangling', type: 'symlink', mode: expect.any(Number), linkTarget: 'nowhere' },
    ]);
  });

  test('list: a name that is not UTF-8 is refused, and not left out', async () => {
    await storage.put('a', new Blob(['a']));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/b`), Buffer.from([0xff])]), 'b');
    await expect(entries()).rejects.toMatchObject({ ...unsafe, path: 'b\ufffd' });
  });

  test('list: a file that is being written is not there yet, nor can one be given its name', async () => {
    let resume = (): void => {};
    const paused = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      async pull(controller) {
        await paused;
        controller.close();
      },
    });
    const writing = storage.put('folder/file', source);
    await expect.poll(() => readdirSync(parent, { recursive: true })).toHaveLength(5);
    const [unfinished = ''] = readdirSync(join(root, 'folder'));
    expect(await entries()).toMatchObject([{ path: 'folder', type: 'directory' }]);
    await expect(storage.put(`folder/${unfinished}`, new Blob())).rejects.toMatchObject(unsafe);
    resume();
    await writing;
    expect(readdirSync(join(root, 'folder'))).toEqual(['file']);
  });

  test('typeOf: a symlink is one, and is not followed', async () => {
    await storage.put('x', new Blob(['x']));
    symlinkSync(parent, join(root, 'link'));
    expect(await storage.typeOf('link')).toBe('symlink');
    await expect(storage.typeOf('link/secret')).rejects.toMatchObject(unsafe);
  });

  test('a symlink at the place of a file is neither read nor written through, but replaced (T08)', async () => {
    await storage.put('x', new Blob(['x']));
    symlinkSync(join(parent, 'secret'), join(root, 'link'));
    expect(await storage.get('link')).toBeUndefined();
    await storage.put('link', new Blob(['mine']));
    expect(await (await storage.get('link'))?.text()).toBe('mine');
    expect(readFileSync(join(parent, 'secret'), 'utf8')).toBe('secret');
  });

  test('a file and a directory get their modes less the umask, and none that lets others act as somebody else', async () => {
    const before = process.umask(0o027);
    try {
      await storage.put('bin/run', new Blob(['#!']), { mode: 0o4777 });
      await storage.makeDirectory('bin/empty', { mode: 0o1777 });
    } finally {
      process.umask(before);
    }
    expect(statSync(join(root, 'bin/run')).mode & 0o7777).toBe(0o750);
    expect(statSync(join(root, 'bin/empty')).mode & 0o7777).toBe(0o750);
  });

  test('makeLink: a directory that becomes a symlink by another program is not written through', async () => {
    await storage.put('x', new Blob(['x']));
    symlinkSync('../outside', join(root, 'folder'));
    await expect(storage.makeLink('folder/link', 'x')).rejects.toMatchObject(unsafe);
    await expect(storage.makeDirectory('folder/new')).rejects.toMatchObject(unsafe);
    await expect(storage.makeDirectory('folder')).rejects.toMatchObject({ code: 'EXISTS', path: 'folder' });
    expect(readdirSync(join(parent, 'outside'))).toEqual([]);
  });

  test('makeLink: of links that lead to each other none leads outside', async () => {
    await storage.makeLink('a/b/up', '../..');
    await expect(storage.makeLink('escape', 'a/b/up/..')).rejects.toMatchObject(unsafe);
    await expect(storage.makeLink('a/b/up/escape', '..')).rejects.toMatchObject(unsafe);
    await storage.makeLink('escape', 'a/b/up');
    expect(realpathSync(join(root, 'escape'))).toBe(realpathSync(root));
    expect(readdirSync(root).sort()).toEqual(['a', 'escape']);
  });

  test('delete removes a symlink, and not what it leads to', async () => {
    await storage.put('x', new Blob(['x']));
    symlinkSync(join(parent, 'secret'), join(root, 'link'));
    await storage.delete('link');
    expect(readdirSync(root)).toEqual(['x']);
    expect(readFileSync(join(parent, 'secret'), 'utf8')).toBe('secret');
  });

  test('a directory that is a symlink is refused, for reading too (T09, GHSA-8xwf-rjm4-xvhv)', async () => {
    await storage.put('x', new Blob(['x']));
    symlinkSync('../outside', join(root, 'link'));
    symlinkSync('link', join(root, 'second'));
    writeFileSync(join(parent, 'outside/file'), 'theirs');
    for (const folder of ['link', 'second']) {
      await expect(storage.put(`${folder}/file`, new Blob(['mine']))).rejects.toMatchObject(unsafe);
      await expect(storage.put(`${folder}/new/file`, new Blob(['mine']))).rejects.toMatchObject(unsafe);
      await expect(storage.get(`${folder}/file`)).rejects.toMatchObject(unsafe);
      await expect(storage.delete(`${folder}/file`)).rejects.toMatchObject(unsafe);
      await expect(entries(`${folder}/`)).rejects.toMatchObject(unsafe);
    }
    expect(outside().sort()).toEqual(['outside', 'outside/file', 'secret']);
    expect(readFileSync(join(parent, 'outside/file'), 'utf8')).toBe('theirs');
  });

  test('a directory that becomes a symlink while a file is written is refused in the end', async () => {
    let swapped = false;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (swapped) return controller.close();
          swapped = true;
          rmSync(join(root, 'folder'), { recursive: true });
          symlinkSync('../outside', join(root, 'folder'));
          controller.enqueue(new Uint8Array(10));
        },
      },
      { highWaterMark: 0 },
    );
    await expect(storage.put('folder/file', source)).rejects.toMatchObject(unsafe);
    expect(readdirSync(join(parent, 'outside'))).toEqual([]);
    expect(readlinkSync(join(root, 'folder'))).toBe('../outside');
  });

  test('the root itself may be a symlink: that is the choice of its owner', async () => {
    symlinkSync('outside', join(parent, 'alias'));
    await new DirectoryStorage(join(parent, 'alias')).put('file', new Blob(['x']));
    expect(readFileSync(join(parent, 'outside/file'), 'utf8')).toBe('x');
  });

  test('a directory or a file in the way is EXISTS, and stays', async () => {
    await storage.put('folder/file', new Blob(['x']));
    await expect(storage.put('folder', new Blob(['y']))).rejects.toMatchObject({ code: 'EXISTS', path: 'folder' });
    await expect(storage.put('folder/file/below', new Blob(['y']))).rejects.toMatchObject({ code: 'EXISTS' });
    expect((await entries()).map(({ path }) => path)).toEqual(['folder', 'folder/file']);
    await storage.delete('folder');
    expect(await (await storage.get('folder/file'))?.text()).toBe('x');
  });

  test('a file that changes after it was got fails to be read', async () => {
    await storage.put('file', new Blob(['before']));
    const blob = await storage.get('file');
    writeFileSync(join(root, 'file'), 'something longer');
    await expect(blob?.text()).rejects.toMatchObject({ name: 'NotReadableError' });
  });

  test('a file is written as it comes', async () => {
    const size = 300_000_000;
    let left = size;
    let ahead = 0;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const [unfinished] = readdirSync(root).filter((name) => name.startsWith('.oras-js-'));
          const written = unfinished === undefined ? 0 : statSync(join(root, unfinished)).size;
          ahead = Math.max(ahead, size - left - written);
          const chunk = new Uint8Array(Math.min(left, 1_000_000));
          left -= chunk.byteLength;
          if (chunk.byteLength > 0) controller.enqueue(chunk);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    await storage.put('big', source);
    const blob = await storage.get('big');
    expect(blob?.size).toBe(size);
    expect(ahead).toBeLessThan(8_000_000);
  });
});

describe('checkWindowsPath', () => {
  test.for([
    'CON',
    'nul.txt',
    'a/COM1',
    'COM¹.log',
    'lpt9',
    'a.',
    'a ',
    'b./c',
    'a:stream',
    'a*b',
    'a?',
    'x<y',
    '"',
    'a|b',
  ])('refuses %j (T13)', (path) => expect(() => checkWindowsPath(path)).toThrow(expect.objectContaining(unsafe)));

  test.for(['console', 'a/b.txt', '.hidden', 'com', 'com10', 'auxiliary/x', 'a b'])('takes %j', (path) => {
    expect(() => checkWindowsPath(path)).not.toThrow();
  });
});
