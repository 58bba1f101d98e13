import { execFileSync } from 'node:child_process';
import { Dir, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError, MemoryStorage, NotFoundError, OciLayout, pull, push, Registry } from 'oras-js';
import { createFetch, DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openPath } from '../../../src/node/files/open-path.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';
import { embeddedRegistry } from '../../support/registries.ts';
import { host, uploadRegistry } from '../../support/upload-registry.ts';

type Call = 'open' | 'stat' | 'lstat' | 'rename' | 'mkdir' | 'opendir' | 'readlink' | 'rm';

/** What calls of `node:fs/promises` fail with, by their names: for a path that has this in it. */
const broken = vi.hoisted(() => new Map<string, { errno: string; path: string }>());

vi.mock('node:fs/promises', async (original) => {
  const real = await original<Record<Call, (...parameters: unknown[]) => Promise<unknown>>>();
  const names: readonly Call[] = ['open', 'stat', 'lstat', 'rename', 'mkdir', 'opendir', 'readlink', 'rm'];
  const mocked = names.map((name) => [
    name,
    async (path: string, ...rest: unknown[]): Promise<unknown> => {
      const found = broken.get(name);
      if (!found || !path.includes(found.path)) return real[name](path, ...rest);
      throw Object.assign(new Error(`${found.errno}: it failed, ${name} '${path}'`), {
        code: found.errno,
        syscall: name,
      });
    },
  ]);
  return { ...real, ...Object.fromEntries(mocked) };
});

const errnos = [
  'EACCES',
  'EPERM',
  'EMFILE',
  'ENFILE',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
  'ELOOP',
  'ENAMETOOLONG',
  'EBUSY',
];
const mebibyte = 1024 * 1024;

