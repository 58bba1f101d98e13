import { type ReadArchiveOptions, readArchive } from '../../src/archive/reading/read-archive.ts';
import { collectBlob } from '../../src/bytes/streams.ts';
import { chunked } from '../support/gzip-bytes.ts';
import type { TarPart } from '../support/tar-bytes.ts';

/** An entry with its content, if it is a file, as text. */
export interface EntryWithContent {
  path: string;
  type: string;
  mode: number;
  size: number;
  linkTarget?: string;
  content?: string;
}

/** All that is in an archive, which comes in chunks of this size. */
export async function entriesOf(
  bytes: Uint8Array,
  options?: ReadArchiveOptions,
  chunkSize?: number,
): Promise<EntryWithContent[]> {
  const entries: EntryWithContent[] = [];
  for await (const { stream, countCopy: _, ...entry } of readArchive(chunked(bytes, chunkSize).stream, options)) {
    const content = entry.type === 'file' ? { content: await (await collectBlob(stream())).text() } : {};
    entries.push({ ...entry, ...content });
  }
  return entries;
}

/** One of each kind, to be packed. */
export const tree: readonly TarPart[] = [
  { path: 'a/', flag: '5', mode: 0o755 },
  { path: 'a/empty' },
  { path: 'a/text', content: 'hello\n', mode: 0o600 },
  { path: 'a/more', content: 'm'.repeat(3000) },
  { path: 'a/link', flag: '2', link: '../elsewhere' },
  { path: 'a/same', flag: '1', link: './a/text' },
  { path: 'a/exact', content: 'e'.repeat(512) },
];

/** The same as they are read. */
export const treeEntries: readonly EntryWithContent[] = [
  { path: 'a', type: 'directory', mode: 0o755, size: 0 },
  { path: 'a/empty', type: 'file', mode: 0o644, size: 0, content: '' },
  { path: 'a/text', type: 'file', mode: 0o600, size: 6, content: 'hello\n' },
  { path: 'a/more', type: 'file', mode: 0o644, size: 3000, content: 'm'.repeat(3000) },
  { path: 'a/link', type: 'symlink', mode: 0o644, size: 0, linkTarget: '../elsewhere' },
  { path: 'a/same', type: 'link', mode: 0o644, size: 0, linkTarget: 'a/text' },
  { path: 'a/exact', type: 'file', mode: 0o644, size: 512, content: 'e'.repeat(512) },
];
