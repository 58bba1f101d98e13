import { collectBlob } from '../bytes/streams.ts';
import type { AbortOptions } from '../options.ts';

/** Spooled bytes. */
export interface Spooled {
  /** The bytes; they can be read any number of times until `dispose`. */
  content: Blob;
  /** Deletes the bytes and frees their space. May be called more than once. Never rejects. */
  dispose(): Promise<void>;
}

/**
 * Temporary storage for a stream. Its digest and size are known only at its end; the bytes are then read again, to
 * store them under their digest. Spooled bytes are private to their owner.
 */
export interface Spool {
  /**
   * Spools a whole stream. When it fails or the signal is aborted, nothing is kept, and the stream is cancelled.
   *
   * @throws FileError when the bytes cannot be written
   */
  write(stream: ReadableStream<Uint8Array>, options?: AbortOptions): Promise<Spooled>;
}

/** Spools to a Blob: in memory, or in a browser possibly on disk. */
export const memorySpool: Spool = {
  async write(stream, options) {
    const content = await collectBlob(stream, options?.signal);
    return { content, dispose: async () => {} };
  },
};
