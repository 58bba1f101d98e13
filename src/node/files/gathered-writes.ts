import type { FileHandle } from 'node:fs/promises';
import { type Content, readChunks, streamOf } from '../../bytes/streams.ts';
import type { AbortOptions } from '../../options.ts';

/** Bytes of one write, unless a single chunk has more. */
const enoughBytes = 1024 * 1024;
/** Chunks of one write: there is no end to how small they are, nor to the memory of which each may be a small part. */
const enoughChunks = 64;

/**
 * Writes chunks to a file one after the other, many at once, as each write costs the same however small it is. One write
 * is under way while those after it are gathered.
 */
export class GatheredWrites {
  readonly #handle: FileHandle;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;

  /** Writes to the file from where it is; nobody else may write to it meanwhile. */
  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Takes a chunk, which must not be changed any more. Fails when an earlier one could not be written. */
  add(chunk: Uint8Array): Promise<void> | undefined {
    if (chunk.byteLength === 0) return undefined;
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    return this.#bytes >= enoughBytes || this.#chunks.length >= enoughChunks ? this.#next() : undefined;
  }

  /** Writes the rest. */
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
    // The failure is for who comes next, and may be nobody: the source may fail before.
    this.#writing.catch(() => {});
  }
}

/** Options of {@link writeContent}. */
export interface WriteOptions extends AbortOptions {
  /** Takes what writing fails with, but not what reading the content does. */
  failed: (error: unknown) => never;
  /** Brings the file to the disk, so that a loss of power leaves it whole. Default true. */
  flush?: boolean | undefined;
}

/** Writes content to a file that was just opened, and closes it. */
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
  // Waits for a write that is under way; a network's file system may only now say that it has no space.
  await handle.close().catch(failed);
}

/** A write may write less than all of it. */
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
