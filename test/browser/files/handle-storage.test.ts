import { digestOf } from 'oras-js';
import { HandleStorage } from 'oras-js/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { readFile } from '../../../src/storage/read.ts';
import { stagingCases } from '../../contracts/staging.ts';
import { storageCases } from '../../contracts/storage.ts';
import { noise } from '../../support/noise.ts';
import { emptyDirectory, emptyStorage, namesBelow, setMove } from './opfs.ts';

const files = FileSystemFileHandle.prototype as unknown as Record<string, unknown>;
const { createWritable } = files;

afterEach(() => {
  Object.assign(files, { createWritable });
});

/** A stream that gives one chunk, and then waits until it is told to go on. */
function paused(first: string, rest: string): { stream: ReadableStream<Uint8Array>; goOn: () => void } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  void writer.write(new TextEncoder().encode(first));
  const goOn = (): void => {
    void writer.write(new TextEncoder().encode(rest));
    void writer.close();
  };
  return { stream: readable, goOn };
}

async function pathsOf(storage: HandleStorage): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, type } of storage.list()) paths.push(type === 'directory' ? `${path}/` : path);
  return paths.sort();
}

/** Makes the browser one that cannot move files, whatever is said of the reason. */
const withoutMove: Readonly<Record<string, unknown>> = {
  'has no move': undefined,
  'refuses to move': () => Promise.reject(new DOMException('not here', 'NotAllowedError')),
};

describe('HandleStorage', () => {
  test.for(storageCases)('$name', async ({ run }) => run(await emptyStorage()));
  test.for(stagingCases)('staging: $name', async ({ run }) => run(await emptyStorage()));
  test.for(storageCases)('staged: $name', async ({ run }) => {
    const staged = await (await emptyStorage()).stage('x');
    await run(staged.storage);
    await staged.dispose();
  });
});

describe.for(Object.entries(withoutMove))('HandleStorage in a browser that %s', ([, without]) => {
  test.for(storageCases.filter(({ name }) => !name.includes('is refused')))('$name', async ({ run }) => {
    setMove(without);
    await run(await emptyStorage());
  });

  test.for(stagingCases)('staging: $name', async ({ run }) => {
    setMove(without);
    await run(await emptyStorage());
  });

  test('a file is not there before it is complete, and then nothing else is', async () => {
    setMove(without);
    const directory = await emptyDirectory();
    const storage = new HandleStorage(directory);
    const put = storage.put('file', new Blob([noise(20_000_000, 1)]));
    const sizes = new Set<number | undefined>();
    let isDone = false;
    void put.then(() => {
      isDone = true;
    });
    while (!isDone) sizes.add((await storage.get('file'))?.size);
    sizes.add((await storage.get('file'))?.size);
    expect([...sizes]).toEqual([undefined, 20_000_000]);
    expect(await namesBelow(directory)).toEqual(['file']);
  });

  test('a copy that fails leaves nothing, or what was there before', async () => {
    const directory = await emptyDirectory();
    const storage = new HandleStorage(directory);
    await storage.put('old', new Blob(['before']));
    setMove(without);
    for (const name of ['old', 'new']) {
      files.createWritable = function (this: FileSystemFileHandle) {
        if (this.name === name) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
        return (createWritable as () => unknown).call(this);
      };
      await expect(storage.put(name, new Blob(['after']))).rejects.toMatchObject({
        code: 'FILE',
        errno: 'QuotaExceededError',
      });
    }
    expect(await namesBelow(directory)).toEqual(['old']);
    expect(await (await storage.get('old'))?.text()).toBe('before');
  });
});

describe('HandleStorage: files being written', () => {
  test('nobody sees them, under any name, and an aborted first one leaves nothing', async () => {
    const directory = await emptyDirectory();
    const storage = new HandleStorage(directory);
    const abort = new AbortController();
    const reason = new Error('enough');
    const { stream } = paused('hello', 'never');
    const put = storage.put('folder/file', stream, { signal: abort.signal });
    const failed = expect(put).rejects.toBe(reason);
    await expect.poll(() => namesBelow(directory)).toContainEqual(expect.stringMatching(/\.tmp(\.crswap)?$/));
    expect(await storage.get('folder/file')).toBeUndefined();
    expect(await pathsOf(storage)).toEqual(['folder/']);
    abort.abort(reason);
    await failed;
    expect(await namesBelow(directory)).toEqual(['folder']);
  });

  test('the old content is read until the new one is complete', async () => {
    const storage = await emptyStorage();
    await storage.put('file', new Blob(['before']));
    const { stream, goOn } = paused('af', 'ter');
    const put = storage.put('file', stream);
    expect(await (await storage.get('file'))?.text()).toBe('before');
    goOn();
    await put;
    expect(await (await storage.get('file'))?.text()).toBe('after');
  });

  test('their names are refused, and hidden when a page left one behind', async () => {
    const directory = await emptyDirectory();
    const storage = new HandleStorage(directory);
    const name = `.oras-js-${'0123456789ab'.repeat(2)}.tmp`;
    for (const path of [name, `a/${name}`, `${name}/b`, `${name}.crswap`]) {
      await expect(storage.put(path, new Blob())).rejects.toMatchObject({ code: 'UNSAFE_PATH', path });
      await expect(storage.get(path)).rejects.toMatchObject({ code: 'UNSAFE_PATH', path });
      await expect(storage.delete(path)).rejects.toMatchObject({ code: 'UNSAFE_PATH', path });
    }
    await directory.getFileHandle(name, { create: true });
    expect(await pathsOf(storage)).toEqual([]);
  });

  test('a browser that cannot write says so, and leaves nothing', async () => {
    const directory = await emptyDirectory();
    delete files.createWritable;
    const put = new HandleStorage(directory).put('file', new Blob(['x']));
    await expect(put).rejects.toMatchObject({ code: 'UNSUPPORTED', feature: 'createWritable' });
    expect(await namesBelow(directory)).toEqual([]);
  });
});

