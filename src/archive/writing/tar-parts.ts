import { checkPath } from '../../bytes/paths.ts';
import { UnsafePathError } from '../../errors.ts';
import { tarPadding } from '../tar-block.ts';
import { type PackedEntry, tarEnd, tarHeader } from './tar-header.ts';

/** The content of one entry, or a part of it, that is not read yet. */
export interface FilePart {
  /** Path of the entry, for errors. */
  path: string;
  /** Its bytes. */
  content: Blob;
}

/** A piece of a tar: bytes, or a file whose bytes are read when they are needed. Both can be posted to a worker. */
export type TarPart = Uint8Array | FilePart;

/** What becomes an entry of a tar. */
export type TarSource = PackedEntry & {
  /** Content of a file, of exactly its `size`. Default: none, for what has no bytes. */
  content?: Blob | undefined;
};

/**
 * A tar of the entries, in pieces, by the recipe of docs/archives.md: the same bytes for the same entries. They come in the
 * order of `compareEntries`, directories among them; nothing of a file is read.
 *
 * @throws UnsafePathError when a path or the target of a symlink cannot be in an archive
 * @throws TypeError when the content of a file has another size than the file
 */
export async function* tarParts(
  entries: Iterable<TarSource> | AsyncIterable<TarSource>,
): AsyncGenerator<TarPart, void, void> {
  for await (const entry of entries) {
    checkTarEntry(entry);
    const { path, content } = entry;
    const size = entry.type === 'file' ? entry.size : 0;
    const actual = content?.size ?? 0;
    if (actual !== size) throw new TypeError(`The content of ${path} must have ${size} bytes, not ${actual}`);
    yield tarHeader(entry);
    if (!content || size === 0) continue;
    yield { path, content };
    const padding = tarPadding(size);
    if (padding > 0) yield new Uint8Array(padding);
  }
  yield tarEnd();
}

/**
 * Checks that an entry can be in an archive.
 *
 * @throws UnsafePathError when its path, or the target of a symlink, cannot be
 */
export function checkTarEntry({ path, type, linkTarget = '' }: PackedEntry): void {
  checkPath(path);
  if (type !== 'symlink' || /^[^\0\p{Surrogate}]+$/u.test(linkTarget)) return;
  throw new UnsafePathError(`The symlink ${path} is refused: ${JSON.stringify(linkTarget)} is no target`, path);
}
