import { describe, expect, test } from 'vitest';
import { isOrasError } from '../../../src/errors.ts';
import { FileListStorage } from '../../../src/storage/file-list.ts';

const hello = new File(['hello\n'], 'hello.txt', { type: 'text/plain' });
const data = new File(['[1,2]'], 'data.json', { type: 'application/json' });

/** A file as `<input webkitdirectory>` gives it. */
function within(folder: string, file: File): File {
  const copy = new File([file], file.name, { type: file.type });
  Object.defineProperty(copy, 'webkitRelativePath', { value: `${folder}/${file.name}` });
  return copy;
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (isOrasError(error)) return error.code;
    throw error;
  }
  return undefined;
}

async function pathsOf(storage: FileListStorage, prefix?: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, type } of storage.list(prefix)) {
    expect(type).toBe('file');
    paths.push(path);
  }
  return paths;
}

describe('FileListStorage', () => {
  test('a file is found by its name, and is the very file', async () => {
    const storage = new FileListStorage([hello, data]);
    expect(await storage.get('hello.txt')).toBe(hello);
    expect(await storage.get('missing.txt')).toBeUndefined();
  });

  test('files from a folder keep their path', async () => {
    const storage = new FileListStorage([within('site/text', hello), within('site', data), hello]);
    expect(await pathsOf(storage)).toEqual(['site/text/hello.txt', 'site/data.json', 'hello.txt']);
    expect(await pathsOf(storage, 'site/text/')).toEqual(['site/text/hello.txt']);
    expect(await (await storage.get('site/data.json'))?.text()).toBe('[1,2]');
  });

  test('with a folder it has only the files in it, by their paths there', async () => {
    const files = [within('site/text', hello), within('site', data), within('site2', data), hello];
    const storage = new FileListStorage(files, { folder: 'site' });
    expect(await pathsOf(storage)).toEqual(['text/hello.txt', 'data.json']);
    expect(await (await storage.get('text/hello.txt'))?.text()).toBe('hello\n');
    expect(await pathsOf(new FileListStorage(files, { folder: 'site/text' }))).toEqual(['hello.txt']);
    expect(await pathsOf(new FileListStorage(files, { folder: 'none' }))).toEqual([]);
  });

  test('two files of the same path are refused with the path', () => {
    const same = new File(['other'], 'hello.txt');
    expect(() => new FileListStorage([hello, same])).toThrow(expect.objectContaining({ path: 'hello.txt' }));
    expect(codeOf(() => new FileListStorage([hello, same]))).toBe('EXISTS');
    expect(codeOf(() => new FileListStorage([hello, within('folder', hello)]))).toBeUndefined();
  });

  test.for(['../up.txt', '/etc/passwd', 'a\\b', 'line\nbreak', 'C:x'])('the name %j is refused', async (name) => {
    expect(codeOf(() => new FileListStorage([new File(['x'], name)]))).toBe('UNSAFE_PATH');
    await expect(new FileListStorage([hello]).get(name)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  test('an aborted signal ends reading and listing with its reason', async () => {
    const storage = new FileListStorage([hello, data]);
    const abort = new AbortController();
    const list = storage.list('', { signal: abort.signal });
    expect((await list.next()).value).toEqual({ path: 'hello.txt', type: 'file' });
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(list.next()).rejects.toBe(reason);
    await expect(storage.get('hello.txt', { signal: abort.signal })).rejects.toBe(reason);
  });
});
