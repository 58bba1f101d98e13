import { isOrasError, type StorageAdapter } from 'oras-js';
import {
  chunked,
  codeOf,
  entryOf,
  equal,
  errorOf,
  expectContent,
  expectText,
  failing,
  filesOf,
  json,
  lorem,
  text,
} from './storage-checks.ts';

// Plain data and no test framework, so that any runner can try any storage with it, in a page too.

/** One thing every storage must do. */
export interface StorageCase {
  /** What it is. */
  name: string;
  /** Tries it on a storage that is empty; fails when the storage does otherwise. */
  run(storage: StorageAdapter): Promise<void>;
}

/** Paths that no storage may take, with the reason. */
export const unsafePaths: readonly string[] = [
  '',
  '.',
  '..',
  '/etc/passwd',
  '//server/share',
  '../x',
  'a/../../x',
  'a/..',
  './x',
  'a/./b',
  'a//b',
  'a/',
  'a\\b',
  '..\\x',
  'C:\\x',
  'C:x',
  'c:/x',
  '\\\\?\\C:\\x',
  'a\u0000b',
  'a\nb',
  'a\u009bb',
  'nul',
  'a/CON',
  'x'.repeat(256),
  `${'deep/'.repeat(900)}x`,
];

/** Symlinks that lead outside, or could (T10): each with the path it would have. */
const outsideTargets: readonly (readonly [path: string, target: string])[] = [
  ['link', ''],
  ['link', '..'],
  ['link', '../x'],
  ['a/link', '../../x'],
  ['a/link', './../.././x'],
  ['link', '/etc/passwd'],
  ['a/link', '..//etc/passwd'],
  ['a/b/link', 'c/../../../../x'],
  // Inside by its words; but what `up` is may be a symlink to the root.
  ['link', 'up/..'],
  ['link', 'C:\\x'],
  ['link', 'C:/x'],
  ['link', '..\\x'],
  ['link', 'a\u0000b'],
  ['link', `${'deep/'.repeat(900)}x`],
];

