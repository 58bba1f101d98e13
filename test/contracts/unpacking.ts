import { type PullOptions, type PullResult, pull, type StorageAdapter, type TransferEvent } from 'oras-js';
import { verified } from '../../src/bytes/verify.ts';
import { type ArtifactLayer, artifactOf, entry } from '../support/directory-artifact.ts';
import { gzipped } from '../support/gzip-bytes.ts';
import { joined, pax, type TarPart, tarOf, zeros } from '../support/tar-bytes.ts';
import { codeOf, entryOf, equal, errorOf, json, text } from './storage-checks.ts';

/** One thing every storage must do when directories are pulled to it. */
export interface UnpackingCase {
  /** What it is. */
  name: string;
  /** Tries it on a storage that is empty; fails when the pull does otherwise. */
  run(to: StorageAdapter): Promise<void>;
}

const { file, directory, symlink, link } = entry;

/** Everything in a storage: a file's content, `/` for a directory, `-> target` for a symlink. */
async function treeOf(storage: StorageAdapter): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for await (const { path, type, linkTarget } of storage.list()) {
    if (type === 'file') tree[path] = (await (await storage.get(path))?.text()) ?? 'not readable';
    else tree[path] = type === 'symlink' ? `-> ${linkTarget}` : '/';
  }
  return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A tree without directories: not every storage has those that nobody made. */
function filesIn(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([, content]) => content !== '/'));
}

async function pullTo(
  to: StorageAdapter,
  layers: readonly ArtifactLayer[],
  options?: PullOptions,
): Promise<PullResult> {
  return pull(await artifactOf(...layers), 'v1', { to, ...options });
}

/** Fails unless the storage has these files and symlinks, and no others. */
async function expectFiles(to: StorageAdapter, expected: Record<string, string>): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)));
  equal(json(filesIn(await treeOf(to))), json(sorted), 'files');
}

/** Fails unless the pull does with this code, at this path, and leaves everything as it was. */
async function expectRefused(
  to: StorageAdapter,
  layers: readonly ArtifactLayer[],
  { code, path, ...options }: PullOptions & { code: string; path?: string | undefined },
): Promise<void> {
  const before = json(await treeOf(to));
  const all = [{ title: 'other.txt', content: 'another file of the artifact' }, ...layers];
  const error = await errorOf(pullTo(to, all, options));
  if (codeOf(error) !== code) throw new Error(`expected ${code}, not ${error}`);
  if (path !== undefined) equal((error as { path?: string }).path, path, 'path of the error');
  equal(json(await treeOf(to)), before, 'tree afterwards');
}

function links(to: StorageAdapter, targets: Record<string, string>): Record<string, string> {
  if (!to.makeLink) return {};
  return Object.fromEntries(Object.entries(targets).map(([path, target]) => [path, `-> ${target}`]));
}

