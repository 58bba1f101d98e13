import { FileError, MemoryStorage, OciLayout, pull, push, Registry } from 'oras-js';
import { HandleStorage, xhrFetch } from 'oras-js/browser';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { itemsOf, rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';
import { embeddedRegistry } from '../../support/registries.ts';
import { emptyDirectory, namesBelow } from './opfs.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const names = ['QuotaExceededError', 'NotAllowedError', 'NoModificationAllowedError', 'InvalidStateError'];

async function expectFileError(failing: Promise<unknown>, path: string, errno: string): Promise<void> {
  const error = await rejection(failing);
  expect(error).toBeInstanceOf(FileError);
  expect(error).toMatchObject({ code: 'FILE', path, errno, cause: expect.objectContaining({ name: errno }) });
  expect(String(error)).toContain(path);
}

describe('files that are written', () => {
  const refuse = (name: string) => () => Promise.reject(new DOMException('refused', name));
  /** Where a write can fail. */
  const places: Record<string, (name: string) => void> = {
    'when it is created': (name) =>
      void vi.spyOn(FileSystemDirectoryHandle.prototype, 'getFileHandle').mockImplementation(refuse(name)),
    'when its directory is made': (name) =>
      void vi.spyOn(FileSystemDirectoryHandle.prototype, 'getDirectoryHandle').mockImplementation(refuse(name)),
    'when it is opened': (name) =>
      void vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(refuse(name)),
    'when it is written': (name) =>
      void vi.spyOn(FileSystemWritableFileStream.prototype, 'write').mockImplementation(refuse(name)),
    'when it is closed': (name) =>
      void vi.spyOn(FileSystemWritableFileStream.prototype, 'close').mockImplementation(refuse(name)),
  };
  const table = Object.keys(places).flatMap((place) => names.map((name) => [name, place] as const));

  test.for(table)('%s %s: a FileError, and nothing is there', async ([name, place]) => {
    const layout = new OciLayout(new MemoryStorage());
    await push(layout, 'v1', [{ name: 'a/b.bin', content: noise(100_000, 81) }]);
    const directory = await emptyDirectory();
    await directory.getDirectoryHandle('a', { create: true });
    const to = new HandleStorage(directory);
    const missing = vi.spyOn(to, 'get').mockResolvedValue(undefined);
    vi.spyOn(to, 'list').mockImplementation(async function* () {});
    places[place]!(name);
    await expectFileError(pull(layout, 'v1', { to }), 'a/b.bin', name);
    expect(missing).toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(await namesBelow(directory)).toEqual(['a']);
  });

  test.for(names)('%s when it is read, looked for or removed: a FileError', async (name) => {
    const storage = new HandleStorage(await emptyDirectory());
    await storage.put('file', new Blob(['x']));
    vi.spyOn(FileSystemFileHandle.prototype, 'getFile').mockImplementation(refuse(name));
    await expectFileError(storage.get('file'), 'file', name);
    vi.spyOn(FileSystemDirectoryHandle.prototype, 'removeEntry').mockImplementation(refuse(name));
    await expectFileError(storage.delete('file'), 'file', name);
    vi.spyOn(FileSystemDirectoryHandle.prototype, 'getFileHandle').mockImplementation(refuse(name));
    await expectFileError(storage.get('file'), 'file', name);
  });

  test.for(names)('%s when a directory is listed: a FileError', async (name) => {
    const directory = await emptyDirectory();
    const storage = new HandleStorage(directory);
    await storage.put('folder/file', new Blob(['x']));
    const prototype = FileSystemDirectoryHandle.prototype as unknown as { values(): AsyncIterable<unknown> };
    const { values } = prototype;
    vi.spyOn(prototype, 'values').mockImplementation(async function* (this: FileSystemDirectoryHandle) {
      if (this.name === 'folder') await refuse(name)();
      yield* values.call(this);
    });
    await expectFileError(itemsOf(storage.list()), 'folder/', name);
    await expectFileError(itemsOf(storage.list('folder/')), 'folder/', name);
    vi.spyOn(prototype, 'values').mockImplementation(() => {
      throw new DOMException('refused', name);
    });
    expect(await rejection(itemsOf(storage.list()))).toMatchObject({
      code: 'FILE',
      message: expect.stringContaining('Cannot read the directory: '),
    });
    const reason = new DOMException('enough', name);
    expect(await rejection(itemsOf(storage.list('', { signal: AbortSignal.abort(reason) })))).toBe(reason);
  });

  test('what the content fails with, and the reason of an abort, are told as they are', async () => {
    const storage = new HandleStorage(await emptyDirectory());
    const error = new DOMException('mine', 'QuotaExceededError');
    const failing = new ReadableStream<Uint8Array>({
      pull() {
        throw error;
      },
    });
    expect(await rejection(storage.put('file', failing))).toBe(error);
    const abort = new AbortController();
    const writing = storage.put('file', new ReadableStream(), { signal: abort.signal });
    abort.abort(error);
    expect(await rejection(writing)).toBe(error);
  });
});

describe('files that are pushed', () => {
  /** A file of the browser's own file system that is replaced or removed once it was opened. */
  async function changing(
    size: number,
  ): Promise<{ file: File; change: () => Promise<void>; remove: () => Promise<void> }> {
    const directory = await emptyDirectory();
    const handle = await directory.getFileHandle('file.bin', { create: true });
    const write = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
      const writable = await handle.createWritable();
      await writable.write(bytes);
      await writable.close();
    };
    await write(noise(size, 82));
    return {
      file: await handle.getFile(),
      change: () => write(noise(size + 1, 83)),
      remove: () => directory.removeEntry('file.bin'),
    };
  }
  const problem = { code: expect.stringMatching(/^(FILE|NOT_FOUND)$/), message: expect.stringContaining('file.bin') };
  const sizes = [100_000, 3_000_000, 6_000_000];
  const own = `${embeddedRegistry().host}/browser/file-errors`;

  test.for(sizes)('one of %i bytes that changes or is removed before it is hashed', async (size) => {
    for (const way of ['change', 'remove'] as const) {
      const it = await changing(size);
      await it[way]();
      expect(await rejection(new Registry().push(`${own}:v1`, [it.file]))).toMatchObject(problem);
      expect(await rejection(push(new OciLayout(new MemoryStorage()), 'v1', [it.file]))).toMatchObject(problem);
    }
  });

  test.for(sizes)('one of %i bytes that changes after it was hashed', async (size) => {
    for (const way of ['change', 'remove'] as const) {
      const it = await changing(size);
      const digest = `sha256:${'0'.repeat(64)}`;
      const hash = async (): Promise<string> => {
        await it[way]();
        return digest;
      };
      const registry = new Registry({ retry: { delay: () => 0 } });
      const to = registry.repository(`${own}:v1`);
      expect(await rejection(push(to, 'v1', [it.file], { hash }))).toMatchObject(problem);
      const again = await changing(size);
      const layout = new OciLayout(new MemoryStorage());
      const hashAgain = async (): Promise<string> => {
        await again[way]();
        return digest;
      };
      expect(await rejection(push(layout, 'v1', [again.file], { hash: hashAgain }))).toMatchObject(problem);
    }
  });

  /** Makes a file of a directory shorter where it is, and not by replacing it: only workers can. */
  async function shorten({ name: folder }: FileSystemDirectoryHandle, name: string, size: number): Promise<void> {
    const program = `onmessage = async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('${folder}');
      const access = await (await folder.getFileHandle('${name}')).createSyncAccessHandle();
      access.truncate(${size});
      access.close();
      postMessage('done');
    }`;
    const url = URL.createObjectURL(new Blob([program]));
    const worker = new Worker(url);
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = reject;
      worker.postMessage('start');
    });
    worker.terminate();
    URL.revokeObjectURL(url);
  }

  const large = 60_000_000;
  async function largeFile(): Promise<{ file: File; shorten: () => Promise<void> }> {
    const directory = await emptyDirectory();
    const handle = await directory.getFileHandle('file.bin', { create: true });
    const writable = await handle.createWritable();
    await writable.write(noise(large, 84));
    await writable.close();
    return { file: await handle.getFile(), shorten: () => shorten(directory, 'file.bin', 1000) };
  }
  // No other timeout may end what never ends.
  const patient = { retry: { delay: () => 0 }, timeouts: { answer: 1e9, stall: 1e9 } };

  test('one that got shorter after it was hashed', async () => {
    const it = await largeFile();
    const hash = async (): Promise<string> => {
      await it.shorten();
      return `sha256:${'0'.repeat(64)}`;
    };
    const to = new Registry({ ...patient, fetch: xhrFetch }).repository(`${own}:v1`);
    expect(await rejection(push(to, 'v1', [it.file], { hash }))).toMatchObject(problem);
  });

  test('one that gets shorter while it is sent', async () => {
    const it = await largeFile();
    const gate = `http://${inject('gateHost')}/${crypto.randomUUID()}`;
    let shortened: Promise<void> | undefined;
    const registry = new Registry({
      ...patient,
      fetch: (url, init = {}) => {
        const { body, onSent } = init;
        if (!(body instanceof Blob) || body.size < 1_000_000 || shortened) return xhrFetch(url, init);
        // To a server that reads it only when the rest is gone.
        return xhrFetch(gate, {
          ...init,
          method: 'PUT',
          headers: {},
          body: body.slice(),
          onSent: (bytes) => {
            onSent?.(bytes);
            shortened ??= it.shorten().then(() => void fetch(gate));
          },
        });
      },
    });
    expect(await rejection(registry.push(`${own}:v1`, [it.file]))).toMatchObject(problem);
    await shortened;
  });

  test('a file that cannot be compared with what is pulled', async () => {
    const layout = new OciLayout(new MemoryStorage());
    await push(layout, 'v1', [{ name: 'file.bin', content: noise(100_000, 82) }]);
    const it = await changing(100_000);
    await it.change();
    const to = new MemoryStorage();
    vi.spyOn(to, 'get').mockResolvedValue(it.file);
    expect(await rejection(pull(layout, 'v1', { to, overwrite: true }))).toMatchObject(problem);
  });
});
