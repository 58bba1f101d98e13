import { UnsafePathError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ArchiveEntry, ArchiveEntryType } from './entry.ts';
import { entryPath, nameOf } from './entry-path.ts';
import type { PaxRecords } from './pax-records.ts';
import { blockSize, isZero, paddingOf, readTarBlock, type TarBlock } from './tar-block.ts';
import { damagedTar } from './tar-errors.ts';
import { isExtension, TarExtension } from './tar-extension.ts';

/** An entry, and what it takes in the tar. */
export interface TarEntry extends ArchiveEntry {
  /** Bytes behind the header, without what fills the last block: of what is skipped they are not its size. */
  stored: number;
}

const types: Readonly<Record<string, ArchiveEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};
/** Links, devices, directories and pipes: they have no content, whatever size their headers say. */
const withoutContent = '123456';
const sparse = 'S';
/** The name of the archive itself. */
const label = 'V';
const slash = 0x2f;

/**
 * Reads the next entry of a tar up to its content; undefined at the end of the tar. That is two blocks of zeros, one with
 * nothing behind it, or nothing where a header would be: all programs take that, as some write it. If something was cut off
 * there, only a digest tells.
 *
 * @throws InvalidArchiveError when it is damaged, cut off or sparse, with the path of the entry if it is known
 * @throws UnsafePathError when the path of the entry, or of what a hard link repeats, leads outside or could not be one
 * @throws TooLargeError when what is said of the entry has more than 1 MiB
 */
export async function readTarEntry(source: ByteReader): Promise<TarEntry | undefined> {
  const extension = new TarExtension();
  for (;;) {
    const header = await readHeader(source);
    if (!header) {
      if (extension.isPending) throw damagedTar('it ends where an entry must follow');
      return undefined;
    }
    if (isExtension(header)) {
      await extension.add(header, source);
    } else if (header.flag === label) {
      await source.skip(header.size + paddingOf(header.size));
    } else {
      return entryOf(header, extension.said);
    }
  }
}

async function readHeader(source: ByteReader): Promise<TarBlock | undefined> {
  const block = await source.take(blockSize);
  if (block.length === 0) return undefined;
  if (block.length < blockSize) throw damagedTar('it is cut off');
  if (isZero(block)) {
    if (isZero(await source.take(blockSize))) return undefined;
    throw damagedTar('zeros are where a header must be');
  }
  const header = readTarBlock(block);
  if (!header) throw damagedTar('something is where a header must be');
  return header;
}

function entryOf({ flag, mode, ...header }: TarBlock, said: PaxRecords): TarEntry {
  const name = said.path ?? header.path;
  const size = said.size ?? header.size;
  // The oldest format knows directories by nothing but the slash.
  const isDirectory = types[flag] === 'file' && name.at(-1) === slash;
  const type = isDirectory ? 'directory' : (types[flag] ?? 'other');
  const path = entryPath(name, type === 'directory');
  if (flag === sparse || said.isSparse) throw damagedTar('it is sparse, with holes that are not stored', path);
  const stored = withoutContent.includes(flag) ? 0 : size;
  if (isDirectory && stored > 0) throw damagedTar('it is a directory with content', path);
  const entry = { path, type, mode, size: type === 'file' ? size : 0, stored };
  const isLink = type === 'link' || type === 'symlink';
  return isLink ? { ...entry, linkTarget: linkTargetOf(type, said.link ?? header.link, path) } : entry;
}

/** A hard link repeats an entry, which has a path as all have; in a symlink is written whatever is. */
function linkTargetOf(type: 'link' | 'symlink', bytes: Uint8Array, path: string): string {
  const { text, isExact } = nameOf(bytes);
  if (type === 'symlink') {
    if (text === '' || text.includes('\0') || !isExact) throw damagedTar('it is a symlink to what is no path', path);
    return text;
  }
  try {
    return entryPath(bytes);
  } catch (error) {
    if (!(error instanceof UnsafePathError)) throw error;
    throw new UnsafePathError(`The hard link ${JSON.stringify(path)} is refused. ${error.message}`, path);
  }
}
