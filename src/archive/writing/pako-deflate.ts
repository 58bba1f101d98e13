import {
  Z_DEFAULT_STRATEGY,
  Z_NO_FLUSH,
  Z_SYNC_FLUSH,
  ZStream,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateReset,
} from 'pako';
import { crc32 } from '../crc32.ts';
import type { DeflatedBlock } from './deflated-block.ts';
import { storedSize, writeStored } from './stored-block.ts';

/** The highest level with which trees of sources and of programs take no longer than `oras push`, on two processors. */
const level = 5;
/** How many pieces of a block are tried, the bytes of each, and the level. */
const sample = { pieces: 16, size: 1024, level: 1 };
/** Bytes that are compressed at a time: some milliseconds. */
const stepSize = 32 * 1024;

/** What one block after the other is compressed with: made anew for each block, it would leave 2 MiB of garbage. */
interface Encoder {
  sample: ZStream;
  block: ZStream;
  output: Uint8Array<ArrayBuffer>;
}

const idle: Encoder[] = [];

/**
 * Compresses one block of a tar, of at most 1 MiB: the same bytes in every runtime, and of nothing but the block. It is
 * stored as it is when that is no longer, or when 16 pieces of 1 KiB from all over it do not get smaller by a thirty-second.
 * With `output`, of at least `storedSize` bytes, the result is a part of it, and else in memory of its own.
 */
export function deflateBlock(bytes: Uint8Array, output?: Uint8Array): DeflatedBlock {
  const steps = deflateSteps(bytes, output);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in steps of some milliseconds each: for whoever has something else to do in between. */
export function* deflateSteps(bytes: Uint8Array, output?: Uint8Array): Generator<void, DeflatedBlock> {
  const encoder = idle.pop() ?? newEncoder();
  const most = storedSize(bytes.length);
  if (!output && encoder.output.length < most) encoder.output = new Uint8Array(most);
  const written = (output ?? encoder.output).subarray(0, most) as Uint8Array<ArrayBuffer>;
  const tried = sampleOf(bytes);
  const worthIt = written.subarray(0, Math.ceil(tried.length - tried.length / 32));
  const isWorthIt = (yield* compress(encoder.sample, tried, worthIt)) !== undefined;
  const size = isWorthIt ? yield* compress(encoder.block, bytes, written) : undefined;
  if (size === undefined) writeStored(bytes, written);
  const result = written.subarray(0, size ?? most);
  const deflated = { bytes: output ? result : result.slice(), crc: crc32(bytes), size: bytes.length };
  idle.push(encoder);
  return deflated;
}

/**
 * Writes what zlib makes of the bytes, ended with an empty stored block, and gives its size; undefined, and nothing in
 * full, unless that leaves room in the output.
 */
function* compress(
  stream: ZStream,
  bytes: Uint8Array,
  output: Uint8Array<ArrayBuffer>,
): Generator<void, number | undefined> {
  zlibDeflateReset(stream);
  Object.assign(stream, { input: bytes, output, next_out: 0, avail_out: output.length });
  for (let start = 0; start < bytes.length; start += stepSize) {
    const end = Math.min(start + stepSize, bytes.length);
    stream.next_in = start;
    stream.avail_in = end - start;
    zlibDeflate(stream, end < bytes.length ? Z_NO_FLUSH : Z_SYNC_FLUSH);
    if (stream.avail_out === 0) return undefined;
    yield;
  }
  return stream.next_out;
}

function newEncoder(): Encoder {
  return { sample: streamOf(sample.level), block: streamOf(level), output: new Uint8Array() };
}

/**
 * A stream of raw deflate with zlib's own window and hash. The faster hash that pako has, too, finds less in programs, and
 * looks at a byte behind the end, which may be of what was compressed before.
 */
function streamOf(level: number): ZStream {
  const stream = new ZStream();
  zlibDeflateInit2(stream, level, 8, -15, 8, Z_DEFAULT_STRATEGY, true);
  return stream;
}

/** Pieces from all over the bytes: what a file begins with says little of the files behind it. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const { pieces, size } = sample;
  if (bytes.length <= pieces * size) return bytes;
  const distance = Math.floor(bytes.length / pieces);
  const result = new Uint8Array(pieces * size);
  for (let i = 0; i < pieces; i++) result.set(bytes.subarray(i * distance, i * distance + size), i * size);
  return result;
}
