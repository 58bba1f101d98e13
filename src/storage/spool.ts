import { collectBlob } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';

/** The content of a stream, stored for a while. */
export interface Spooled {
  /** All bytes of the stream; they can be read any number of times before `dispose`. */
  content: Blob;
  /** Deletes the content; may be called more than once. It never fails. */
  dispose(): Promise<void>;
}

/**
 * Stores all bytes of a stream where nobody else finds them: the digest and the size of a stream are known at its end, and
 * it is then read again to be stored under them. When the stream fails or the signal is aborted, nothing is kept, and the
 * stream is cancelled.
 *
 * @throws FileError when the content cannot be written
 */
export type Spool = (stream: ReadableStream<Uint8Array>, options?: AbortOptions) => Promise<Spooled>;

/** Keeps the content in memory; a browser may keep it on its disk. */
export const memorySpool: Spool = async (stream, options) => {
  const content = await collectBlob(stream, options?.signal);
  return { content, dispose: async () => {} };
};

/** Runs `work` with a spool, in memory if none is given, whose content is deleted once `work` has ended, however it ends. */
export async function withSpool<T>(spool: Spool | undefined, work: (spool: Spool) => Promise<T>): Promise<T> {
  const all: Spooled[] = [];
  const kept: Spool = async (stream, options) => {
    const spooled = await (spool ?? memorySpool)(stream, options);
    all.push(spooled);
    return spooled;
  };
  try {
    return await work(kept);
  } finally {
    await Promise.all(all.map((spooled) => spooled.dispose()));
  }
}
