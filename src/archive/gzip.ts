import { LinkedAbort } from '../aborts.ts';
import { streamFrom } from '../bytes/streams.ts';
import { createDigester } from '../oci/digest.ts';
import type { AbortOptions } from '../options.ts';
import type { Digest } from '../types.ts';
import { bytesOfBlock, type TarBlock } from './blocks.ts';
import { combineCrc32 } from './crc32.ts';
import { type DeflateBlock, deflateHere } from './deflate.ts';
import { inOrder } from './in-order.ts';
import { pause } from './pause.ts';

/** How a tar is compressed: not at all, or with gzip. */
export type ArchiveCompression = 'gzip' | 'none';

/** A sha256 that is computed here, or elsewhere. */
export interface RunningDigest {
  /** Takes the next bytes; whoever waits for it does not hurry ahead. */
  update(bytes: Uint8Array): void | Promise<void>;
  /** Ends the computation and gives the digest. */
  digest(): Digest | Promise<Digest>;
}

/** Options of {@link gzipOf}. */
export interface GzipOptions extends AbortOptions {
  /** Default: `gzip`. */
  compression?: ArchiveCompression | undefined;
  /** Reads and compresses the blocks. Default: here, a few milliseconds at a time. */
  deflate?: DeflateBlock | undefined;
  /** How many blocks are read and compressed at a time, and so how many are in memory. Default 2. */
  concurrency?: number | undefined;
  /** Starts a sha256, one of the tar and one of what it becomes. Default: here, a few milliseconds at a time. */
  startDigest?: (() => RunningDigest) | undefined;
}

/** What an archive turned out to be. */
export interface ArchiveDescription {
  /** Its sha256 digest, as it is stored. */
  digest: Digest;
  /** Its bytes. */
  size: number;
  /** Digest of the tar in it, before it was compressed. */
  tarDigest: Digest;
  /** Bytes of the tar. */
  tarSize: number;
}

/** An archive that is made while it is read. */
export interface PackedArchive {
  /** Its bytes. Nothing is read of any file before somebody reads these. */
  stream: ReadableStream<Uint8Array>;
  /** What it was; resolves just before the stream ends, and rejects with what the stream fails or is cancelled with. */
  described: Promise<ArchiveDescription>;
}

/** One member with nothing in its header but what must be there; the system that made it is unknown (RFC 1952, 2.3). */
const gzipHeader = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/** An empty last block of deflate. */
const deflateEnd = [3, 0];
/** Bytes hashed at a time. */
const hashPiece = 256 * 1024;

/**
 * Makes an archive of the blocks of a tar: one gzip member of blocks that were compressed each for itself, by the recipe of
 * docs/archives.md. The bytes are the same in every runtime, whoever compresses them and however many at a time. When the
 * signal is aborted, nothing more is read, and the stream fails with its reason.
 *
 * @throws RangeError in the stream when the concurrency is not a whole number from 1
 */
export function gzipOf(blocks: AsyncIterable<TarBlock>, options: GzipOptions = {}): PackedArchive {
  const stop = new LinkedAbort(options.signal);
  let settle = { resolve: (_: ArchiveDescription): void => {}, reject: (_: unknown): void => {} };
  const described = new Promise<ArchiveDescription>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever reads only the stream learns it there.
  described.catch(() => {});
  const chunks = pack(blocks, { ...options, signal: stop.signal }, settle.resolve);
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const { done, value } = await chunks.next();
      if (done) stop.release();
      return value ?? undefined;
    } catch (error) {
      stop.release();
      settle.reject(error);
      throw error;
    }
  };
  const cancel = async (reason: unknown): Promise<void> => {
    settle.reject(reason);
    stop.abort(reason);
    stop.release();
    await chunks.return();
  };
  return { stream: streamFrom({ next, cancel }, options.signal), described };
}

async function* pack(
  blocks: AsyncIterable<TarBlock>,
  options: GzipOptions & { signal: AbortSignal },
  done: (description: ArchiveDescription) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const { compression = 'gzip', concurrency = 2, startDigest = digestHere, deflate = deflateHere, signal } = options;
  const tar = new Counted(startDigest);
  if (compression === 'none') {
    for await (const bytes of inOrder(blocks, concurrency, signal, (block, own) =>
      bytesOfBlock(block, { signal: own }),
    )) {
      await tar.update(bytes);
      yield bytes;
    }
    const { digest, size } = await tar.end();
    return done({ digest, size, tarDigest: digest, tarSize: size });
  }
  const archive = new Counted(startDigest);
  const write = async (bytes: Uint8Array): Promise<Uint8Array> => {
    await archive.update(bytes);
    return bytes;
  };
  let checksum = 0;
  yield await write(Uint8Array.from(gzipHeader));
  for await (const block of inOrder(blocks, concurrency, signal, (block, own) => deflate(block, { signal: own }))) {
    checksum = combineCrc32(checksum, block.crc, block.size);
    await tar.update(block.raw);
    yield await write(block.bytes);
  }
  yield await write(gzipTrailer(checksum, tar.size));
  const [outer, inner] = [await archive.end(), await tar.end()];
  done({ ...outer, tarDigest: inner.digest, tarSize: inner.size });
}

/** The end of the data, its checksum, and its size modulo 2^32. */
function gzipTrailer(checksum: number, size: number): Uint8Array {
  const trailer = new Uint8Array(deflateEnd.length + 8);
  trailer.set(deflateEnd);
  const view = new DataView(trailer.buffer, deflateEnd.length);
  view.setUint32(0, checksum, true);
  view.setUint32(4, size % 2 ** 32, true);
  return trailer;
}

/** Bytes that are hashed and counted. */
class Counted {
  /** How many they were so far. */
  size = 0;
  readonly #running: RunningDigest;

  constructor(start: () => RunningDigest) {
    this.#running = start();
  }

  async update(bytes: Uint8Array): Promise<void> {
    this.size += bytes.byteLength;
    await this.#running.update(bytes);
  }

  async end(): Promise<{ digest: Digest; size: number }> {
    return { digest: await this.#running.digest(), size: this.size };
  }
}

function digestHere(): RunningDigest {
  const digester = createDigester();
  const update = async (bytes: Uint8Array): Promise<void> => {
    for (let start = 0; start < bytes.length; start += hashPiece) {
      if (start > 0) await pause();
      digester.update(bytes.subarray(start, start + hashPiece));
    }
  };
  return { update, digest: digester.digest };
}
