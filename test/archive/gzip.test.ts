import { describe, expect, test } from 'vitest';
import { pause } from '../../src/archive/pause.ts';
import { blockSize, type TarBlock } from '../../src/archive/writing/blocks.ts';
import { type DeflateBlock, deflateHere } from '../../src/archive/writing/deflate.ts';
import { type GzipOptions, gzipOf } from '../../src/archive/writing/gzip.ts';
import type { PackedArchive } from '../../src/archive/writing/packed-archive.ts';
import type { RunningDigest } from '../../src/archive/writing/running-digest.ts';
import { readAll } from '../../src/bytes/streams.ts';
import { createDigester, digestOf } from '../../src/oci/digest.ts';
import { bytesOf, rejection } from '../support/content.ts';
import { countedSignal } from '../support/counted-signal.ts';
import { firstDifference } from '../support/first-difference.ts';
import { inflated } from '../support/inflate.ts';
import { noise } from '../support/noise.ts';

const text = bytesOf('line after line\n'.repeat(blockSize / 16));

/** Blocks of a tar, and what becomes of whoever reads them. */
class Blocks implements AsyncIterable<TarBlock> {
  taken = 0;
  ended = false;
  readonly #blocks: readonly TarBlock[];
  readonly #failure: unknown;

  constructor(blocks: readonly (TarBlock | Uint8Array)[], failure?: unknown) {
    this.#blocks = blocks.map((block) => (block instanceof Uint8Array ? [block] : block));
    this.#failure = failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TarBlock> {
    try {
      for (const block of this.#blocks) {
        this.taken++;
        yield block;
      }
      if (this.#failure) throw this.#failure;
    } finally {
      this.ended = true;
    }
  }
}

const pieces = [text, noise(blockSize, 1), new Uint8Array(blockSize), text.subarray(0, 1234)];

function bytesIn({ stream }: PackedArchive): Promise<Uint8Array<ArrayBuffer>> {
  return readAll(stream, Number.POSITIVE_INFINITY);
}

/** Lets everything that is ready run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await pause();
}

/** A deflate that ends when it is told to, and the blocks that it has. */
function gated(): { deflate: DeflateBlock; waiting: (() => void)[]; signals: AbortSignal[] } {
  const waiting: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const deflate: DeflateBlock = async (block, options) => {
    signals.push(options.signal!);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return deflateHere(block, options);
  };
  return { deflate, waiting, signals };
}

describe('gzip archive', () => {
  test('is one member with an empty header that has the tar in it, and says what both are', async () => {
    const archive = gzipOf(new Blocks(pieces));
    const bytes = await bytesIn(archive);
    const tar = new Uint8Array(await new Blob(pieces).arrayBuffer());
    expect(bytes.subarray(0, 10)).toEqual(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff));
    expect(firstDifference(await inflated(bytes, 'gzip'), tar)).toBeUndefined();
    expect(await archive.described).toEqual({
      digest: digestOf(bytes),
      size: bytes.length,
      tarDigest: digestOf(tar),
      tarSize: tar.length,
    });
  });

  test('of nothing is an empty member', async () => {
    const archive = gzipOf(new Blocks([]));
    const bytes = await bytesIn(archive);
    expect((await inflated(bytes, 'gzip')).length).toBe(0);
    expect(await archive.described).toMatchObject({ size: 20, tarSize: 0 });
  });

  test('that is not to be compressed is the tar', async () => {
    const archive = gzipOf(new Blocks(pieces), { compression: 'none' });
    const tar = new Uint8Array(await new Blob(pieces).arrayBuffer());
    expect(firstDifference(await bytesIn(archive), tar)).toBeUndefined();
    const [digest, size] = [digestOf(tar), tar.length];
    expect(await archive.described).toEqual({ digest, size, tarDigest: digest, tarSize: size });
  });

  test('is the same whoever compresses its blocks, and in whatever order they are done', async () => {
    const backwards: DeflateBlock = async (block, options) => {
      const result = await deflateHere(block, { signal: options.signal });
      for (let turns = result.size < blockSize ? 0 : 50; turns > 0; turns--) await pause();
      return result;
    };
    const expected = await bytesIn(gzipOf(new Blocks(pieces), { concurrency: 1 }));
    for (const concurrency of [2, 3, 10]) {
      const actual = await bytesIn(gzipOf(new Blocks(pieces), { concurrency, deflate: backwards }));
      expect(firstDifference(actual, expected)).toBeUndefined();
    }
  });

  test('may be hashed elsewhere, and waits for it', async () => {
    const seen: number[] = [];
    let running = 0;
    const startDigest = (): RunningDigest => {
      const digester = createDigester();
      const update = async (bytes: Uint8Array): Promise<void> => {
        running++;
        await settled();
        digester.update(bytes);
        running--;
      };
      const digest = async (): Promise<string> => {
        seen.push(running);
        return digester.digest();
      };
      return { update, digest };
    };
    const expected = gzipOf(new Blocks(pieces));
    const archive = gzipOf(new Blocks(pieces), { startDigest });
    await Promise.all([bytesIn(expected), bytesIn(archive)]);
    expect(await archive.described).toEqual(await expected.described);
    expect(seen).toEqual([0, 0]);
  });

  test('is made while it is read: nothing is taken before, and then as many blocks as may be compressed', async () => {
    const blocks = new Blocks(Array.from({ length: 20 }, () => text));
    const reader = gzipOf(blocks, { concurrency: 3 }).stream.getReader();
    await settled();
    expect(blocks.taken).toBe(0);
    await reader.read();
    for (let read = 1; read <= 5; read++) {
      await reader.read();
      await settled();
      // What was read is no longer in memory.
      expect(blocks.taken - read).toBeLessThanOrEqual(3);
    }
    await reader.cancel();
  });

  test('is compressed a number of blocks at a time', async () => {
    const { deflate, waiting } = gated();
    const blocks = new Blocks(pieces);
    const bytes = bytesIn(gzipOf(blocks, { concurrency: 2, deflate }));
    for (const expected of [2, 3, 4, 4]) {
      await expect.poll(() => blocks.taken).toBe(expected);
      await settled();
      expect(blocks.taken).toBe(expected);
      waiting.shift()!();
    }
    expect((await inflated(await bytes, 'gzip')).length).toBe(3 * blockSize + 1234);
  });

  test('is made in the same memory again', async () => {
    const memories = new Set<ArrayBuffer>();
    const deflate: DeflateBlock = async (block, options) => {
      const result = await deflateHere(block, options);
      memories.add(result.raw.buffer);
      return result;
    };
    const blocks = Array.from({ length: 12 }, (_, index) => text.map((letter) => letter ^ index));
    const bytes = await bytesIn(gzipOf(new Blocks(blocks), { concurrency: 2, deflate }));
    expect(memories.size).toBeLessThanOrEqual(3);
    const tar = new Uint8Array(await new Blob(blocks).arrayBuffer());
    expect(firstDifference(await inflated(bytes, 'gzip'), tar)).toBeUndefined();
  });

  test('is the same when memory goes to a worker and comes back as another', async () => {
    const moved = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
      structuredClone(bytes, { transfer: [bytes.buffer] });
    const deflate: DeflateBlock = async (block, { memory, signal }) => {
      const { raw, ...result } = await deflateHere(block, { memory: memory && moved(memory), signal });
      return { ...result, raw: moved(raw) };
    };
    const blocks = [...pieces, ...pieces];
    const bytes = await bytesIn(gzipOf(new Blocks(blocks), { deflate }));
    expect(firstDifference(bytes, await bytesIn(gzipOf(new Blocks(blocks))))).toBeUndefined();
  });

  test.for([0, -1, 1.5])('with a concurrency of %d fails', async (concurrency) => {
    expect(await rejection(bytesIn(gzipOf(new Blocks(pieces), { concurrency })))).toBeInstanceOf(RangeError);
  });
});

