import type { FileHandle } from 'node:fs/promises';
import { type Content, readChunks, streamOf } from '../../bytes/streams.ts';
import type { AbortOptions } from '../../options.ts';

/** Size of one write in bytes, unless a single chunk is larger. */
const enoughBytes = 1024 * 1024;
/** Most chunks of one write: chunks can be tiny slices of large buffers, so their number is limited too. */
const enoughChunks = 64;

/**
 * Writes chunks to a file in order, many with one call, as each call has a fixed cost. During a write, the next chunks
 * are collected.
 */
export class GatheredWrites {
  readonly #handle: FileHandle;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;

  /** Writes to the file from its current position; nothing else may write to it meanwhile. */
  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Adds a chunk, which must not be changed any more. Rejects when an earlier write failed. */
  add(chunk: Uint8Array): Promise<void> | undefined {
    if (chunk.byteLength === 0) return undefined;
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    return this.#bytes >= enoughBytes || this.#chunks.length >= enoughChunks ? this.#next() : undefined;
  }

  /** Writes the remaining chunks. */
  async end(): Promise<void> {
    await this.#next();
    await this.#writing;
  }

  async #next(): Promise<void> {
    await this.#writing;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    this.#writing = writeAll(this.#handle, chunks);
    // The error is reported by the next call; there may be none, if the source fails first.
    this.#writing.catch(() => {});
  }
}

/** Options of {@link writeContent}. */
export interface WriteOptions extends AbortOptions {
  /** Maps errors of writing, but not those of reading the content. */
  failed: (error: unknown) => never;
  /** Flushes the file to disk, so that it survives a power loss. Default true. */
  flush?: boolean | undefined;
}

/** Writes content to a newly opened file, and closes it. */
export async function writeContent(
  handle: FileHandle,
  content: Content,
  { failed, flush = true, signal }: WriteOptions,
): Promise<void> {
  try {
    const writes = new GatheredWrites(handle);
    await readChunks(streamOf(content), (chunk) => writes.add(chunk)?.catch(failed), signal);
    await writes.end().catch(failed);
    if (flush) await handle.sync().catch(failed);
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
  // Waits for a pending write; a network file system may report only here that it has no space.
  await handle.close().catch(failed);
}

/** One call may write only a part. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  for (let rest = chunks; rest.length > 0; ) {
    const { bytesWritten } = await handle.writev(rest as Uint8Array[]);
    rest = without(rest, bytesWritten);
  }
}

function without(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  const first = chunks.findIndex((chunk) => {
    if (chunk.byteLength > left) return true;
    left -= chunk.byteLength;
    return false;
  });
  return first < 0 ? [] : [(chunks[first] as Uint8Array).subarray(left), ...chunks.slice(first + 1)];
}
