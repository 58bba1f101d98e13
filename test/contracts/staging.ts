import type { StagedEntries, StorageAdapter } from 'oras-js';
import type { StorageCase } from './storage.ts';
import { codeOf, entryOf, equal, errorOf, expectText, failing, filesOf, json, text } from './storage-checks.ts';

/** Stages beside a path, and gives up what was not moved. */
function staging(
  name: string,
  run: (storage: StorageAdapter, staged: StagedEntries) => Promise<void>,
  path = 'dir',
): StorageCase {
  return {
    name,
    async run(storage) {
      const staged = await storage.stage?.(path);
      if (!staged) return;
      try {
        await run(storage, staged);
      } finally {
        await staged.dispose();
      }
    },
  };
}

/** What every storage must do that can stage. */
export const stagingCases: readonly StorageCase[] = [
  staging('what is staged is seen there, and nowhere else', async (storage, staged) => {
    await staged.storage.put('dir/file', text('x'));
    await staged.storage.makeDirectory?.('dir/empty');
    await expectText(staged.storage, 'dir/file', 'x');
    equal(await filesOf(staged.storage), ['dir/file'], 'staged files');
    equal(await storage.get('dir/file'), undefined, 'file');
    equal(await filesOf(storage), [], 'files');
    equal(await entryOf(storage, 'dir'), undefined, 'directory');
  }),
  staging('a new directory is moved with everything in it', async (storage, staged) => {
    await staged.storage.put('a/dir/sub/deep/file', text('x'));
    await staged.storage.put('a/dir/run', text('#!'), { mode: 0o755 });
    await staged.storage.makeDirectory?.('a/dir/empty');
    await staged.storage.makeLink?.('a/dir/sub/link', '../run');
    await staged.storage.put('a/other', text('stays'));
    await staged.move('a/dir');
    await expectText(storage, 'a/dir/sub/deep/file', 'x');
    equal(await filesOf(storage), ['a/dir/run', 'a/dir/sub/deep/file'], 'files');
    if (staged.storage.makeDirectory) equal((await entryOf(storage, 'a/dir/empty'))?.type, 'directory', 'directory');
    const { mode } = (await entryOf(storage, 'a/dir/run')) ?? {};
    if (mode !== undefined) equal(mode & 0o700, 0o700, 'bits of the owner of a program');
    if (staged.storage.makeLink) equal((await entryOf(storage, 'a/dir/sub/link'))?.linkTarget, '../run', 'link');
    await expectText(staged.storage, 'a/other', 'stays');
  }),
  staging('a directory with a mode that forbids to write is moved, and keeps it', async (storage, staged) => {
    await staged.storage.put('dir/locked/file', text('x'));
    await staged.storage.makeDirectory?.('dir/locked', { mode: 0o555 });
    await staged.storage.makeDirectory?.('dir', { mode: 0o500 });
    await staged.move('dir');
    await expectText(storage, 'dir/locked/file', 'x');
    const mode = (await entryOf(storage, 'dir'))?.mode;
    if (mode !== undefined) equal(mode, 0o500, 'mode');
    await storage.makeDirectory?.('dir/locked', { mode: 0o755 });
    await storage.makeDirectory?.('dir', { mode: 0o755 });
  }),
  staging('files are moved among others, in place of those that are there', async (storage, staged) => {
    await storage.put('dir/extra', text('extra'));
    await storage.put('dir/old', text('old'));
    await storage.makeLink?.('dir/link', 'old');
    for (const path of ['dir/old', 'dir/link', 'dir/new', 'dir/sub/file']) await staged.storage.put(path, text(path));
    for (const path of ['dir/old', 'dir/link', 'dir/new', 'dir/sub']) await staged.move(path);
    for (const path of ['dir/old', 'dir/link', 'dir/new', 'dir/sub/file']) await expectText(storage, path, path);
    await expectText(storage, 'dir/extra', 'extra');
    equal(await filesOf(storage), ['dir/extra', 'dir/link', 'dir/new', 'dir/old', 'dir/sub/file'], 'files');
  }),
  staging('a symlink is moved, in place of a file', async (storage, staged) => {
    if (!staged.storage.makeLink) return;
    await storage.put('dir/link', text('a file'));
    await staged.storage.makeLink('dir/link', 'nowhere');
    await staged.move('dir/link');
    equal((await entryOf(storage, 'dir/link'))?.linkTarget, 'nowhere', 'target');
  }),
  staging('nothing takes the place of a directory, and no directory that of anything', async (storage, staged) => {
    await storage.put('dir/kept', text('kept'));
    await storage.put('file', text('file'));
    await staged.storage.put('dir/x', text('x'));
    await staged.storage.put('file/x', text('x'));
    equal(codeOf(await errorOf(staged.move('dir'))), 'EXISTS', 'directory at a directory');
    equal(codeOf(await errorOf(staged.move('file'))), 'EXISTS', 'directory at a file');
    equal(codeOf(await errorOf(staged.move('file/x'))), 'EXISTS', 'file below a file');
    await expectText(storage, 'dir/kept', 'kept');
    await expectText(storage, 'file', 'file');
    equal(await filesOf(storage), ['dir/kept', 'file'], 'files');
  }),
  staging('a file takes no place of a directory', async (storage, staged) => {
    await storage.put('dir/kept', text('kept'));
    await staged.storage.put('dir', text('x'));
    equal(codeOf(await errorOf(staged.move('dir'))), 'EXISTS', 'file at a directory');
    equal(await filesOf(storage), ['dir/kept'], 'files');
  }),
  staging('what is given up is gone, once or twice, and what was moved stays', async (storage, staged) => {
    await staged.storage.put('dir/moved/file', text('x'));
    await staged.storage.put('dir/given-up', text('y'));
    await staged.storage.makeDirectory?.('dir/closed', { mode: 0 });
    await staged.move('dir/moved');
    await staged.dispose();
    await staged.dispose();
    equal(await filesOf(storage), ['dir/moved/file'], 'files');
    equal(await filesOf(staged.storage), [], 'staged files');
  }),
  staging(
    'a file whose content fails is not staged, and one that is put again is replaced',
    async (storage, staged) => {
      const failure = new Error('the source broke');
      equal(await errorOf(staged.storage.put('dir/file', failing(failure))), failure, 'error');
      equal(await filesOf(staged.storage), [], 'files');
      await staged.storage.put('dir/file', text('a long first one'));
      await staged.storage.put('dir/file', text('second'), { mode: 0o755 });
      await staged.move('dir');
      await expectText(storage, 'dir/file', 'second');
      const { mode } = (await entryOf(storage, 'dir/file')) ?? {};
      if (mode !== undefined) equal(mode & 0o700, 0o700, 'bits of the owner of a program');
    },
  ),
  staging('two that stage at a time see nothing of each other', async (storage, staged) => {
    const other = (await storage.stage?.('dir')) ?? staged;
    await staged.storage.put('dir/a', text('a'));
    await other.storage.put('dir/b', text('b'));
    equal(await filesOf(other.storage), ['dir/b'], 'files of the other');
    await staged.move('dir');
    await other.move('dir/b');
    await other.dispose();
    equal(await filesOf(storage), ['dir/a', 'dir/b'], 'files');
  }),
  staging('a symlink is not followed when something is moved', async (storage, staged) => {
    if (!storage.makeLink) return;
    await storage.put('elsewhere/file', text('x'));
    await storage.makeLink('link', 'elsewhere');
    await staged.storage.put('link/new', text('y'));
    await staged.storage.put('link/folder/new', text('y'));
    for (const path of ['link/new', 'link/folder', 'link/folder/new']) {
      equal(codeOf(await errorOf(staged.move(path))), 'UNSAFE_PATH', path);
    }
    equal(codeOf(await errorOf(storage.stage!('link/dir'))), 'UNSAFE_PATH', 'staged behind a symlink');
    equal(codeOf(await errorOf(staged.move('link'))), 'EXISTS', 'directory at a symlink');
    equal(await filesOf(storage), ['elsewhere/file'], 'files');
  }),
  staging('unsafe paths are refused, and an aborted call does nothing', async (storage, staged) => {
    for (const path of ['../x', '/x', 'a/../../x', '']) {
      equal(codeOf(await errorOf(storage.stage!(path))), 'UNSAFE_PATH', `stage ${json(path)}`);
      equal(codeOf(await errorOf(staged.storage.put(path, text('x')))), 'UNSAFE_PATH', `put ${json(path)}`);
      equal(codeOf(await errorOf(staged.move(path))), 'UNSAFE_PATH', `move ${json(path)}`);
    }
    await staged.storage.put('dir/file', text('x'));
    const reason = new Error('enough');
    const options = { signal: AbortSignal.abort(reason) };
    equal(await errorOf(storage.stage!('dir', options)), reason, 'stage');
    equal(await errorOf(staged.move('dir', options)), reason, 'move');
    equal(await errorOf(staged.storage.put('dir/late', text('x'), options)), reason, 'put');
    equal(await filesOf(storage), [], 'files');
    equal(await filesOf(staged.storage), ['dir/file'], 'staged files');
  }),
  staging(
    'it is opened beside a path whose folders are there, or are not',
    async (storage, staged) => {
      await storage.put('a/b/file', text('x'));
      const other = (await storage.stage?.('a/b/c/d')) ?? staged;
      await other.storage.put('a/b/c/d/file', text('y'));
      equal(await filesOf(storage, 'a/'), ['a/b/file'], 'files');
      await other.move('a/b/c/d');
      await other.dispose();
      equal(await filesOf(storage), ['a/b/c/d/file', 'a/b/file'], 'files');
    },
    'not/there/yet',
  ),
  {
    name: 'nothing is left where nothing was moved',
    async run(storage) {
      const staged = await storage.stage?.('a/dir');
      await staged?.storage.put('a/dir/file', text('x'));
      await staged?.dispose();
      const left: string[] = [];
      for await (const { path } of storage.list()) left.push(path);
      equal(left, [], 'entries');
    },
  },
];
