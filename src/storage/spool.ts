import { collectBlob } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';

/** Bytes that were put aside. */
export interface Spooled {
  /** All of them; they can be read as often as is needed, until they are given up. */
  content: Blob;
  /** Gives them up, and frees what they need; once or more often. Never fails. */
  dispose(): Promise<void>;
}

/**
 * A place for bytes that have no name yet: a stream must come to its end before its digest and its size are known, and is
 * then read again to be stored under them. Nobody else finds them there.
 */
export interface Spool {
  /**
   * Takes all that a stream gives. When it fails or the signal is aborted, nothing is kept, and the stream is cancelled.
   *
   * @throws FileError when the place does not take it
   */
  write(stream: ReadableStream<Uint8Array>, options?: AbortOptions): Promise<Spooled>;
}

/** Keeps the bytes in memory; a browser may keep them on its disk. */
export const memorySpool: Spool = {
  async write(stream, options) {
    const content = await collectBlob(stream, options?.signal);
    return { content, dispose: async () => {} };
  },
};