/** What every storage must do. */
export const storageCases: readonly StorageCase[] = [
  {
    name: 'what was put as a Blob is got back, byte for byte',
    async run(storage) {
      await storage.put('data.bin', new Blob([lorem]));
      await expectContent(storage, 'data.bin', lorem);
    },
  },
  {
    name: 'what was put as a stream of many chunks is got back, byte for byte',
    async run(storage) {
      const sizes = [1, 0, 65_536, 65_535, 1_000_000];
      await storage.put('data.bin', chunked(lorem, sizes));
      await expectContent(storage, 'data.bin', lorem);
    },
  },
  {
    name: 'an empty file is a file',
    async run(storage) {
      await storage.put('blob', new Blob([]));
      await storage.put('stream', chunked(new Uint8Array(), []));
      await expectContent(storage, 'blob', new Uint8Array());
      await expectContent(storage, 'stream', new Uint8Array());
      equal(await filesOf(storage), ['blob', 'stream'], 'files');
    },
  },
  {
    name: 'a part of a file can be read',
    async run(storage) {
      await storage.put('data.bin', new Blob([lorem]));
      const blob = await storage.get('data.bin');
      equal(blob?.size, lorem.byteLength, 'size');
      const part = new Uint8Array((await blob?.slice(70_000, 70_010).arrayBuffer()) ?? new ArrayBuffer());
      equal([...part], [...lorem.subarray(70_000, 70_010)], 'slice');
    },
  },
  {
    name: 'what is not there is undefined, as is a folder',
    async run(storage) {
      equal(await storage.get('missing'), undefined, 'missing');
      equal(await storage.get('no/such/folder/file'), undefined, 'missing folder');
      await storage.put('folder/file', text('x'));
      equal(await storage.get('folder'), undefined, 'folder');
      equal(await storage.get('folder/file/below'), undefined, 'below a file');
    },
  },
  {
    name: 'a file is put into folders that are not there yet, and beside others that are',
    async run(storage) {
      await storage.put('a/b/c/d', text('1'));
      await storage.put('a/b/e', text('2'));
      await expectText(storage, 'a/b/c/d', '1');
      await expectText(storage, 'a/b/e', '2');
    },
  },
  {
    name: 'a file is replaced as a whole by a shorter one',
    async run(storage) {
      await storage.put('file', text('a long content'));
      await storage.put('file', text('short'));
      await expectText(storage, 'file', 'short');
      equal(await filesOf(storage), ['file'], 'files');
    },
  },
  {
    name: 'names may have capitals, spaces, dots, other scripts, and words of JavaScript',
    async run(storage) {
      const names = [
        '.hidden',
        '..two',
        'A b',
        'grüße',
        '日本/語',
        '__proto__',
        'constructor',
        'a.tar.gz',
        '%2e%2e',
        '#?',
      ];
      for (const name of names) await storage.put(name, text(name));
      for (const name of names) await expectText(storage, name, name);
      equal(await filesOf(storage), names, 'files');
    },
  },
  {
    name: 'when the content fails half-way, the failure is thrown on and nothing is there',
    async run(storage) {
      const failure = new Error('the source broke');
      equal(await errorOf(storage.put('folder/file', failing(failure))), failure, 'error');
      equal(await storage.get('folder/file'), undefined, 'file');
      equal(await filesOf(storage), [], 'files');
    },
  },
  {
    name: 'when the content fails half-way, what was there before stays',
    async run(storage) {
      await storage.put('file', text('before'));
      await errorOf(storage.put('file', failing(new Error('the source broke'))));
      await expectText(storage, 'file', 'before');
      equal(await filesOf(storage), ['file'], 'files');
    },
  },
  {
    name: 'an aborted put rejects with the reason, ends its source, and leaves what was there before',
    async run(storage) {
      await storage.put('file', text('before'));
      const abort = new AbortController();
      const reason = new Error('enough');
      let ended: unknown;
      const source = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(lorem.subarray(0, 1000));
          abort.abort(reason);
        },
        cancel(why) {
          ended = why;
        },
      });
      equal(await errorOf(storage.put('file', source, { signal: abort.signal })), reason, 'error');
      equal(ended, reason, 'reason given to the source');
      await expectText(storage, 'file', 'before');
      equal(await filesOf(storage), ['file'], 'files');
    },
  },
  {
    name: 'an aborted put rejects while its source gives nothing',
    async run(storage) {
      const abort = new AbortController();
      const reason = new Error('enough');
      const silent = new ReadableStream<Uint8Array>({ pull: () => abort.abort(reason) });
      equal(await errorOf(storage.put('file', silent, { signal: abort.signal })), reason, 'error');
      equal(await filesOf(storage), [], 'files');
    },
  },
  {
    name: 'nothing is done when the signal is aborted before',
    async run(storage) {
      await storage.put('file', text('before'));
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      equal(await errorOf(storage.put('file', text('after'), options)), reason, 'put');
      equal(await errorOf(storage.get('file', options)), reason, 'get');
      equal(await errorOf(storage.delete('file', options)), reason, 'delete');
      equal(await errorOf(filesOf(storage, '', options.signal)), reason, 'list');
      await expectText(storage, 'file', 'before');
    },
  },
  {
    name: 'a file is removed, once or twice, and others stay',
    async run(storage) {
      await storage.put('a/one', text('1'));
      await storage.put('a/two', text('2'));
      await storage.delete('a/one');
      await storage.delete('a/one');
      await storage.delete('never/was');
      equal(await storage.get('a/one'), undefined, 'removed');
      equal(await filesOf(storage), ['a/two'], 'files');
      await storage.put('a/one', text('again'));
      await expectText(storage, 'a/one', 'again');
    },
  },
  {
    name: 'an empty storage has an empty list',
    async run(storage) {
      equal(await filesOf(storage), [], 'files');
      equal(await filesOf(storage, 'no/such/'), [], 'files below a folder');
    },
  },
  {
    name: 'the list has files at any depth whose paths begin with the prefix, wherever it ends',
    async run(storage) {
      for (const path of ['ab', 'abc/x', 'abc/y/z', 'b/ab', 'abd']) await storage.put(path, text(path));
      equal(await filesOf(storage), ['ab', 'abc/x', 'abc/y/z', 'abd', 'b/ab'], 'all');
      equal(await filesOf(storage, 'ab'), ['ab', 'abc/x', 'abc/y/z', 'abd'], 'ab');
      equal(await filesOf(storage, 'abc'), ['abc/x', 'abc/y/z'], 'abc');
      equal(await filesOf(storage, 'abc/'), ['abc/x', 'abc/y/z'], 'abc/');
      equal(await filesOf(storage, 'abc/y/z'), ['abc/y/z'], 'abc/y/z');
      equal(await filesOf(storage, 'abc/y/zz'), [], 'abc/y/zz');
    },
  },
  {
    name: 'what is at a path is told as the list tells it, where it can be told',
    async run(storage) {
      if (!storage.typeOf) return;
      await storage.put('folder/file', text('hi'));
      const types = new Map<string, string>();
      for await (const { path, type } of storage.list()) types.set(path, type);
      for (const path of ['folder/file', 'folder', 'folder/none', 'none', 'folder/file/below']) {
        equal(await storage.typeOf(path), types.get(path), path);
      }
      equal(isOrasError(await errorOf(storage.typeOf('../outside')), 'UNSAFE_PATH'), true, 'outside');
    },
  },
  {
    name: 'a file is listed with its size, or without',
    async run(storage) {
      await storage.put('folder/file', text('four'));
      const { size = 4 } = (await entryOf(storage, 'folder/file')) ?? {};
      equal(size, 4, 'size');
    },
  },
  {
    name: 'permission bits are kept where the storage has some, and only those of files and directories',
    async run(storage) {
      await storage.put('run', text('#!'), { mode: 0o755 });
      await storage.put('plain', text('x'), { mode: 0o644 });
      await storage.put('root', text('x'), { mode: 0o6755 });
      const { mode } = (await entryOf(storage, 'run')) ?? {};
      if (mode === undefined) return;
      equal(mode & 0o700, 0o700, 'bits of the owner of a program');
      equal(((await entryOf(storage, 'plain'))?.mode ?? 0) & 0o711, 0o600, 'bits of the owner of a file, and x');
      equal(((await entryOf(storage, 'root'))?.mode ?? 0) & 0o7000, 0, 'bits to become another user');
      await storage.put('run', text('no program any more'), { mode: 0o600 });
      equal((await entryOf(storage, 'run'))?.mode, 0o600, 'bits of a file that was replaced');
      await storage.makeDirectory?.('closed', { mode: 0o700 });
      await storage.makeDirectory?.('closed');
      if (storage.makeDirectory) equal((await entryOf(storage, 'closed'))?.mode, 0o700, 'bits of a directory');
    },
  },
  {
    name: 'an empty directory is made and listed, where there are some',
    async run(storage) {
      if (!storage.makeDirectory) return;
      await storage.makeDirectory('a/empty');
      await storage.makeDirectory('a/empty');
      equal((await entryOf(storage, 'a/empty'))?.type, 'directory', 'entry');
      equal((await storage.typeOf?.('a/empty')) ?? 'directory', 'directory', 'type');
      equal(await storage.get('a/empty'), undefined, 'as a file');
      await storage.delete('a/empty');
      equal((await entryOf(storage, 'a/empty'))?.type, 'directory', 'entry after it was removed as a file');
      await storage.put('a/empty/file', text('x'));
      await storage.makeDirectory('a/empty');
      equal(await filesOf(storage), ['a/empty/file'], 'files');
    },
  },
  {
    name: 'a directory and a file never take the place of each other',
    async run(storage) {
      if (!storage.makeDirectory) return;
      await storage.put('file', text('x'));
      await storage.makeDirectory('folder');
      await storage.makeDirectory('full');
      await storage.put('full/below', text('z'));
      equal(codeOf(await errorOf(storage.makeDirectory('file'))), 'EXISTS', 'directory at a file');
      equal(codeOf(await errorOf(storage.makeDirectory('file/below'))), 'EXISTS', 'directory below a file');
      equal(codeOf(await errorOf(storage.put('folder', text('y')))), 'EXISTS', 'file at a directory');
      equal(codeOf(await errorOf(storage.put('full', text('y')))), 'EXISTS', 'file at a directory that is not empty');
      await expectText(storage, 'file', 'x');
      await expectText(storage, 'full/below', 'z');
      equal(codeOf(await errorOf(storage.makeDirectory('../out'))), 'UNSAFE_PATH', 'directory outside');
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      equal(await errorOf(storage.makeDirectory('late', options)), reason, 'aborted before');
      equal(await entryOf(storage, 'late'), undefined, 'directory of an aborted call');
    },
  },
  {
    name: 'a symlink is made, replaced and removed, and never followed, where there are some',
    async run(storage) {
      if (!storage.makeLink) return;
      await storage.put('folder/file', text('x'));
      await storage.makeLink('folder/link', 'file');
      await storage.makeLink('new/link', '../folder/./file');
      const { mode: _, ...entry } = (await entryOf(storage, 'folder/link')) ?? { path: '', type: 'file' };
      equal(json(entry), json({ path: 'folder/link', type: 'symlink', linkTarget: 'file' }), 'entry');
      equal((await entryOf(storage, 'new/link'))?.linkTarget, '../folder/./file', 'target');
      equal((await storage.typeOf?.('new/link')) ?? 'symlink', 'symlink', 'type');
      equal(await storage.get('folder/link'), undefined, 'as a file');
      await storage.makeLink('folder/link', 'nowhere');
      equal((await entryOf(storage, 'folder/link'))?.linkTarget, 'nowhere', 'replaced target');
      await storage.makeLink('here', 'folder');
      const attempts = [storage.get('here/file'), storage.put('here/new', text('y')), storage.delete('here/file')];
      for (const error of await Promise.all(attempts.map(errorOf))) {
        equal(codeOf(error), 'UNSAFE_PATH', 'through a symlink');
      }
      equal(codeOf(await errorOf(storage.makeLink('here/link', 'file'))), 'UNSAFE_PATH', 'link through a symlink');
      await storage.put('folder/link', text('a file now'));
      await storage.makeLink('folder/file', 'link');
      equal(await filesOf(storage), ['folder/link'], 'files');
      await storage.delete('folder/file');
      equal(await entryOf(storage, 'folder/file'), undefined, 'removed link');
      await expectText(storage, 'folder/link', 'a file now');
      equal(codeOf(await errorOf(storage.makeLink('folder', 'x'))), 'EXISTS', 'link at a directory');
    },
  },
  ...outsideTargets.map(([path, target]) => ({
    name: `a symlink ${path} to ${JSON.stringify(target)} is refused, where there are some`,
    async run(storage: StorageAdapter) {
      if (!storage.makeLink) return;
      const error = await errorOf(storage.makeLink(path, target));
      equal(codeOf(error), 'UNSAFE_PATH', 'error');
      equal(await entryOf(storage, path), undefined, 'link');
    },
  })),
  {
    name: 'paths have the same key when they are one file, and only then',
    async run(storage) {
      const keyOf = async (path: string): Promise<string> => (await storage.pathKey?.(path)) ?? path;
      const names = ['Case/\u00e9x', 'case/\u00e9x', 'Case/e\u0301x', 'other/\u00e9x'];
      await storage.put(names[0]!, text('x'));
      for (const name of names) {
        const isSame = (await keyOf(name)) === (await keyOf(names[0]!));
        equal(isSame, (await storage.get(name)) !== undefined, `same as ${json(names[0])}: ${json(name)}`);
      }
      equal(await filesOf(storage), [names[0]], 'files');
    },
  },
  {
    name: 'a list can be left early, and changed while it is read',
    async run(storage) {
      for (const path of ['a', 'b', 'c']) await storage.put(path, text(path));
      for await (const { path } of storage.list()) {
        await storage.delete(path);
        break;
      }
      for await (const { path } of storage.list()) await storage.delete(path);
      equal(await filesOf(storage), [], 'files');
    },
  },
  {
    name: 'of two puts to one path one wins as a whole',
    async run(storage) {
      const [one, two] = [lorem.subarray(0, 500_000), lorem.subarray(500_000, 1_100_000)];
      await Promise.all([storage.put('x/file', chunked(one, [])), storage.put('x/file', chunked(two, []))]);
      const size = (await storage.get('x/file'))?.size;
      await expectContent(storage, 'x/file', size === one.byteLength ? one : two);
      equal(await filesOf(storage), ['x/file'], 'files');
    },
  },
  {
    name: 'of calls that lock one path each waits for the one before, also when that fails, where there are locks',
    async run(storage) {
      if (!storage.withLock) return;
      const order: string[] = [];
      const work = (name: string, last?: () => never) => async (): Promise<string> => {
        order.push(`${name} begins`);
        await storage.put('a/file', text(name));
        order.push(`${name} ends`);
        return last ? last() : name;
      };
      const fail = (): never => {
        throw new Error('failed');
      };
      const running = [work('1'), work('2', fail), work('3')].map((each) => storage.withLock?.('a/file', each));
      const results = await Promise.allSettled(running);
      equal(json(order), json(['1', '2', '3'].flatMap((name) => [`${name} begins`, `${name} ends`])), 'order');
      equal(json(results.map(({ status }) => status)), json(['fulfilled', 'rejected', 'fulfilled']), 'results');
      const inner = await storage.withLock('a/file', () => storage.withLock!('a/other', async () => 'inner'));
      equal(inner, 'inner', 'result of a lock in a lock');
    },
  },
  {
    name: 'many files are put at a time',
    async run(storage) {
      const paths = Array.from({ length: 40 }, (_, index) => `f${index % 4}/g${index % 3}/${index}`);
      await Promise.all(paths.map((path) => storage.put(path, text(path))));
      for (const path of paths) await expectText(storage, path, path);
    },
  },
  ...unsafePaths.map((path) => ({
    name: `the path ${JSON.stringify(path.slice(0, 20))} (${path.length} characters) is refused`,
    async run(storage: StorageAdapter) {
      const attempts = [storage.get(path), storage.put(path, text('x')), storage.delete(path)];
      for (const error of await Promise.all(attempts.map(errorOf))) {
        if (!isOrasError(error, 'UNSAFE_PATH')) throw new Error(`expected UNSAFE_PATH, not ${error}`);
        equal(error.path, path, 'path of the error');
      }
      equal(await filesOf(storage), [], 'files');
    },
  })),
];
