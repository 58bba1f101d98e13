import { expect, test } from 'vitest';
import { tarBlocks } from '../../src/archive/writing/blocks.ts';
import { compareEntries } from '../../src/archive/writing/entry-order.ts';
import { gzipOf } from '../../src/archive/writing/gzip.ts';
import { type TarSource, tarParts } from '../../src/archive/writing/tar-parts.ts';
import { readAll } from '../../src/bytes/streams.ts';
import { archiveTree, directoryOf, fileOf, linkOf } from '../support/archive-tree.ts';
import { Random } from '../support/random.ts';
import { type EntryWithContent, entriesOf } from './entries.ts';

async function packedAndRead(tree: TarSource[], compression: 'gzip' | 'none'): Promise<EntryWithContent[]> {
  const { stream } = gzipOf(tarBlocks(tarParts(tree)), { compression });
  return entriesOf(await readAll(stream, Number.POSITIVE_INFINITY));
}

async function expected(tree: TarSource[]): Promise<EntryWithContent[]> {
  const entries = tree.map(async ({ content, ...entry }) =>
    entry.type === 'file' ? { ...entry, content: await content!.text() } : entry,
  );
  return Promise.all(entries);
}

test.for(['gzip', 'none'] as const)('archive: the reader gives what was packed (%s)', async (compression) => {
  const tree = archiveTree().filter(({ path }) => path !== 'v/random.bin');
  expect(await packedAndRead(tree, compression)).toEqual(await expected(tree));
});

test('archive: the reader gives what was packed, whatever the names, links and sizes', async () => {
  const random = new Random(9);
  const letters = [
    'a',
    'b',
    ' ',
    '-',
    '.x',
    'é',
    '日',
    '\u{1f600}',
    'long'.repeat(10),
    'name'.repeat(22),
    '日'.repeat(30),
  ];
  const name = (): string => `n${random.below(100)}${random.pick(letters)}${random.pick(letters)}`;
  for (let run = 0; run < 60; run++) {
    const entries = new Map<string, TarSource>();
    const folders = ['root'];
    entries.set('root', directoryOf('root'));
    for (let count = random.below(30); count > 0; count--) {
      const path = `${random.pick(folders)}/${name()}`;
      if (entries.has(path) || path.length > 1_000) continue;
      const kind = random.below(4);
      if (kind === 0) entries.set(path, linkOf(path, Array.from({ length: 1 + random.below(4) }, name).join('/')));
      else if (kind === 1 && folders.push(path)) entries.set(path, directoryOf(path));
      else
        entries.set(
          path,
          fileOf(
            path,
            'x'.repeat(random.pick([0, 1, 511, 512, 513, random.below(5_000)])),
            random.pick([0o644, 0o755]),
          ),
        );
    }
    const tree = [...entries.values()].sort(compareEntries);
    expect(await packedAndRead(tree, random.pick(['gzip', 'none']))).toEqual(await expected(tree));
  }
});