describe('gzip archive here', () => {
  test.for(['gzip', 'none'] as const)('lets others have their turn many times (%s)', async (compression) => {
    // Whatever is loaded with the first one is there.
    await bytesIn(gzipOf(new Blocks([text])));
    let turns = 0;
    let isDone = false;
    const others = (async (): Promise<void> => {
      for (; !isDone; turns++) await pause();
    })();
    await bytesIn(gzipOf(new Blocks([text, text]), { compression, concurrency: 1 }));
    isDone = true;
    await others;
    expect(turns).toBeGreaterThan(compression === 'gzip' ? 64 : 14);
  });
});

describe('gzip archive that fails', () => {
  const broken = new Error('broken');

  async function failureOf(archive: PackedArchive): Promise<unknown> {
    const error = await rejection(bytesIn(archive));
    expect(await rejection(archive.described)).toBe(error);
    return error;
  }

  test('does with what the blocks fail with, and takes no more', async () => {
    for (const compression of ['gzip', 'none'] as const) {
      const blocks = new Blocks(pieces, broken);
      expect(await failureOf(gzipOf(blocks, { compression }))).toBe(broken);
      expect(blocks.ended).toBe(true);
    }
  });

  test('does with what compressing a block fails with, and ends the other blocks', async () => {
    const signals: AbortSignal[] = [];
    const deflate: DeflateBlock = (_, { signal }) => {
      signals.push(signal!);
      return signals.length === 1 ? Promise.reject(broken) : new Promise(() => {});
    };
    const blocks = new Blocks(pieces);
    expect(await failureOf(gzipOf(blocks, { deflate, concurrency: 3 }))).toBe(broken);
    expect(blocks).toMatchObject({ taken: 3, ended: true });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  test('does with what hashing fails with', async () => {
    const startDigest = (): RunningDigest => ({ update: () => Promise.reject(broken), digest: () => 'sha256:' });
    expect(await failureOf(gzipOf(new Blocks(pieces), { startDigest }))).toBe(broken);
  });

  test('tells whoever reads only the stream, and nobody else', async () => {
    // A rejection that nobody sees would end the test.
    expect(await rejection(bytesIn(gzipOf(new Blocks([], broken))))).toBe(broken);
    await settled();
  });
});

describe('gzip archive that is aborted', () => {
  const reason = new Error('enough');

  function aborting(options: GzipOptions = {}): { archive: PackedArchive; blocks: Blocks; signals: AbortSignal[] } {
    const { deflate, signals } = gated();
    const blocks = new Blocks(pieces);
    return { archive: gzipOf(blocks, { deflate, ...options }), blocks, signals };
  }

  test('fails with the reason while blocks are compressed, and takes no more', async () => {
    const { controller, signal, now } = countedSignal();
    const { archive, blocks, signals } = aborting({ signal });
    const bytes = bytesIn(archive);
    await expect.poll(() => blocks.taken).toBe(2);
    controller.abort(reason);
    expect(await rejection(bytes)).toBe(reason);
    expect(await rejection(archive.described)).toBe(reason);
    await expect.poll(() => blocks.ended).toBe(true);
    expect(blocks.taken).toBe(2);
    expect(signals.map((it) => it.aborted)).toEqual([true, true]);
    expect(now()).toBe(0);
  });

  test('fails with the reason while a block is waited for that never comes', async () => {
    const controller = new AbortController();
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const archive = gzipOf(never, { signal: controller.signal });
    const bytes = bytesIn(archive);
    await settled();
    controller.abort(reason);
    expect(await rejection(bytes)).toBe(reason);
    expect(await rejection(archive.described)).toBe(reason);
  });

  test('takes nothing when it was before', async () => {
    const { archive, blocks } = aborting({ signal: AbortSignal.abort(reason) });
    expect(await rejection(bytesIn(archive))).toBe(reason);
    expect(await rejection(archive.described)).toBe(reason);
    expect(blocks.taken).toBe(0);
  });

  test('ends between two steps of a block that is compressed here', async () => {
    const controller = new AbortController();
    const archive = gzipOf(new Blocks([text]), { signal: controller.signal });
    const bytes = bytesIn(archive);
    await settled();
    controller.abort(reason);
    expect(await rejection(bytes)).toBe(reason);
  });

  test('ends when the stream is cancelled', async () => {
    const { controller, signal, now } = countedSignal();
    const { archive, blocks, signals } = aborting({ signal });
    const reader = archive.stream.getReader();
    await reader.read();
    const next = reader.read();
    await expect.poll(() => blocks.taken).toBe(2);
    await reader.cancel(reason);
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await rejection(archive.described)).toBe(reason);
    expect(blocks).toMatchObject({ taken: 2, ended: true });
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(now()).toBe(0);
    expect(controller.signal.aborted).toBe(false);
  });

  test('leaves no listener when it is complete', async () => {
    const { signal, now } = countedSignal();
    await bytesIn(gzipOf(new Blocks(pieces), { signal }));
    expect(now()).toBe(0);
  });
});