describe('HandleStorage: staging', () => {
  test('what closed pages left beside the path goes with the next one, and what open ones use stays', async () => {
    const directory = await emptyDirectory();
    const storage = new HandleStorage(directory);
    const left = `.oras-js-${'0123456789ab'.repeat(2)}.tmp`;
    for (const place of [directory, await directory.getDirectoryHandle('a', { create: true })]) {
      const hidden = await place.getDirectoryHandle(left, { create: true });
      await hidden.getFileHandle(`${location.origin.replace(/[^A-Za-z0-9.-]/g, '_')}.page`, { create: true });
    }
    const open = await new HandleStorage(directory).stage('a/dir');
    await open.storage.put('a/dir/file', new Blob(['x']));
    const staged = await storage.stage('a/other');
    await staged.dispose();
    expect(await pathsOf(storage)).toEqual(['a/']);
    await open.move('a/dir');
    await open.dispose();
    expect(await namesBelow(directory)).toEqual(['a', 'a/dir', 'a/dir/file']);
  });

  test('what other origins and other programs left stays', async () => {
    const directory = await emptyDirectory();
    const left = `.oras-js-${'0123456789ab'.repeat(2)}.tmp`;
    const hidden = await directory.getDirectoryHandle(left, { create: true });
    for (const name of ['owner.1.0123456789abcdef', 'https___other.example.page']) {
      await hidden.getFileHandle(name, { create: true });
    }
    await (await new HandleStorage(directory).stage('dir')).dispose();
    expect(await namesBelow(directory)).toContain(left);
  });

  test('a directory is moved file by file where the browser cannot, and what fails leaves whole files', async () => {
    const directory = await emptyDirectory();
    const storage = new HandleStorage(directory);
    const staged = await storage.stage('dir');
    for (const name of ['a', 'b', 'c']) await staged.storage.put(`dir/${name}`, new Blob([name]));
    setMove(() => Promise.reject(new DOMException('not here', 'NotAllowedError')));
    files.createWritable = function (this: FileSystemFileHandle) {
      if (this.name === 'b') return Promise.reject(new DOMException('full', 'QuotaExceededError'));
      return (createWritable as () => unknown).call(this);
    };
    await expect(staged.move('dir')).rejects.toMatchObject({ code: 'FILE', errno: 'QuotaExceededError' });
    await staged.dispose();
    const [folder, ...moved] = await namesBelow(directory);
    expect(folder).toBe('dir');
    for (const path of moved) expect(`dir/${await (await storage.get(path))?.text()}`).toBe(path);
    expect(moved).not.toContain('dir/b');
  });
});