/** Archives that no pull takes, with the code and the path of the error (attacks by number, as T01). */
const refused: readonly (readonly [name: string, code: string, path: string | undefined, parts: readonly TarPart[]])[] =
  [
    ['T01: an absolute path', 'UNSAFE_PATH', '/etc/passwd', [file('/etc/passwd')]],
    ['T01: an absolute path with many slashes', 'UNSAFE_PATH', '/etc/passwd', [file('////etc/passwd')]],
    ['T01: a drive letter', 'UNSAFE_PATH', 'C:\\x', [file('C:\\x')]],
    ['T01: a drive letter without a slash', 'UNSAFE_PATH', 'C:x', [file('C:x')]],
    ['T01: a drive letter with a part ..', 'UNSAFE_PATH', 'C:..\\x', [file('C:..\\x')]],
    ['T01: a share', 'UNSAFE_PATH', '\\\\srv\\s\\x', [file('\\\\srv\\s\\x')]],
    ['T01: a path of the Windows kernel', 'UNSAFE_PATH', '\\\\?\\C:\\x', [file('\\\\?\\C:\\x')]],
    ['T02: a parent', 'UNSAFE_PATH', '../x', [file('../x')]],
    ['T02: a parent after others', 'UNSAFE_PATH', 'dir/../../x', [file('dir/../../x')]],
    ['T02: a parent with backslashes', 'UNSAFE_PATH', 'dir\\..\\..\\x', [file('dir\\..\\..\\x')]],
    ['T02: a parent after a dot', 'UNSAFE_PATH', '../x', [file('./../x')]],
    ['T02: the parent as a file', 'UNSAFE_PATH', '..', [file('..')]],
    ['T02: the parent as a directory', 'UNSAFE_PATH', '..', [directory('..')]],
    ['T02: a dot as a file', 'UNSAFE_PATH', '', [file('.')]],
    ['T02: no name', 'UNSAFE_PATH', '', [file('')]],
    ['T02: a name that comes back inside', 'UNSAFE_PATH', 'dir/a/../b', [file('dir/a/../b')]],
    ['a path beside the directory', 'UNSAFE_PATH', 'other/x', [directory('dir'), file('other/x')]],
    ['a path that only begins like the directory', 'UNSAFE_PATH', 'directory/x', [file('directory/x')]],
    ['the directory as a file', 'INVALID_ARCHIVE', 'dir', [file('dir')]],
    ['the directory as a symlink', 'INVALID_ARCHIVE', 'dir', [symlink('dir', '..')]],
    ['T03: a symlink to an absolute path', 'UNSAFE_PATH', 'dir/a', [symlink('dir/a', '/etc')]],
    ['T03: a file below a symlink', 'UNSAFE_PATH', 'dir/a/passwd', [symlink('dir/a', 'b'), file('dir/a/passwd')]],
    ['T03: a symlink above a file', 'UNSAFE_PATH', 'dir/a', [file('dir/a/passwd'), symlink('dir/a', 'b')]],
    ['T03: a directory below a symlink', 'UNSAFE_PATH', 'dir/a/b', [symlink('dir/a', '.'), directory('dir/a/b')]],
    ['T03: a symlink below a symlink', 'UNSAFE_PATH', 'dir/a/b', [symlink('dir/a', '.'), symlink('dir/a/b', '..')]],
    ['T04: a symlink to the parent', 'UNSAFE_PATH', 'dir/a', [symlink('dir/a', '..')]],
    ['T04: a symlink beside the directory', 'UNSAFE_PATH', 'dir/a', [symlink('dir/a', '../other')]],
    ['T04: a symlink out and in again', 'UNSAFE_PATH', 'dir/a', [symlink('dir/a', '../dir/b')]],
    ['T04: a symlink out by another', 'UNSAFE_PATH', 'dir/b', [symlink('dir/a', '.'), symlink('dir/b', 'a/..')]],
    [
      'T04: a chain of three',
      'UNSAFE_PATH',
      undefined,
      [symlink('dir/a/b/up', '../..'), symlink('dir/c', 'a/b/up'), symlink('dir/d', 'c/../x')],
    ],
    [
      'T04: a long chain out',
      'UNSAFE_PATH',
      'dir/0',
      Array.from({ length: 100 }, (_, index) => symlink(`dir/${index}`, index < 99 ? `${index + 1}` : '..')),
    ],
    ['T06: a hard link to an absolute path', 'UNSAFE_PATH', undefined, [link('dir/x', '/etc/passwd')]],
    ['T06: a hard link to a parent', 'UNSAFE_PATH', undefined, [link('dir/x', '../x')]],
    ['T06: a hard link to what is beside the directory', 'UNSAFE_PATH', 'victim', [link('dir/x', 'victim')]],
    ['T06: a hard link before its target', 'INVALID_ARCHIVE', 'dir/x', [link('dir/x', 'dir/y'), file('dir/y')]],
    ['T06: a hard link to what is nowhere', 'INVALID_ARCHIVE', 'dir/x', [link('dir/x', 'dir/y')]],
    ['T06: a hard link to a directory', 'INVALID_ARCHIVE', 'dir/x', [directory('dir/y'), link('dir/x', 'dir/y')]],
    ['T06: a hard link to the directory itself', 'INVALID_ARCHIVE', 'dir/x', [directory('dir'), link('dir/x', 'dir')]],
    [
      'T06: a hard link through a symlink',
      'UNSAFE_PATH',
      'dir/a/f',
      [file('dir/b/f'), symlink('dir/a', 'b'), link('dir/x', 'dir/a/f')],
    ],
    ['T07: a symlink with a drive letter', 'UNSAFE_PATH', 'dir/a', [symlink('dir/a', 'C:../../../target.txt')]],
    ['T07: a symlink to a file of a drive', 'UNSAFE_PATH', 'dir/a', [symlink('dir/a', 'c:foo')]],
    ['T07: a hard link with a drive letter', 'UNSAFE_PATH', undefined, [link('dir/a', 'C:../../../target.txt')]],
    ['a symlink with a backslash', 'UNSAFE_PATH', 'dir/a', [symlink('dir/a', '..\\x')]],
    ['T13: a zero character in a path', 'UNSAFE_PATH', undefined, [pax({ path: 'dir/a\0b' }), file('dir/x')]],
    ['T13: the name of a device', 'UNSAFE_PATH', 'dir/CON', [file('dir/CON')]],
    ['T15: an escape character', 'UNSAFE_PATH', 'dir/\u001b[2J', [file('dir/\u001b[2J')]],
    ['T16: a directory replaced by a file', 'INVALID_ARCHIVE', 'dir/a', [directory('dir/a'), file('dir/a')]],
    ['T16: a file replaced by a directory', 'INVALID_ARCHIVE', 'dir/a', [file('dir/a'), directory('dir/a')]],
    ['T16: a file above a file', 'INVALID_ARCHIVE', 'dir/a/b', [file('dir/a'), file('dir/a/b')]],
    ['T16: a symlink replaced by a file', 'INVALID_ARCHIVE', 'dir/a', [symlink('dir/a', 'b'), file('dir/a')]],
    [
      'T16: a file that was repeated and then changes',
      'INVALID_ARCHIVE',
      'dir/a',
      [file('dir/a', '1'), link('dir/b', 'dir/a'), file('dir/a', '2')],
    ],
    ['T18: a sparse file', 'INVALID_ARCHIVE', 'dir/a', [{ path: 'dir/a', flag: 'S' }]],
    [
      'T19: a path of 10,000 parts',
      'UNSAFE_PATH',
      undefined,
      [pax({ path: `dir/${'a/'.repeat(10_000)}x` }), file('x')],
    ],
    ['T19: a name of 64 KB', 'UNSAFE_PATH', undefined, [pax({ path: `dir/${'x'.repeat(65_536)}` }), file('x')]],
  ];

