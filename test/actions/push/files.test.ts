import { describe, expect, test } from 'vitest';
import type { FileInput } from '../../../src/actions/push/file-input.ts';
import {
  defaultMediaType,
  type FileHooks,
  type FileLayer,
  layerOf as layerOfOpened,
  openFile,
  openFiles,
} from '../../../src/actions/push/files.ts';
import { ExistsError, UnsafePathError, UnsupportedError } from '../../../src/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { TransferEvent, TransferOptions } from '../../../src/options.ts';
import { bytesOf, rejection } from '../../support/content.ts';

const title = 'org.opencontainers.image.title';
const foo = 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
const reason = new Error('enough');

async function layerOf(input: FileInput, options?: FileHooks & TransferOptions): Promise<FileLayer> {
  return layerOfOpened(await openFile(input, options), options);
}

/** Opens nothing but what is in a table. */
async function openPath(path: string): Promise<{ name: string; content: Blob }> {
  return { name: `opened/${path}`, content: new Blob([path === 'foo' ? 'foo' : 'other']) };
}

describe('layerOf: content', () => {
  test.for<[string, FileInput]>([
    ['text', { name: 'a.txt', content: 'foo' }],
    ['bytes', { name: 'a.txt', content: bytesOf('foo') }],
    ['a Blob', { name: 'a.txt', content: new Blob(['foo'], { type: 'text/plain' }) }],
    ['a File', new File(['foo'], 'a.txt', { type: 'text/plain' })],
  ])('%s', async ([, input]) => {
    const { descriptor, content } = await layerOf(input);
    expect(descriptor).toEqual({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: foo,
      size: 3,
      annotations: { [title]: 'a.txt' },
    });
    expect(await content.text()).toBe('foo');
  });

  test('text is UTF-8', async () => {
    expect((await layerOf({ name: 'a', content: 'ä\u{1f600}' })).descriptor).toMatchObject({
      digest: digestOf(bytesOf('ä\u{1f600}')),
      size: 6,
    });
  });

  test('nothing is content too', async () => {
    expect((await layerOf({ name: 'a', content: '' })).descriptor.size).toBe(0);
  });

  test('a File of a chosen folder keeps its path', async () => {
    const file = new File(['foo'], 'a.txt');
    Object.defineProperty(file, 'webkitRelativePath', { value: 'folder/a.txt' });
    expect((await layerOf(file)).descriptor.annotations).toEqual({ [title]: 'folder/a.txt' });
  });

  test('reports how much of it was read', async () => {
    const events: TransferEvent[] = [];
    await layerOf({ name: 'a', content: 'foo' }, { onProgress: (event) => events.push(event) });
    expect(events).toEqual([{ type: 'hash', name: 'a', transferred: 3, size: 3 }]);
  });

  test('rejects with the reason of an aborted signal', async () => {
    expect(await rejection(layerOf({ name: 'a', content: 'foo' }, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe('layerOf: paths', () => {
  test('are opened by the hook, with the signal', async () => {
    const { signal } = new AbortController();
    const asked: unknown[] = [];
    const hook: typeof openPath = async (...args) => {
      asked.push(args);
      return openPath(...args);
    };
    const { descriptor } = await layerOf('foo', { openPath: hook, signal });
    expect(descriptor).toMatchObject({ digest: foo, annotations: { [title]: 'opened/foo' } });
    expect(asked).toEqual([['foo', { signal }]]);
  });

  test('have the properties that were given with them, and what was opened for those left out', async () => {
    const file = { path: 'foo', name: 'b', mediaType: 'text/plain', annotations: { a: 'b' } };
    expect((await layerOf(file, { openPath })).descriptor).toMatchObject({
      mediaType: 'text/plain',
      annotations: { [title]: 'b', a: 'b' },
    });
    const bare = { path: 'foo', name: undefined, mediaType: undefined, annotations: undefined };
    expect((await layerOf(bare, { openPath })).descriptor).toMatchObject({
      mediaType: defaultMediaType,
      annotations: { [title]: 'opened/foo' },
    });
  });

  test('cannot be opened without the hook', async () => {
    for (const input of ['a.txt', { path: 'a.txt' }]) {
      const error = await rejection(layerOf(input));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error).toMatchObject({ feature: 'opening paths' });
    }
  });

  test('fail as the hook fails', async () => {
    expect(await rejection(layerOf('a', { openPath: () => Promise.reject(reason) }))).toBe(reason);
  });
});

describe('layerOf: what else is said of a file', () => {
  test('the media type is its own, or else that of the hook', async () => {
    const mediaTypeOf = ({ name, content }: { name: string; content: Blob }): string => `test/${name}-${content.size}`;
    expect((await layerOf({ name: 'a', content: 'foo' }, { mediaTypeOf })).descriptor.mediaType).toBe('test/a-3');
    const typed = { name: 'a', content: 'foo', mediaType: 'text/plain' };
    expect((await layerOf(typed, { mediaTypeOf })).descriptor.mediaType).toBe('text/plain');
  });

  test('the title is the name that was checked, whatever the annotations say', async () => {
    const annotations = { [title]: '../../../x', other: 'y' };
    const { descriptor } = await layerOf({ name: 'a', content: 'foo', annotations });
    expect(descriptor.annotations).toEqual({ [title]: 'a', other: 'y' });
  });

  test.for(['../x', '/etc/passwd', '', '.', 'a\\b', 'C:x', 'a/', 'CON', 'a\u0000'])(
    'a name that could not be pulled is refused: %j',
    async (name) => {
      expect(await rejection(layerOf({ name, content: 'foo' }))).toBeInstanceOf(UnsafePathError);
    },
  );
});

describe('openFiles', () => {
  test('keeps the order, and takes any list', async () => {
    const files = ['c', 'a', 'b'].map((name) => ({ name, content: name }));
    const names = async (list: Iterable<FileInput> | AsyncIterable<FileInput>): Promise<(string | undefined)[]> =>
      (await openFiles(list)).map(({ name }) => name);
    expect(await names(files)).toEqual(['c', 'a', 'b']);
    expect(await names(new Set(files))).toEqual(['c', 'a', 'b']);
    expect(await names(asynchronous(files))).toEqual(['c', 'a', 'b']);
    expect(await openFiles([])).toEqual([]);
  });

  test('refuses two files of one name, but not two names of one content', async () => {
    const twice = [
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ];
    const error = await rejection(openFiles(twice));
    expect(error).toBeInstanceOf(ExistsError);
    expect(error).toMatchObject({ path: 'a' });
    expect(await openFiles(['a', 'b'].map((name) => ({ name, content: 'same' })))).toHaveLength(2);
  });
});

async function* asynchronous<T>(items: Iterable<T>): AsyncGenerator<T, void, void> {
  yield* items;
}
