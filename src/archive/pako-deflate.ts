import { Deflate, Z_SYNC_FLUSH } from 'pako';
import { crc32 } from './crc32.ts';
import type { DeflatedBlock } from './deflated-block.ts';
import { storedBlocks, storedSize } from './stored-block.ts';

/** The highest level with which trees of sources and of programs take no longer than `oras push`, on two processors. */
const level = 5;
/** How many pieces of a block are tried, and the bytes of each. */
const sample = { pieces: 16, size: 1024 };
/** Bytes that are compressed at a time: some milliseconds. */
const stepSize = 32 * 1024;

/**
 * Compresses one block of a tar, of at most 1 MiB: the same bytes in every runtime, and of nothing but the block. It is
 * stored as it is when that is no longer, or when 16 pieces of 1 KiB from all over it do not get smaller by a thirty-second.
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
  const tried = sampleOf(bytes);
  const isWorthIt = sizeOf(yield* compress(tried, 1)) < tried.length - tried.length / 32;
  const chunks = isWorthIt ? yield* compress(bytes, level) : [];
  const isSmaller = isWorthIt && sizeOf(chunks) < storedSize(bytes.length);
  const result = isSmaller ? joined(chunks) : storedBlocks(bytes);
  return { bytes: result, crc: crc32(bytes), size: bytes.length };
}

/**
 * What zlib makes of the bytes at this level, ended with an empty stored block. The faster hash that pako has, too, finds
 * less in programs, and looks at a byte behind the end, which may be of what was compressed before.
 */
function* compress(bytes: Uint8Array, level: number): Generator<void, readonly Uint8Array[]> {
  const deflate = new Deflate({ raw: true, level, chunkSize: stepSize, legacyHash: true });
  for (let start = 0; start < bytes.length; start += stepSize) {
    const end = start + stepSize;
    deflate.push(bytes.subarray(start, end), end < bytes.length ? false : Z_SYNC_FLUSH);
    yield;
  }
  return deflate.chunks;
}

/** Pieces from all over the bytes: what a file begins with says little of the files behind it. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const { pieces, size } = sample;
  if (bytes.length <= pieces * size) return bytes;
  const distance = Math.floor(bytes.length / pieces);
  return joined(Array.from({ length: pieces }, (_, i) => bytes.subarray(i * distance, i * distance + size)));
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
