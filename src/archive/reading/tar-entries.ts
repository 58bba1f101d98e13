import { UnsafePathError } from '../../errors.ts';
import type { ArchiveEntry, ArchiveEntryType } from '../entry.ts';
import { tarBlockSize, tarPadding } from '../tar-block.ts';
import type { ByteReader } from './byte-reader.ts';
import { entryPath, nameOf } from './entry-path.ts';
import { isZero, type ParsedHeader, parseHeader } from './parse-header.ts';
import type { PaxRecords } from './pax-records.ts';
import { damagedTar } from './tar-errors.ts';
import { isExtension, TarExtension } from './tar-extension.ts';

/** An entry with the size of its content in the tar. */
export interface TarEntry extends ArchiveEntry {
  /** Bytes of content after the header, without padding. Entries of unknown types have some, though their size is 0. */
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
/** Links, devices, directories and pipes never have content, whatever their size field says. */
const withoutContent = '123456';
const sparse = 'S';
/** A volume label of GNU tar. */
const label = 'V';
const slash = 0x2f;
/** Most characters of a symlink's target: systems have no longer ones, and all of them are kept in memory. */
const longestTarget = 4096;

/**
 * Reads the next entry of a tar, up to its content. Undefined at the end of the tar: two zero blocks, one zero block at the
 * end of the stream, or the end of the stream at a block boundary. Some programs write no zero blocks, and all accept that;
 * whether such a tar is cut off between two entries can only be told by its digest.
 *
 * @throws InvalidArchiveError if it is damaged, cut off or sparse, with the path of the entry if it is known
 * @throws UnsafePathError if the path of the entry, or the target of a hard link, is not a safe path
 * @throws TooLargeError if an extended header is larger than 1 MiB
 */
export async function readTarEntry(source: ByteReader): Promise<TarEntry | undefined> {
  const extension = new TarExtension();
  for (;;) {
    const header = await readHeader(source);
    if (!header) {
      if (extension.isPending) throw damagedTar('it ends after an extended header');
      return undefined;
    }
    if (isExtension(header)) {
      await extension.add(header, source);
    } else if (header.flag === label) {
      const missing = await source.skip(header.size + tarPadding(header.size));
      if (missing > 0) throw damagedTar('it is cut off');
    } else {
      return entryOf(header, extension.records);
    }
  }
}

async function readHeader(source: ByteReader): Promise<ParsedHeader | undefined> {
  const block = await source.take(tarBlockSize);
  if (block.length === 0) return undefined;
  if (block.length < tarBlockSize) throw damagedTar('it is cut off');
  if (isZero(block)) {
    if (isZero(await source.take(tarBlockSize))) return undefined;
    throw damagedTar('a single zero block is followed by data');
  }
  const header = parseHeader(block);
  if (!header) throw damagedTar('a header is invalid');
  return header;
}

function entryOf({ flag, mode, ...header }: ParsedHeader, records: PaxRecords): TarEntry {
  const name = records.path ?? header.path;
  const size = records.size ?? header.size;
  // In the v7 format only the slash tells a directory from a file.
  const isDirectory = types[flag] === 'file' && name.at(-1) === slash;
  const type = isDirectory ? 'directory' : (types[flag] ?? 'other');
  const path = entryPath(name, type === 'directory');
  if (flag === sparse || records.isSparse) throw damagedTar('sparse files are not supported', path);
  const stored = withoutContent.includes(flag) ? 0 : size;
  if (isDirectory && stored > 0) throw damagedTar('it is a directory, but has content', path);
  const entry = { path, type, mode, size: type === 'file' ? size : 0, stored };
  const isLink = type === 'link' || type === 'symlink';
  return isLink ? { ...entry, linkTarget: linkTargetOf(type, records.link ?? header.link, path) } : entry;
}

/** The target of a hard link is checked like a path. The target of a symlink is given as it is. */
function linkTargetOf(type: 'link' | 'symlink', bytes: Uint8Array, path: string): string {
  const { text, isExact } = nameOf(bytes);
  if (type === 'symlink') {
    if (text === '' || text.includes('\0') || !isExact)
      throw damagedTar('the target of the symlink is not a path', path);
    if (text.length > longestTarget)
      throw damagedTar(`the target of the symlink has more than ${longestTarget} characters`, path);
    return text;
  }
  try {
    return entryPath(bytes);
  } catch (error) {
    if (!(error instanceof UnsafePathError)) throw error;
    throw new UnsafePathError(`The hard link ${JSON.stringify(path)} is refused. ${error.message}`, path);
  }
}
