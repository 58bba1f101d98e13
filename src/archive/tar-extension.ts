import { TooLargeError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { type PaxRecords, readPaxRecords } from './pax-records.ts';
import { paddingOf, type TarBlock, untilZero } from './tar-block.ts';
import { damagedTar } from './tar-errors.ts';

/** Flags of headers that say something of the entry behind them, or of all: of PAX, and long names of GNU tar. */
const extensionFlags = 'xgLK';
/** Bytes of one of them; extended attributes of files are in there. */
const largest = 1024 * 1024;

/** Tells whether a header is not of an entry, but says more of another. */
export function isExtension({ flag }: TarBlock): boolean {
  return extensionFlags.includes(flag);
}

/** What was said of the next entry by headers before its own. Where programs would not agree what counts, it is refused. */
export class TarExtension {
  #flags = '';
  #said: PaxRecords = {};

  /** All of it. */
  get said(): PaxRecords {
    return this.#said;
  }

  /** Whether an entry must follow. */
  get isPending(): boolean {
    return this.#flags !== '';
  }

  /**
   * Takes one more header, and reads its content.
   *
   * @throws InvalidArchiveError when it is damaged, cut off, or one too many
   * @throws TooLargeError when it has more than 1 MiB
   */
  async add(header: TarBlock, source: ByteReader): Promise<void> {
    const said = await readExtension(header, source);
    const { flag } = header;
    if (flag === 'g') {
      // Some programs apply it to all entries that follow, and some to none.
      if (Object.keys(said).length > 0) throw damagedTar('a global header changes what all entries are');
      return;
    }
    const isTwice = this.#flags.includes(flag) || Object.keys(said).some((key) => key in this.#said);
    if (isTwice) throw damagedTar('two headers are for the same entry');
    this.#flags += flag;
    this.#said = { ...this.#said, ...said };
  }
}

async function readExtension({ flag, size }: TarBlock, source: ByteReader): Promise<PaxRecords> {
  if (size > largest) {
    throw new TooLargeError(`The tar archive has a header of more than ${largest} bytes`, largest, size);
  }
  const bytes = await source.take(size);
  const missing = await source.skip(size - bytes.length + paddingOf(size));
  if (missing > 0) throw damagedTar('it is cut off in a header');
  if (flag === 'L') return { path: untilZero(bytes) };
  if (flag === 'K') return { link: untilZero(bytes) };
  const records = readPaxRecords(bytes);
  if (!records) throw damagedTar('an extended header is damaged');
  return records;
}