/** What every storage must do when directories are pulled to it. */
export const unpackingCases: readonly UnpackingCase[] = [
  {
    name: 'a directory comes with everything in it, in any order, also below directories without an entry',
    async run(to) {
      const large = 'x'.repeat(3_000_000);
      const tar = [
        file('dir/sub/deep/first', 'before its directory'),
        directory('dir'),
        directory('dir/empty'),
        file('dir/none', ''),
        file('dir/grüße \u202e日本', 'x'),
        file('dir/large', large),
        file('./dir//sub/./second', '2'),
        directory('dir/sub'),
      ];
      const { files, omitted } = await pullTo(to, [{ tar }, { title: 'a/b.txt', content: 'a file' }]);
      await expectFiles(to, {
        'a/b.txt': 'a file',
        'dir/grüße \u202e日本': 'x',
        'dir/large': large,
        'dir/none': '',
        'dir/sub/deep/first': 'before its directory',
        'dir/sub/second': '2',
      });
      if (to.makeDirectory) equal((await entryOf(to, 'dir/empty'))?.type, 'directory', 'empty directory');
      equal(json(omitted), json(to.makeDirectory ? [] : [{ path: 'dir/empty', what: 'directory' }]), 'omitted');
      equal(
        json(files.map((each) => [each.name, each.directory])),
        json([
          ['dir', true],
          ['a/b.txt', false],
        ]),
        'files',
      );
      equal((await files[0]?.blob())?.size, files[0]?.descriptor.size, 'size of the archive');
    },
  },
  {
    name: 'an archive with nothing in it is an empty directory',
    async run(to) {
      await pullTo(to, [{ title: 'a/dir', tar: [] }]);
      if (to.makeDirectory) equal((await entryOf(to, 'a/dir'))?.type, 'directory', 'directory');
    },
  },
  {
    name: 'a tar without compression is unpacked, and one without a digest of its own',
    async run(to) {
      await pullTo(to, [{ archive: tarOf([file('dir/a')]) }]);
      await expectFiles(to, { 'dir/a': 'dir/a' });
    },
  },
  {
    name: 'several directories are unpacked, also one into another',
    async run(to) {
      const layers = [
        { title: 'a', tar: [file('a/x'), directory('a/b')] },
        { title: 'a/b', tar: [file('a/b/y')] },
        { title: 'c/d', tar: [file('c/d/z')] },
        { title: 'a/b/file', content: 'beside' },
      ];
      await pullTo(to, layers);
      await expectFiles(to, { 'a/x': 'a/x', 'a/b/y': 'a/b/y', 'a/b/file': 'beside', 'c/d/z': 'c/d/z' });
    },
  },
  {
    name: 'permission bits are kept, and told where the storage has none (T12)',
    async run(to) {
      const tar = [
        directory('dir', 0o1755),
        directory('dir/locked', 0o555),
        file('dir/locked/file', 'x', 0o444),
        file('dir/run', '#!', 0o4755),
        file('dir/secret', 'x', 0o600),
      ];
      const { omitted } = await pullTo(to, [{ tar }]);
      const mode = async (path: string): Promise<number | undefined> => (await entryOf(to, path))?.mode;
      const keepsModes = (await mode('dir/run')) !== undefined;
      equal(json(omitted), json(keepsModes ? [] : [{ path: 'dir/run', what: 'executable' }]), 'omitted');
      if (!keepsModes) return;
      for (const [path, expected] of Object.entries({ dir: 0o755, 'dir/locked': 0o555, 'dir/run': 0o755 })) {
        equal(((await mode(path)) ?? 0) & 0o7700, expected & 0o700, `bits of the owner of ${path}`);
      }
      equal(await mode('dir/secret'), 0o600, 'mode of a file');
      equal(((await mode('dir/locked/file')) ?? 0) & 0o700, 0o400, 'mode of a file that may only be read');
    },
  },
  {
    name: 'a file that its owner may not read is written, and repeated by a hard link (T12)',
    async run(to) {
      await pullTo(to, [{ tar: [file('dir/a', 'x', 0), link('dir/b', 'dir/a')] }]);
      for (const path of ['dir/a', 'dir/b']) equal((await entryOf(to, path))?.mode ?? 0, 0, `mode of ${path}`);
    },
  },
  {
    name: 'what is there already with the same content is left alone, and other files stay',
    async run(to) {
      await to.put('dir/same', text('same'));
      await to.put('dir/extra', text('extra'));
      const before = await to.get('dir/same');
      await pullTo(to, [{ tar: [directory('dir'), file('dir/same', 'same'), file('dir/sub/new', 'new')] }]);
      await expectFiles(to, { 'dir/extra': 'extra', 'dir/same': 'same', 'dir/sub/new': 'new' });
      equal(await before?.text(), 'same', 'the file that was there');
    },
  },
  {
    name: 'a second pull changes nothing',
    async run(to) {
      const tar = [
        directory('dir', 0o555),
        file('dir/a'),
        link('dir/b', 'dir/a'),
        symlink('dir/l', 'a'),
        file('dir/large', 'x'.repeat(2_000_000), 0o755),
        directory('dir/empty'),
      ];
      const first = await pullTo(to, [{ tar }]);
      const before = json(await treeOf(to));
      const blob = await to.get('dir/a');
      const second = await pullTo(to, [{ tar }]);
      await pullTo(to, [{ tar }], { overwrite: true });
      equal(json(await treeOf(to)), before, 'tree');
      equal(json(second.omitted), json(first.omitted), 'omitted');
      equal(await blob?.text(), 'dir/a', 'the file that was there');
    },
  },
  {
    name: 'what another pull brings at the same time is left alone if it is the same, and kept if it is not',
    async run(to) {
      const stage = to.stage?.bind(to);
      if (!stage) return;
      const tarIn = (title: string): TarPart[] => [
        directory(title),
        file(`${title}/a`, 'a'),
        file(`${title}/sub/b`, 'b'),
        symlink(`${title}/sub/l`, 'b'),
        directory(`${title}/empty`),
      ];
      const madeIn = (title: string): Record<string, string> => ({
        [`${title}/a`]: 'a',
        [`${title}/sub/b`]: 'b',
        ...links(to, { [`${title}/sub/l`]: 'b' }),
      });
      /** A pull, and another one when the first entry of this one is about to be moved. */
      const meanwhile = (title: string, tar: readonly TarPart[], other: readonly TarPart[]): Promise<PullResult> => {
        to.stage = async (...place) => {
          const staged = await stage(...place);
          const move: typeof staged.move = async (...args) => {
            if (to.stage !== stage) {
              to.stage = stage;
              await pullTo(to, [{ title, tar: other }]);
            }
            await staged.move(...args);
          };
          return { ...staged, move };
        };
        return pullTo(to, [{ title, tar }]);
      };
      await meanwhile('same', tarIn('same'), tarIn('same'));
      await expectFiles(to, madeIn('same'));
      await meanwhile('more', [...tarIn('more'), file('more/sub/mine'), file('more/new/mine')], tarIn('more'));
      const more = { ...madeIn('more'), 'more/sub/mine': 'more/sub/mine', 'more/new/mine': 'more/new/mine' };
      await expectFiles(to, { ...madeIn('same'), ...more });
      const error = await errorOf(meanwhile('other', tarIn('other'), [file('other/a', 'b')]));
      equal(codeOf(error), 'EXISTS', 'code');
      await expectFiles(to, { ...madeIn('same'), ...more, 'other/a': 'b' });
    },
  },
  {
    name: 'other content is kept, and nothing of the pull is written, unless it may be overwritten (T24)',
    async run(to) {
      for (const content of ['other', 'dir/B', 'x'.repeat(2_000_000)]) {
        const tar = [file('dir/a'), file('dir/b', content.replace(/./g, 'y')), file('dir/new/c')];
        await to.put('dir/b', text(content));
        await expectRefused(to, [{ tar }], { code: 'EXISTS', path: 'dir/b' });
      }
      await pullTo(to, [{ tar: [file('dir/a'), file('dir/b'), file('dir/new/c')] }], { overwrite: true });
      await expectFiles(to, { 'dir/a': 'dir/a', 'dir/b': 'dir/b', 'dir/new/c': 'dir/new/c' });
    },
  },
  {
    name: 'an ordinary file with other content is found before a directory is unpacked',
    async run(to) {
      await to.put('other.txt', text('mine'));
      await expectRefused(to, [{ tar: [file('dir/a')] }], { code: 'EXISTS', path: 'other.txt' });
    },
  },
  {
    name: 'a file in place of a directory is kept, and a directory in place of a file, also with overwrite',
    async run(to) {
      await to.put('dir/a', text('a file'));
      await to.put('dir/b/c', text('in a directory'));
      await to.put('file', text('a file'));
      const options = { code: 'EXISTS', overwrite: true };
      await expectRefused(to, [{ tar: [directory('dir/a')] }], { ...options, path: 'dir/a' });
      await expectRefused(to, [{ tar: [file('dir/a/b')] }], { ...options, path: 'dir/a' });
      await expectRefused(to, [{ tar: [file('dir/b')] }], { ...options, path: 'dir/b' });
      if (to.makeLink) await expectRefused(to, [{ tar: [symlink('dir/b', 'a')] }], { ...options, path: 'dir/b' });
      await expectRefused(to, [{ title: 'file', tar: [] }], { ...options, path: 'file' });
      await expectRefused(to, [{ title: 'file/dir', tar: [] }], { ...options, path: 'file' });
    },
  },
  {
    name: 'with unpack: false the archive is a file of its name',
    async run(to) {
      const { files } = await pullTo(to, [{ tar: [file('dir/a')] }], { unpack: false });
      equal(files[0]?.directory, true, 'directory');
      equal((await to.get('dir'))?.size, files[0]?.descriptor.size, 'size');
    },
  },
  {
    name: 'U1: zeros and garbage behind the archive are taken, and every byte of them counts',
    async run(to) {
      const tar = tarOf([file('dir/a')], joined(zeros(1024), zeros(10_240)));
      await pullTo(to, [{ archive: joined(await gzipped(tar), zeros(512)) }]);
      await expectFiles(to, { 'dir/a': 'dir/a' });
      const layer = { archive: joined(await gzipped(tar), zeros(512)) };
      const layout = await artifactOf(layer);
      const fetch = layout.fetch.bind(layout);
      layout.fetch = async (descriptor, options) => {
        const stream = await fetch(descriptor, options);
        if (!descriptor.annotations) return stream;
        const content = new Uint8Array(await new Response(stream).arrayBuffer());
        content.set([1], content.length - 1);
        return verified(new Blob([content]).stream(), descriptor);
      };
      equal(codeOf(await errorOf(pull(layout, 'v1', { to }))), 'MISMATCH', 'a changed byte');
    },
  },
  {
    name: 'U2: symlinks are as they were, in any order, also through each other',
    async run(to) {
      const parts = [
        symlink('dir/current', '55.1'),
        symlink('dir/Makefile.inc', 'current/Makefile.inc'),
        symlink('dir/pkgdata.inc', 'current/pkgdata.inc'),
        symlink('dir/here', '.'),
        symlink('dir/a/up', '../55.1/'),
        symlink('dir/nowhere', 'here/here/a/up/none'),
        file('dir/55.1/Makefile.inc', 'm'),
      ];
      const targets = Object.fromEntries(parts.flatMap(({ path, link: to }) => (to ? [[String(path), to]] : [])));
      for (const tar of [parts, [...parts].reverse()]) {
        const { omitted } = await pullTo(to, [{ tar }]);
        await expectFiles(to, { 'dir/55.1/Makefile.inc': 'm', ...links(to, targets) });
        const told = to.makeLink ? [] : Object.keys(targets);
        equal(
          omitted.map(({ path, what }) => `${what} ${path}`),
          told.map((path) => `symlink ${path}`),
          'omitted',
        );
      }
    },
  },
  {
    name: 'T04: symlinks in a circle lead nowhere, and are made; so are those through more than a system follows',
    async run(to) {
      const targets = {
        'dir/a': 'b/x',
        'dir/b': 'sub/c',
        'dir/into': 'a',
        'dir/itself': 'itself/x',
        'dir/sub/c': '../a/y',
        ...Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`dir/chain/${index}`, `${index + 1}`])),
      };
      const parts = Object.entries(targets).map(([path, target]) => symlink(path, target));
      const made = await pullTo(to, [{ tar: parts }]);
      equal(made.omitted.length, to.makeLink ? 0 : parts.length, 'omitted');
      await pullTo(to, [{ tar: [...parts].reverse() }]);
      await expectFiles(to, links(to, targets));
    },
  },
  {
    name: 'T04: a circle that a symlink leads out of is refused',
    async run(to) {
      if (!to.makeLink) return;
      await to.put('elsewhere/file', text('mine'));
      await to.makeLink('dir/out', '../elsewhere');
      const tar = [symlink('dir/a', 'b'), symlink('dir/b', 'out/a'), symlink('dir/circle', 'circle')];
      await expectRefused(to, [{ tar }], { code: 'UNSAFE_PATH', path: 'dir/a' });
    },
  },
  {
    name: 'T08: a symlink in place of a file is replaced if it may be, and never followed',
    async run(to) {
      if (!to.makeLink) return;
      await to.put('secret', text('mine'));
      await to.makeLink('dir/a', '../secret');
      await to.makeLink('dir/b', '../secret');
      const layers = [{ tar: [file('dir/a'), symlink('dir/b', 'a')] }];
      await expectRefused(to, layers, { code: 'EXISTS', path: 'dir/a' });
      await pullTo(to, layers, { overwrite: true });
      await expectFiles(to, { secret: 'mine', 'dir/a': 'dir/a', 'dir/b': '-> a' });
    },
  },
  {
    name: 'T09: a symlink in place of a directory is never written through, nor replaced',
    async run(to) {
      if (!to.makeLink) return;
      await to.put('elsewhere/file', text('mine'));
      for (const [title, at] of [
        ['dir', 'dir'],
        ['a/dir', 'a'],
        ['b', 'b/sub'],
      ] as const) {
        await to.makeLink(at, at.includes('/') ? '../elsewhere' : 'elsewhere');
        const tar = [directory(title), file(`${title}/sub/x`), file(`${title}/y`)];
        await expectRefused(to, [{ title, tar }], { code: 'UNSAFE_PATH', overwrite: true });
      }
    },
  },
  {
    name: 'a symlink leads outside by one that was there before',
    async run(to) {
      if (!to.makeLink) return;
      await to.put('elsewhere/file', text('mine'));
      await to.makeLink('dir/out', '../elsewhere');
      const options = { code: 'UNSAFE_PATH', overwrite: true };
      for (const target of ['out', 'out/file', 'in/file']) {
        await expectRefused(to, [{ tar: [symlink('dir/in', 'out'), symlink('dir/a', target)] }], options);
      }
      // It is replaced by the pull itself.
      await pullTo(to, [{ tar: [directory('dir'), symlink('dir/a', 'out'), file('dir/out', 'mine now')] }], options);
      await expectFiles(to, { 'elsewhere/file': 'mine', 'dir/a': '-> out', 'dir/out': 'mine now' });
    },
  },
  {
    name: 'a symlink of one layer, or of one pull, is not followed by the next',
    async run(to) {
      if (!to.makeLink) return;
      await expectRefused(
        to,
        [
          { title: 'a', tar: [symlink('a/b', 'c')] },
          { title: 'a/b', tar: [file('a/b/x')] },
        ],
        { code: 'EXISTS' },
      );
      await expectRefused(
        to,
        [
          { title: 'a', tar: [symlink('a/b', 'c')] },
          { title: 'a/b/x', content: 'x' },
        ],
        {
          code: 'EXISTS',
        },
      );
      await pullTo(to, [{ title: 'a', tar: [symlink('a/b', 'c'), directory('a/c')] }]);
      await expectRefused(to, [{ title: 'a', tar: [file('a/b/x')] }], { code: 'UNSAFE_PATH' });
      await expectRefused(to, [{ title: 'a/b', tar: [file('a/b/x')] }], { code: 'UNSAFE_PATH' });
    },
  },
  {
    name: 'hard links are copies of the files, or symlinks, that they repeat',
    async run(to) {
      const large = 'x'.repeat(2_000_000);
      const tar = [
        file('dir/a', 'content', 0o755),
        link('dir/b', 'dir/a'),
        link('dir/sub/c', './dir/b'),
        link('dir/a', 'dir/a'),
        file('dir/large', large),
        link('dir/large2', 'dir/large'),
        symlink('dir/l', 'a'),
        link('dir/l2', 'dir/l'),
      ];
      await to.put('dir/b', text('content'));
      for (const overwrite of [false, true]) {
        await pullTo(to, [{ tar }], { overwrite });
        await expectFiles(to, {
          'dir/a': 'content',
          'dir/b': 'content',
          'dir/sub/c': 'content',
          'dir/large': large,
          'dir/large2': large,
          ...links(to, { 'dir/l': 'a', 'dir/l2': 'a' }),
        });
      }
      const { mode } = (await entryOf(to, 'dir/sub/c')) ?? {};
      if (mode !== undefined) equal(mode & 0o700, 0o700, 'mode of a hard link to a program');
    },
  },
  {
    name: 'a hard link with other content at its place is kept unless it may be overwritten',
    async run(to) {
      await to.put('dir/b', text('CONTENT'));
      const layers = [{ tar: [file('dir/a', 'content'), link('dir/b', 'dir/a')] }];
      await expectRefused(to, layers, { code: 'EXISTS', path: 'dir/b' });
      await pullTo(to, layers, { overwrite: true });
      await expectFiles(to, { 'dir/a': 'content', 'dir/b': 'content' });
    },
  },
  {
    name: 'T11: devices, pipes and unknown entries are skipped, and told',
    async run(to) {
      const flags = ['3', '4', '6', 'Q'];
      const tar = [file('dir/a'), ...flags.map((flag) => ({ path: `dir/${flag}`, flag })), link('dir/l', 'dir/3')];
      const { omitted } = await pullTo(to, [{ tar }]);
      await expectFiles(to, { 'dir/a': 'dir/a' });
      const paths = [...flags, 'l'].map((name) => `special dir/${name}`);
      equal(
        omitted.map(({ path, what }) => `${what} ${path}`),
        paths,
        'omitted',
      );
    },
  },
  {
    name: 'T16: of a path that comes twice the last entry counts',
    async run(to) {
      const large = 'x'.repeat(2_000_000);
      const tar = [
        directory('dir', 0o700),
        file('dir/a', 'first, and longer', 0o755),
        file('dir/b', large),
        symlink('dir/l', 'a'),
        file('dir/a', 'last', 0o600),
        file('dir/b', 'last'),
        symlink('dir/l', 'b'),
        directory('dir', 0o750),
      ];
      await pullTo(to, [{ tar }]);
      const expected = { 'dir/a': 'last', 'dir/b': 'last', ...links(to, { 'dir/l': 'b' }) };
      await expectFiles(to, expected);
      const { mode } = (await entryOf(to, 'dir/a')) ?? {};
      if (mode !== undefined) equal(mode, 0o600, 'mode of the last');
      if (mode !== undefined) equal((await entryOf(to, 'dir'))?.mode, 0o750, 'mode of the last directory');
      await pullTo(to, [{ tar }]);
      await expectFiles(to, expected);
    },
  },
  {
    name: 'T20: an archive beyond the limits is refused, by entries, size and ratio',
    async run(to) {
      const many = [{ tar: Array.from({ length: 11 }, (_, index) => file(`dir/${index}`)) }];
      await expectRefused(to, many, { code: 'TOO_LARGE', limits: { maxEntries: 10 } });
      const deep = [{ tar: [file('dir/a/b/c/d/e/f/g/h/i/j/k')] }];
      await expectRefused(to, deep, { code: 'TOO_LARGE', limits: { maxEntries: 10 } });
      const large = [{ tar: [file('dir/a'), file('dir/large', 'x'.repeat(100_000))] }];
      await expectRefused(to, large, { code: 'TOO_LARGE', limits: { maxSize: 50_000 } });
      const bomb = [{ tar: [{ path: 'dir/bomb', content: zeros(20 * 1024 * 1024) }] }];
      await expectRefused(to, bomb, { code: 'TOO_LARGE', limits: { maxRatio: 100 } });
      const linkpath = pax({ linkpath: 'x'.repeat(255).concat('/x') });
      const long = [{ tar: [1, 2, 3, 4].flatMap((each) => [linkpath, symlink(`dir/${each}`, '')]) }];
      await expectRefused(to, long, { code: 'TOO_LARGE', limits: { maxEntries: 8 } });
      await pullTo(to, many, { limits: { maxEntries: 12 } });
    },
  },
  {
    name: 'T20: each hard link counts as a copy of its file, by size and ratio',
    async run(to) {
      const many = Array.from({ length: 9 }, (_, index) => link(`dir/${index}`, 'dir/a'));
      const copies = [{ tar: [file('dir/a', 'x'.repeat(10_000)), ...many] }];
      await expectRefused(to, copies, { code: 'TOO_LARGE', path: 'dir/8', limits: { maxSize: 105_000 } });
      const chained = [link('dir/b', 'dir/a'), link('dir/c', 'dir/b')];
      const bomb = [{ tar: [{ path: 'dir/a', content: zeros(7 * 1024 * 1024) }, ...chained] }];
      await expectRefused(to, bomb, { code: 'TOO_LARGE', path: 'dir/c', limits: { maxRatio: 100 } });
      await pullTo(to, copies, { limits: { maxSize: 120_000 } });
    },
  },
  {
    name: 'T20: archives in archives are files',
    async run(to) {
      const inner = await gzipped(tarOf([file('../x')]));
      await pullTo(to, [{ tar: [{ path: 'dir/inner.tgz', content: inner }] }]);
      equal((await to.get('dir/inner.tgz'))?.size, inner.length, 'size');
    },
  },
  {
    name: 'T21: a tar that is not that of its annotation is refused',
    async run(to) {
      const wrong = { 'io.deis.oras.content.digest': `sha256:${'0'.repeat(64)}` };
      await expectRefused(to, [{ tar: [file('dir/a')], annotations: wrong }], { code: 'MISMATCH' });
      const none = { 'io.deis.oras.content.digest': 'sha256:1' };
      await expectRefused(to, [{ tar: [file('dir/a')], annotations: none }], { code: 'INVALID_MANIFEST' });
    },
  },
  {
    name: 'T22: titles that are no paths inside are refused',
    async run(to) {
      for (const title of ['../../.ssh', '/etc', 'a\\..\\b', 'CON', '.', 'x'.repeat(5000), 'a\0b', 'x/', 'a/../b']) {
        await expectRefused(to, [{ title, tar: [] }], { code: 'UNSAFE_PATH' });
      }
    },
  },
  {
    name: 'T23: titles and entries of several layers do not collide',
    async run(to) {
      const one = { tar: [file('dir/a')] };
      const options = { code: 'EXISTS', overwrite: true };
      await expectRefused(to, [one, { tar: [file('dir/a', 'other')] }], options);
      await expectRefused(to, [one, { title: 'dir', content: 'a file' }], options);
      await expectRefused(to, [one, { title: 'dir/a', content: 'a file' }], options);
      await expectRefused(to, [one, { title: 'dir/a/b', content: 'a file' }], options);
      await expectRefused(
        to,
        [
          { title: 'a', tar: [file('a/b/c')] },
          { title: 'a/b', tar: [file('a/b/c')] },
        ],
        options,
      );
      const events: TransferEvent[] = [];
      await pullTo(to, [one, one], { onProgress: (event) => events.push(event) });
      await expectFiles(to, { 'dir/a': 'dir/a' });
      equal(events.filter(({ type }) => type === 'skip').length, 1, 'skipped layers');
    },
  },
  {
    name: 'T25: whiteouts are names as all others in what is no image',
    async run(to) {
      await to.put('dir/a', text('kept'));
      const names = ['.wh.a', '.wh..wh..opq', '.wh.', 'sub/.wh.x'];
      await pullTo(to, [{ tar: names.map((name) => file(`dir/${name}`)) }]);
      const written = Object.fromEntries(names.map((name) => [`dir/${name}`, `dir/${name}`]));
      await expectFiles(to, { 'dir/a': 'kept', ...written });
    },
  },
  {
    name: 'T27: a damaged archive, one that is cut off, or an abort leaves nothing',
    async run(to) {
      const tar = tarOf([file('dir/a'), file('dir/b', 'x'.repeat(3_000_000)), file('dir/c')]);
      const archive = await gzipped(tar);
      const damaged = archive.slice();
      damaged.set([1, 2, 3, 4], archive.length >> 1);
      const options = { code: 'INVALID_ARCHIVE' };
      await expectRefused(to, [{ archive: damaged }], options);
      await expectRefused(to, [{ archive: archive.slice(0, archive.length >> 1) }], options);
      await expectRefused(to, [{ archive: tar.slice(0, 2_000_000) }], options);
      await expectRefused(to, [{ archive: new Uint8Array(0) }], options);
      const controller = new AbortController();
      const reason = new Error('enough');
      const onProgress = ({ type }: TransferEvent): void => {
        if (type === 'transfer') controller.abort(reason);
      };
      const pulling = pullTo(to, [{ archive: tar }], { signal: controller.signal, onProgress });
      equal(await errorOf(pulling), reason, 'reason');
      equal(json(await treeOf(to)), '{}', 'tree');
    },
  },
  {
    name: 'progress is told of each layer, once it is in place',
    async run(to) {
      const events: string[] = [];
      const onProgress = ({ type, ...event }: TransferEvent): void => {
        const title = 'descriptor' in event && event.descriptor.annotations?.['org.opencontainers.image.title'];
        if (type !== 'transfer') events.push(`${type} ${title}`);
      };
      await pullTo(to, [{ tar: [file('dir/a')] }, { title: 'b', content: 'b' }], { onProgress });
      equal(json(events), json(['start dir', 'done dir', 'start b', 'done b']), 'events');
    },
  },
  ...refused.map(([name, code, path, tar]) => ({
    name: `${name} is refused, and nothing is written`,
    async run(to: StorageAdapter) {
      await expectRefused(to, [{ tar: [file('dir/fine'), ...tar] }], { code, path });
      await to.put('dir/there', text('mine'));
      await expectRefused(to, [{ tar: [...tar, file('dir/fine')] }], { code, path, overwrite: true });
    },
  })),
];
