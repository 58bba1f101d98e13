import { InvalidArchiveError, UnsafePathError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ArchiveEntry, ArchiveEntryType } from './entry.ts';
import { cleanPath, entryPath, nameOf } from './entry-path.ts';
import { type PaxRecords, readPaxRecords } from './pax-records.ts';
import { blockSize, isZero, readTarBlock, type TarBlock, untilZero } from './tar-block.ts';

/** An entry, and how many bytes of the tar its content takes, without what fills its last block. */
export interface TarEntry extends ArchiveEntry {
  /** Bytes behind the header; for what is skipped more than its size. */
  stored: number;
}

/** Headers that say something of the entry behind them. */
interface Extension extends Partial<PaxRecords> {
  /** The flags of these headers. */
  flags: string;
}

/** Bytes of one PAX header or long name. Extended attributes are in the former. */
const largestExtension = 1024 * 1024;

const types: Readonly<Record<string, ArchiveEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};
/** Whatever their headers say: links, devices, directories and pipes have no content. */
const withoutContent = '123456';

/**
 * Reads the next entry of a tar up to its content, or to the end of the tar: undefined then. That is two blocks of zeros,
 * one with nothing behind it, or where a header would begin: other programs take that, and some write such. What was cut
 * off there only a digest tells.
 *
 * @throws InvalidArchiveError when it is damaged, cut off or sparse, with the path of the entry if it is known
 * @throws UnsafePathError when the path of the entry, or of what a hard link repeats, leads outside or cannot be one
 */
export async function readTarEntry(source: ByteReader): Promise<TarEntry | undefined> {
  const extension: Extension = { flags: '' };
  for (;;) {
    const header = await readHeader(source);
    if (!header && extension.flags !== '') throw damaged('it ends before the entry that a header is for');
    if (!header) return undefined;
    if (!'xgLK'.includes(header.flag)) return entryOf(header, extension);
    await extend(extension, header, source);
  }
}

async function readHeader(source: ByteReader): Promise<TarBlock | undefined> {
  const block = await source.take(blockSize);
  if (block.length === 0) return undefined;
  if (block.length < blockSize) throw damaged('it is cut off');
  if (isZero(block)) {
    if (isZero(await source.take(blockSize))) return undefined;
    throw damaged('a header is missing');
  }
  const header = readTarBlock(block);
  if (!header) throw damaged('a header is not that of a tar');
  return header;
}

/** Reads a header that is not of an entry itself, as it was written before the one that it is for. */
async function extend(extension: Extension, { flag, size }: TarBlock, source: ByteReader): Promise<void> {
  if (size > largestExtension) throw damaged('it has a header of more than 1 MiB');
  const bytes = await source.take(size);
  if (bytes.length < size || (await source.skip(paddingOf(size))) > 0) throw damaged('it is cut off in a header');
  const records = flag === 'x' || flag === 'g' ? readPaxRecords(bytes) : undefined;
  if (flag === 'g') {
    // Some programs apply it to all entries that follow, others to none: they would see different files.
    if (!records || records.path || records.link || records.size !== undefined || records.isSparse) {
      throw damaged('its global header changes every entry, or is damaged');
    }
    return;
  }
  if (extension.flags.includes(flag)) throw damaged('an entry has two headers of the same kind');
  extension.flags += flag;
  const said = flag === 'L' ? { path: untilZero(bytes) } : flag === 'K' ? { link: untilZero(bytes) } : records;
  if (!said) throw damaged('an extended header is damaged');
  // Which of them counts programs do not agree on.
  if ((said.path && extension.path) || (said.link && extension.link)) throw damaged('an entry has two names');
  Object.assign(extension, Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)));
}

function entryOf(header: TarBlock, extension: Extension): TarEntry | undefined {
  const name = extension.path ?? header.path;
  const size = extension.size ?? header.size;
  const isDirectory = header.flag === '5' || (('\0' + '07').includes(header.flag) && nameOf(name).text.endsWith('/'));
  const type = isDirectory ? 'directory' : (types[header.flag] ?? 'other');
  const path = type === 'directory' && cleanPath(nameOf(name).text) === '' ? '' : entryPath(name);
  if (header.flag === 'S' || extension.isSparse) throw damaged('it is sparse: it has holes that are not stored', path);
  const stored = withoutContent.includes(header.flag) ? 0 : size;
  if (type === 'directory' && stored > 0) throw damaged('it is a directory and has content', path);
  const entry = { path, type, mode: header.mode, size: type === 'file' ? size : 0, stored };
  const isLink = type === 'link' || type === 'symlink';
  return isLink ? { ...entry, linkTarget: linkOf(type, extension.link ?? header.link, path) } : entry;
}

/** The target of a link: of a hard link it is the path of an entry, of a symlink it is whatever is written in it. */
function linkOf(type: 'link' | 'symlink', bytes: Uint8Array, path: string): string {
  const { text, isExact } = nameOf(bytes);
  if (text === '' || text.includes('\0') || !isExact) throw damaged('it is a link to what is no path', path);
  if (type === 'symlink') return text;
  try {
    return entryPath(bytes);
  } catch (error) {
    if (!(error instanceof UnsafePathError)) throw error;
    throw new UnsafePathError(`The hard link ${JSON.stringify(path)} is refused: ${error.message}`, path);
  }
}

/** Bytes that fill the last block of a content. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** The error of a tar that is wrong, at an entry if it is known. */
export function damaged(why: string, path?: string): InvalidArchiveError {
  const what = path === undefined ? 'The tar archive' : `The entry ${JSON.stringify(path)} of the tar archive`;
  return new InvalidArchiveError(`${what} cannot be read: ${why}`, path);
}