describe('HandleStorage: several at a time', () => {
  test('many puts to one path, by several storages of a directory, all succeed', async () => {
    const directory = await emptyDirectory();
    const storages = Array.from({ length: 4 }, () => new HandleStorage(directory));
    const contents = Array.from({ length: 40 }, (_, index) => `content ${index} `.repeat(index + 1));
    await Promise.all(contents.map((content, index) => storages[index % 4]!.put('a/b/file', new Blob([content]))));
    expect(contents).toContain(await (await storages[0]!.get('a/b/file'))?.text());
    expect(await namesBelow(directory)).toEqual(['a', 'a/b', 'a/b/file']);
  });

  test('puts and deletes of one path do not fail each other', async () => {
    const storage = await emptyStorage();
    const puts = Array.from({ length: 20 }, () => storage.put('file', new Blob(['x'])));
    const deletes = Array.from({ length: 20 }, () => storage.delete('file'));
    await Promise.all([...puts, ...deletes]);
    await storage.delete('file');
    expect(await pathsOf(storage)).toEqual([]);
  });

  test('a file that is replaced all the time is never missing, and never half another', async () => {
    const storage = await emptyStorage();
    const contents = new Set(['a', 'bb', 'a longer content', 'x'.repeat(100_000)]);
    await storage.put('file', new Blob(['a']));
    let isDone = false;
    const read = async (): Promise<void> => {
      while (!isDone) {
        const bytes = await readFile(storage, 'file', 100_000);
        expect(contents).toContain(new TextDecoder().decode(bytes));
      }
    };
    const readers = Promise.all([read(), read()]);
    for (let n = 0; n < 25; n++) for (const content of contents) await storage.put('file', new Blob([content]));
    isDone = true;
    await readers;
  });

  test('a file got before it was replaced or removed fails, and is not half of another', async () => {
    const storage = await emptyStorage();
    for (const change of [
      (): Promise<void> => storage.put('file', new Blob(['after'])),
      (): Promise<void> => storage.delete('file'),
    ]) {
      await storage.put('file', new Blob(['before']));
      const file = await storage.get('file');
      const another = await storage.get('file');
      await change();
      await expect(file?.text()).rejects.toMatchObject({
        name: expect.stringMatching(/^(?:NotReadable|NotFound|Abort)Error$/),
      });
      await expect(new Response(another?.stream()).text()).rejects.toThrow();
    }
  });
});

describe('HandleStorage: paths and sizes', () => {
  test('a big file is written and read piece by piece', async () => {
    const storage = await emptyStorage();
    const bytes = noise(20_000_000, 5);
    await storage.put('big', new Blob([bytes]).stream());
    const file = await storage.get('big');
    expect(file?.size).toBe(bytes.byteLength);
    expect(digestOf(new Uint8Array(await file!.arrayBuffer()))).toBe(digestOf(bytes));
    const part = new Uint8Array(await file!.slice(19_000_000, 19_000_100).arrayBuffer());
    expect(part).toEqual(bytes.subarray(19_000_000, 19_000_100));
  });

  test('what is given back is a File with its name', async () => {
    const storage = await emptyStorage();
    await storage.put('a/日本 – ü 🦭.txt', new Blob(['x']));
    expect((await storage.get('a/日本 – ü 🦭.txt'))?.name).toBe('日本 – ü 🦭.txt');
    // Two spellings of one letter are two names.
    await storage.put('\u00fc', new Blob(['one']));
    await storage.put('u\u0308', new Blob(['two']));
    expect(await (await storage.get('\u00fc'))?.text()).toBe('one');
    expect(await pathsOf(storage)).toEqual(['a/', 'a/日本 – ü 🦭.txt', 'u\u0308', '\u00fc'].sort());
  });

  test('a directory is neither replaced nor removed, and a file is no directory', async () => {
    const storage = await emptyStorage();
    await storage.put('a/b', new Blob(['x']));
    await storage.delete('a/b');
    await storage.delete('a');
    expect(await pathsOf(storage)).toEqual(['a/']);
    await storage.put('file', new Blob(['x']));
    await expect(storage.put('a', new Blob())).rejects.toMatchObject({ code: 'EXISTS', path: 'a' });
    await expect(storage.put('file/b', new Blob())).rejects.toMatchObject({ code: 'EXISTS', path: 'file/b' });
    expect(await pathsOf(storage)).toEqual(['a/', 'file']);
  });

  test('a name that a picked folder refuses is an unsafe path', async () => {
    const refuse = (): Promise<never> => Promise.reject(new TypeError('Name is not allowed.'));
    const folder = { getFileHandle: refuse, getDirectoryHandle: refuse } as unknown as FileSystemDirectoryHandle;
    const storage = new HandleStorage(folder);
    for (const work of [
      (): Promise<unknown> => storage.get('a.lnk'),
      (): Promise<unknown> => storage.delete('a.lnk'),
      (): Promise<unknown> => storage.put('b/a.lnk', new Blob()),
    ]) {
      await expect(work()).rejects.toMatchObject({
        code: 'UNSAFE_PATH',
        message: expect.stringContaining('Name is not'),
      });
    }
  });

  test('a directory that was removed has an empty list, and cannot be written to', async () => {
    const root = await emptyDirectory();
    const storage = new HandleStorage(await root.getDirectoryHandle('gone', { create: true }));
    await root.removeEntry('gone');
    expect(await pathsOf(storage)).toEqual([]);
    expect(await storage.get('file')).toBeUndefined();
    await storage.delete('file');
    // Firefox does not say what is wrong.
    const problem = { code: 'FILE', errno: expect.stringMatching(/^(?:NotFound|Unknown)Error$/) };
    await expect(storage.put('file', new Blob())).rejects.toMatchObject(problem);
    await expect(storage.put('a/file', new Blob())).rejects.toMatchObject(problem);
  });
});
