import type { PostedError } from '../../errors/posted-error.ts';
import type { StorageEntry } from '../../storage/storage.ts';

/** The directory to make a tar of. */
export interface TarPlan {
  /** Absolute path of the directory. */
  directory: string;
  /** Path of its entry; begins the paths of all others. */
  name: string;
  /** Path of the directory in its storage with a slash at the end, for errors; empty if it is the whole storage. */
  prefix: string;
  /** Whether entries are left out, or get other modes, as the main thread says. */
  asks: boolean;
}

/** An entry that the main thread is asked about; its path is the one below the directory. */
export interface AskedEntry {
  path: string;
  type: StorageEntry['type'];
}

/** Whether an entry is packed, and the mode of a file if it is not its own. */
export interface EntryChoice {
  isPacked: boolean;
  mode: number | undefined;
}

/** A message to the thread. */
export type TarRequest =
  /** Starts a tar; its blocks are written into these buffers. */
  | { type: 'start'; plan: TarPlan; buffers: readonly SharedArrayBuffer[] }
  /** Asks for the next block, in one of the buffers. */
  | { type: 'fill'; buffer: number }
  /** Answers `choose`. */
  | { type: 'chosen'; choices: EntryChoice[] };

/** A message from the thread. */
export type TarAnswer =
  /** The tar is started. */
  | { type: 'started' }
  /** The block is there. */
  | { type: 'filled'; size: number; isLast: boolean }
  /** Asks about the entries of one directory; the block follows later. */
  | { type: 'choose'; entries: AskedEntry[] }
  /** An entry cannot be packed. */
  | { type: 'failed'; error: PostedError }
  /** The thread failed for an unknown reason. */
  | { type: 'unable' };
