import { Deflate, Z_SYNC_FLUSH } from 'pako';
import { crc32 } from './crc32.ts';
import type { DeflatedBlock } from './deflated-block.ts';
import { storedBlocks } from './stored-block.ts';

/** Highest level with which trees of sources and of programs take no longer than `oras push` does. */
const level = 6;
/** Bytes at the start of a block that tell whether compressing it is worth it. */
const sampleSize = 16 * 1024;
/** Bytes that are compressed at a time: a few milliseconds. */
const pieceSize = 64 * 1024;

/**
 * Compresses one block of a tar, of at most 1 MiB: the same bytes in every runtime, and of nothing but the block. It is
 * stored as it is when that is shorter, or when its first 16 KiB do not even get smaller by a thirty-second.
 */
export function deflateBlock(bytes: Uint8Array): DeflatedBlock {
  const steps = deflateSteps(bytes);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in steps of some milliseconds each: for whoever has something else to do in between. */
export function* deflateSteps(bytes: Uint8Array): Generator<void, DeflatedBlock> {
  const size = bytes.length;
  const sample = bytes.subarray(0, sampleSize);
  const isWorthIt = sizeOf(yield* compress(sample, 1)) < sample.length - sample.length / 32;
  const chunks = isWorthIt ? yield* compress(bytes, level) : [];
  let crc = 0;
  for (let start = 0; start < size; start += pieceSize) crc = crc32(bytes.subarray(start, start + pieceSize), crc);
  yield;
  const stored = storedBlocks(bytes);
  const deflated = isWorthIt && sizeOf(chunks) < stored.length ? joined(chunks) : stored;
  return { bytes: deflated, crc, size };
}

/**
 * With the hash that zlib itself has: the other one of pako looks at a byte behind the end of the data, which may be of data
 * that was there before.
 */
function* compress(bytes: Uint8Array, level: number): Generator<void, readonly Uint8Array[]> {
  const deflate = new Deflate({ raw: true, level, chunkSize: pieceSize, legacyHash: true });
  for (let start = 0; start < bytes.length; start += pieceSize) {
    const end = start + pieceSize;
    deflate.push(bytes.subarray(start, end), end < bytes.length ? false : Z_SYNC_FLUSH);
    yield;
  }
  return deflate.chunks;
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((size, chunk) => size + chunk.length, 0);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(sizeOf(chunks));
  let offset = 0;
  for (const chunk of chunks) {
    result.set(chunk, offset);
    offset += chunk.length;
  }
  return result;
}
