import { inOrder } from '../../concurrency.ts';
import type { AbortOptions } from '../../options.ts';
import { bytesOfBlock, type TarBlock } from './blocks.ts';
import { combineCrc32 } from './combine-crc32.ts';
import { type DeflateBlock, deflateHere, type PackedBlock } from './deflate.ts';
import { type ArchiveDescription, type PackedArchive, packedArchive } from './packed-archive.ts';
import { CountedDigest, digestHere, type RunningDigest } from './running-digest.ts';

/** How a tar is compressed: not at all, or with gzip. */
export type ArchiveCompression = 'gzip' | 'none';

/** Options of {@link gzipOf}. */
export interface GzipOptions extends AbortOptions {
  /** Default: `gzip`. */
  compression?: ArchiveCompression | undefined;
  /** Reads and compresses the blocks. Default: here, some milliseconds at a time. */
  deflate?: DeflateBlock | undefined;
  /** How many blocks are read and compressed at a time, and so how many are in memory. Default 2. */
  concurrency?: number | undefined;
  /** Starts a sha256, one of the tar and one of what it becomes. Default: here, some milliseconds at a time. */
  startDigest?: (() => RunningDigest) | undefined;
}

/** One member with nothing in its header but what must be there; the system that made it is unknown (RFC 1952, 2.3). */
const gzipHeader = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/** An empty last block of deflate. */
const deflateEnd = [3, 0];

/**
 * Makes an archive of the blocks of a tar: one gzip member of blocks that were compressed each for itself, by the recipe of
 * docs/archives.md. The bytes are the same in every runtime, whoever compresses them and however many at a time. When the
 * signal is aborted, nothing more is read, and the stream fails with its reason.
 *
 * @throws RangeError in the stream when the concurrency is not a whole number from 1
 */
export function gzipOf(blocks: AsyncIterable<TarBlock>, options: GzipOptions = {}): PackedArchive {
  const make = options.compression === 'none' ? plain : compressed;
  return packedArchive((signal) => make(blocks, { ...options, signal }), options.signal);
}

async function* plain(
  blocks: AsyncIterable<TarBlock>,
  { concurrency = 2, startDigest = digestHere, signal }: GzipOptions,
): AsyncGenerator<Uint8Array, ArchiveDescription, void> {
  const tar = new CountedDigest(startDigest);
  const read = (block: TarBlock, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> =>
    bytesOfBlock(block, { signal });
  try {
    for await (const bytes of inOrder(blocks, concurrency, signal, read)) {
      await tar.update(bytes);
      yield bytes;
    }
    const { digest, size } = await tar.end();
    return { digest, size, tarDigest: digest, tarSize: size };
  } finally {
    tar.abandon();
  }
}

async function* compressed(
  blocks: AsyncIterable<TarBlock>,
  { concurrency = 2, startDigest = digestHere, deflate = deflateHere, signal }: GzipOptions,
): AsyncGenerator<Uint8Array, ArchiveDescription, void> {
  const [tar, archive] = [new CountedDigest(startDigest), new CountedDigest(startDigest)];
  const seen = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    await archive.update(bytes);
    return bytes;
  };
  // Memory is used again: what garbage collection is left with adds up to hundreds of megabytes before it takes place.
  const free: Uint8Array<ArrayBuffer>[] = [];
  const work = (block: TarBlock, signal: AbortSignal): Promise<PackedBlock> =>
    deflate(block, { signal, memory: free.pop() });
  let checksum = 0;
  try {
    yield await seen(Uint8Array.from(gzipHeader));
    for await (const { bytes, crc, size, raw } of inOrder(blocks, concurrency, signal, work)) {
      checksum = combineCrc32(checksum, crc, size);
      await tar.update(raw);
      free.push(new Uint8Array(raw.buffer));
      yield await seen(bytes);
    }
    yield await seen(gzipTrailer(checksum, tar.size));
    const [{ digest, size }, { digest: tarDigest, size: tarSize }] = [await archive.end(), await tar.end()];
    return { digest, size, tarDigest, tarSize };
  } finally {
    for (const digest of [tar, archive]) digest.abandon();
  }
}

/** The end of the data, its checksum, and its size modulo 2^32. */
function gzipTrailer(checksum: number, size: number): Uint8Array<ArrayBuffer> {
  const trailer = new Uint8Array(deflateEnd.length + 8);
  trailer.set(deflateEnd);
  const view = new DataView(trailer.buffer, deflateEnd.length);
  view.setUint32(0, checksum, true);
  view.setUint32(4, size % 2 ** 32, true);
  return trailer;
}
