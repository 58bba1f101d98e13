import { TooLargeError } from '../../errors.ts';
import { tarPadding } from '../tar-block.ts';
import type { ByteReader } from './byte-reader.ts';
import { type ParsedHeader, untilZero } from './parse-header.ts';
import { type PaxRecords, readPaxRecords } from './pax-records.ts';
import { damagedTar } from './tar-errors.ts';

/** Type flags of extended headers: PAX for the next entry, PAX for all entries, and the long path and link of GNU tar. */
const extensionFlags = 'xgLK';
/** Most bytes of an extended header. PAX headers also hold extended attributes. */
const largest = 1024 * 1024;

/** Tells whether a header is an extended header, not an entry. */
export function isExtension({ flag }: ParsedHeader): boolean {
  return extensionFlags.includes(flag);
}

/** The extended headers of the next entry. Combinations that programs read in different ways are refused. */
export class TarExtension {
  #flags = '';
  #records: PaxRecords = {};

  /** The values that replace those of the entry's own header. */
  get records(): PaxRecords {
    return this.#records;
  }

  /** Whether there was an extended header, so that an entry must follow. */
  get isPending(): boolean {
    return this.#flags !== '';
  }

  /**
   * Reads the content of an extended header.
   *
   * @throws InvalidArchiveError if it is damaged, cut off, or conflicts with another
   * @throws TooLargeError if it is larger than 1 MiB
   */
  async add(header: ParsedHeader, source: ByteReader): Promise<void> {
    const records = await readExtension(header, source);
    const { flag } = header;
    if (flag === 'g') {
      // Some programs apply it to all following entries, others ignore it.
      if (Object.keys(records).length > 0) throw damagedTar('a global header sets paths, sizes or link targets');
      return;
    }
    const isTwice = this.#flags.includes(flag) || Object.keys(records).some((key) => key in this.#records);
    if (isTwice) throw damagedTar('an entry has conflicting extended headers');
    this.#flags += flag;
    this.#records = { ...this.#records, ...records };
  }
}

async function readExtension({ flag, size }: ParsedHeader, source: ByteReader): Promise<PaxRecords> {
  if (size > largest) {
    throw new TooLargeError(`The tar archive has an extended header of more than ${largest} bytes`, largest, size);
  }
  const bytes = await source.take(size);
  const missing = await source.skip(size - bytes.length + tarPadding(size));
  if (missing > 0) throw damagedTar('it is cut off in an extended header');
  if (flag === 'L') return { path: untilZero(bytes) };
  if (flag === 'K') return { link: untilZero(bytes) };
  const records = readPaxRecords(bytes);
  if (!records) throw damagedTar('an extended header is malformed');
  return records;
}