let folder: string;
let handles: FileHandle;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-file-errors-'));
  const handle = await open(folder);
  handles = Object.getPrototypeOf(handle);
  await handle.close();
});
afterEach(() => {
  broken.clear();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Makes a method of open files fail. */
function breakHandles(method: 'read' | 'stat' | 'sync' | 'writev', errno: string): void {
  const error = Object.assign(new Error(`${errno}: it failed, ${method}`), { code: errno, syscall: method });
  vi.spyOn(handles, method).mockRejectedValue(error);
}

/** A file of the folder, and its path. */
function fileOf(content: Uint8Array | string, name = 'a.txt'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function expectFileError(failing: Promise<unknown>, path: string, errno: string): Promise<FileError> {
  const error = (await rejection(failing)) as FileError;
  expect(error).toBeInstanceOf(FileError);
  expect({ ...error }).toMatchObject({ code: 'FILE', path, errno });
  expect(error.message).toContain(path);
  expect(error.message).toContain(errno);
  expect(error.cause).toMatchObject({ code: errno });
  return error;
}

describe('files that are pushed', () => {
  test.for(errnos)('%s when it is opened: a FileError, before anything is sent', async (errno) => {
    const path = fileOf('content');
    const it = uploadRegistry();
    broken.set('stat', { errno, path });
    await expectFileError(it.registry.push(`${host}/org/files:v1`, [path]), path, errno);
    expect(it.log).toEqual([]);
  });

  const contents = { small: noise(100, 71), large: noise(5 * mebibyte, 72) };
  const ways = ['open', 'read', 'stat'] as const;
  const table = (['small', 'large'] as const).flatMap((size) =>
    ways.flatMap((way) => ['EACCES', 'EMFILE', 'EIO'].map((errno) => [errno, way, size] as const)),
  );

  test.for(table)(
    '%s when it is read, from %s, of a %s file: a FileError, and nothing is left',
    async ([errno, way, size]) => {
      const path = fileOf(contents[size]);
      const opened = await openPath(path);
      if (way === 'open') broken.set('open', { errno, path });
      else breakHandles(way, errno);
      const it = uploadRegistry();
      await expectFileError(it.registry.push(`${host}/org/files:v1`, [opened]), path, errno);
      await expect.poll(() => it.leftovers()).toEqual([]);
    },
  );

  test.for(['small', 'large'] as const)(
    'EIO while a %s file is sent: a FileError, it is not tried again, and nothing is left',
    async (size) => {
      const path = fileOf(contents[size]);
      const it = uploadRegistry();
      const opened = await openPath(path);
      const onProgress = ({ type }: { type: string }): unknown => type === 'start' && breakHandles('read', 'EIO');
      const pushed = it.registry.push(`${host}/org/files:v1`, [opened], { onProgress, chunkSize: 10 * mebibyte });
      await expectFileError(pushed, path, 'EIO');
      expect(it.log.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
      await expect.poll(() => it.leftovers()).toEqual([]);
    },
  );

  test.for(['the client’s own', 'the platform’s', 'createFetch'])(
    'EIO while a file is sent over HTTP, with %s fetch',
    async (name) => {
      const path = fileOf(contents.large);
      const opened = await openPath(path);
      const fetch = { 'the platform’s': globalThis.fetch, createFetch: await createFetch() }[name];
      const registry = new Registry({ fetch, retry: { delay: () => 0 } });
      for (const type of ['start', 'transfer']) {
        const onProgress = (event: { type: string }): unknown => event.type === type && breakHandles('read', 'EIO');
        const reference = `${embeddedRegistry().host}/files/eio:v1`;
        const pushed = registry.push(reference, [opened], { onProgress, chunkSize: 10 * mebibyte });
        await expectFileError(pushed, path, 'EIO');
        vi.restoreAllMocks();
      }
    },
  );

  test('EIO while a file is stored in a layout: a FileError, and nothing is stored', async () => {
    const path = fileOf(noise(3 * mebibyte, 73));
    const storage = new MemoryStorage();
    const onProgress = ({ type }: { type: string }): unknown => type === 'start' && breakHandles('read', 'EIO');
    await expectFileError(push(new OciLayout(storage), 'v1', [path], { onProgress, openPath }), path, 'EIO');
    expect(await itemsOf(storage.list())).toEqual([]);
  });

  test('symlinks in a circle are ELOOP, and a name that is too long is ENAMETOOLONG', async () => {
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    await expectFileError(openPath(loop), loop, 'ELOOP');
    const long = join(folder, 'x'.repeat(300));
    await expectFileError(openPath(long), long, 'ENAMETOOLONG');
  });

  test('one that does not exist is NOT_FOUND, be it the file, its directory or what a symlink leads to', async () => {
    symlinkSync('nowhere', join(folder, 'dangling'));
    fileOf('x', 'file');
    for (const name of ['none', 'none/a', 'file/a', 'dangling']) {
      const path = join(folder, name);
      expect(await rejection(openPath(path))).toMatchObject({ code: 'NOT_FOUND', reference: path });
    }
  });

  test.for(['small', 'large'] as const)('a %s one that is removed after it was opened is NOT_FOUND', async (size) => {
    const path = fileOf(contents[size]);
    const opened = await openPath(path);
    rmSync(path);
    const it = uploadRegistry();
    const error = await rejection(it.registry.push(`${host}/org/files:v1`, [{ ...opened, name: 'a.txt' }]));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ reference: 'a.txt', message: expect.stringContaining('removed') });
    expect(await rejection(push(new OciLayout(new MemoryStorage()), 'v1', [opened]))).toBeInstanceOf(NotFoundError);
  });

  test('one that is removed or changes after it was hashed is NOT_FOUND or FILE, and not tried again', async () => {
    for (const [change, expected] of [
      [() => rmSync(join(folder, 'a.txt')), { code: 'NOT_FOUND', reference: 'a.txt' }],
      [() => fileOf('another'), { code: 'FILE', errno: 'NotReadableError', path: 'a.txt' }],
    ] as const) {
      const opened = { ...(await openPath(fileOf('content'))), name: 'a.txt' };
      const it = uploadRegistry();
      const onProgress = ({ type }: { type: string }): unknown => type === 'start' && change();
      const pushed = it.registry.push(`${host}/org/files:v1`, [opened], { onProgress });
      expect(await rejection(pushed)).toMatchObject(expected);
      expect(it.log.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
      expect(await it.leftovers()).toEqual([]);
    }
  });

  test.skipIf(process.platform === 'win32')('a pipe is UNSUPPORTED', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await rejection(openPath(pipe))).toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('files that are written', () => {
  /** Where a write can fail. */
  const places: Record<string, (errno: string) => void> = {
    'when it is created': (errno) => void broken.set('open', { errno, path: '.oras-js-' }),
    'when its directory is made': (errno) => void broken.set('mkdir', { errno, path: join('out', 'a') }),
    'when its directory is looked at': (errno) => void broken.set('lstat', { errno, path: join('out', 'a') }),
    'when it is written': (errno) => breakHandles('writev', errno),
    'when it is brought to the disk': (errno) => breakHandles('sync', errno),
    'when it is moved to its place': (errno) => void broken.set('rename', { errno, path: '.oras-js-' }),
  };
  const table = Object.keys(places).flatMap((place) => errnos.map((errno) => [errno, place] as const));

  test.for(table)('%s %s: a FileError, and nothing is there', async ([errno, place]) => {
    const layout = new OciLayout(new MemoryStorage());
    await push(layout, 'v1', [{ name: 'a/b.bin', content: noise(2 * mebibyte, 74) }]);
    const out = join(folder, 'out');
    mkdirSync(out);
    places[place]!(errno);
    const error = await expectFileError(pull(layout, 'v1', { to: new DirectoryStorage(out) }), 'a/b.bin', errno);
    expect(error.message).toContain(join(out, 'a/b.bin'));
    broken.clear();
    vi.restoreAllMocks();
    expect(readdirSync(out, { recursive: true }).filter((name) => name !== 'a')).toEqual([]);
  });

  test.runIf(process.platform === 'linux')(
    'ENOSPC of a device that is full, in place of a file that stays as it was',
    async () => {
      const storage = new DirectoryStorage(folder);
      await storage.put('file', new Blob(['before']));
      const full = await open('/dev/full', 'w');
      const { writev } = handles;
      vi.spyOn(handles, 'writev').mockImplementation((buffers) => writev.call(full, buffers));
      const failing = storage.put('file', new Blob([noise(3 * mebibyte, 75)]));
      const error = await expectFileError(failing, 'file', 'ENOSPC');
      await full.close();
      expect(error.message).toContain('no space is left');
      expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('before');
      expect(readdirSync(folder)).toEqual(['file']);
    },
  );

  test('what the content fails with is no error of the file, also when it is one of the system', async () => {
    const storage = new DirectoryStorage(folder);
    for (const error of [
      Object.assign(new Error('EIO: read'), { code: 'EIO', syscall: 'read' }),
      new DOMException('gone', 'NotReadableError'),
    ]) {
      const content = new ReadableStream<Uint8Array>({
        pull() {
          throw error;
        },
      });
      expect(await rejection(storage.put('file', content))).toBe(error);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('notes of uploads that cannot be written: a FileError, and the upload is not tried again', async () => {
    const it = uploadRegistry();
    breakHandles('sync', 'ENOSPC');
    const files = [{ name: 'a', content: noise(300_000, 76) }];
    const options = { resume: new DirectoryStorage(folder), chunkSize: 100_000 };
    const error = await rejection(it.registry.push(`${host}/org/files:v1`, files, options));
    expect(error).toMatchObject({ code: 'FILE', errno: 'ENOSPC', path: expect.stringMatching(/^uploads\//) });
    expect(it.log.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(await it.leftovers()).toEqual([]);
  });

  test('an abort is told as it is', async () => {
    const reason = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'none' });
    const abort = new AbortController();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const failing = new DirectoryStorage(folder).put('file', readable, { signal: abort.signal });
    abort.abort(reason);
    expect(await rejection(failing)).toBe(reason);
    await writable.abort().catch(() => {});
  });
});

describe('files of a directory', () => {
  test.for([
    ['get', 'lstat', 'read'],
    ['typeOf', 'lstat', 'read'],
    ['delete', 'lstat', 'remove'],
    ['delete', 'rm', 'remove'],
  ] as const)('%s: EACCES of %s is a FileError', async ([method, call, action]) => {
    const path = fileOf('content', 'file');
    broken.set(call, { errno: 'EACCES', path });
    const error = await expectFileError(new DirectoryStorage(folder)[method]('file'), 'file', 'EACCES');
    expect(error.message).toBe(
      `Cannot ${action} ${path}: permission denied; let the user of this process do it (EACCES)`,
    );
  });

  test.for([
    ['opendir', 'secret/'],
    ['lstat', 'secret'],
    ['readlink', 'secret/link'],
  ] as const)('list: EACCES of %s is a FileError', async ([call, path]) => {
    mkdirSync(join(folder, 'secret'));
    symlinkSync('nowhere', join(folder, 'secret/link'));
    broken.set(call, { errno: 'EACCES', path: join(folder, path).replace(/[\\/]$/, '') });
    await expectFileError(itemsOf(new DirectoryStorage(folder).list()), path, 'EACCES');
  });

  test('list: EIO while a directory is read is a FileError, and what a caller throws is not', async () => {
    fileOf('content', 'file');
    const mine = Object.assign(new Error('EIO: mine'), { code: 'EIO', syscall: 'read' });
    const used = async (): Promise<void> => {
      for await (const _ of new DirectoryStorage(folder).list()) throw mine;
    };
    expect(await rejection(used())).toBe(mine);
    const error = Object.assign(new Error('EIO: it failed, read'), { code: 'EIO', syscall: 'scandir' });
    vi.spyOn(Dir.prototype, Symbol.asyncIterator).mockImplementation(() => {
      throw error;
    });
    await expectFileError(itemsOf(new DirectoryStorage(folder).list()), '', 'EIO');
  });

  test('a blob of a layout that changes, is removed or cannot be read: FILE or NOT_FOUND', async () => {
    const layout = new OciLayout(new DirectoryStorage(folder));
    const { digest } = (await push(layout, 'v1', [{ name: 'file', content: 'content' }])).descriptor;
    const descriptor = await layout.resolve(digest);
    const path = join(folder, 'blobs', digest.replace(':', '/'));
    const changed = new Response(await layout.fetch(descriptor));
    writeFileSync(path, 'another');
    expect(await rejection(changed.text())).toMatchObject({ code: 'FILE', path: digest });
    const removed = new Response(await layout.fetch(descriptor));
    rmSync(path);
    expect(await rejection(removed.text())).toMatchObject({ code: 'NOT_FOUND', reference: digest });
    writeFileSync(path, 'another');
    broken.set('open', { errno: 'EIO', path: digest.slice('sha256:'.length) });
    const unreadable = new Response(await layout.fetch(descriptor));
    expect(await rejection(unreadable.text())).toMatchObject({ code: 'FILE', errno: 'EIO' });
  });

  test.for(['EACCES', 'EMFILE', 'EIO'])('%s of a file of a layout: a FileError at once', async (errno) => {
    const storage = new DirectoryStorage(folder);
    const { descriptor } = await push(new OciLayout(storage), 'v1', [{ name: 'file', content: 'content' }]);
    const get = vi.spyOn(storage, 'get');
    for (const name of ['index.json', 'oci-layout']) {
      get.mockClear();
      broken.set('open', { errno, path: name });
      await expectFileError(new OciLayout(storage).resolve('v1'), name, errno);
      expect(get.mock.calls.filter(([path]) => path === name)).toHaveLength(1);
    }
    const path = descriptor.digest.slice('sha256:'.length);
    const blob = (await storage.get(`blobs/sha256/${path}`))!;
    broken.set('open', { errno, path });
    for (const read of ['arrayBuffer', 'bytes', 'text'] as const) {
      if (read in blob) await expectFileError(blob[read](), `blobs/sha256/${path}`, errno);
      if (read in blob) await expectFileError(blob.slice(1)[read](), `blobs/sha256/${path}`, errno);
    }
  });

  test('a file that cannot be compared with what is pulled: a FileError, and it stays', async () => {
    const layout = new OciLayout(new MemoryStorage());
    await push(layout, 'v1', [{ name: 'file', content: 'content' }]);
    fileOf('content', 'file');
    breakHandles('read', 'EIO');
    await expectFileError(pull(layout, 'v1', { to: new DirectoryStorage(folder), overwrite: true }), 'file', 'EIO');
  });
});
