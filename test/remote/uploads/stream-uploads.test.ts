import { NetworkError, OciLayout, RegistryError } from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { endlessStream, rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';
import { count, isPatch, isPut, kib } from '../../support/upload-checks.ts';
import { described, host, recorder, type UploadRegistry, uploadRegistry } from '../../support/upload-registry.ts';

const bytes = noise(300 * kib, 41);
const reference = `${host}/org/files:v1`;
const reason = new Error('enough');

/** A stream of the bytes in pieces. */
function streamOf(content: Uint8Array, piece = 10_000): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset === content.length) return controller.close();
      controller.enqueue(content.slice(offset, offset + piece));
      offset = Math.min(offset + piece, content.length);
    },
  });
}

async function pushStream(it: UploadRegistry, content: Uint8Array, chunkSize?: number, piece?: number): Promise<void> {
  const { types, onProgress } = recorder();
  const files = [{ name: 'stream.bin', content: streamOf(content, piece) }];
  const { manifest } = await it.registry.push(reference, files, { chunkSize, onProgress });
  const expected = described(content);
  expect(manifest.layers[0]).toMatchObject({ digest: expected.digest, size: expected.size });
  expect(await it.storedDigest(expected)).toBe(expected.digest);
  expect(await it.leftovers()).toEqual([]);
  expect(types().filter((type) => type === 'done').length).toBeGreaterThan(0);
}

describe('streams: of any size', () => {
  test.for([0, 1, 100 * kib - 1, 100 * kib])('%i bytes, which are one chunk: one request', async (size) => {
    const it = uploadRegistry();
    await pushStream(it, bytes.subarray(0, size), 100 * kib);
    expect(count(it, 'PATCH')).toBe(0);
  });

  test.for<[number, number]>([
    [100 * kib + 1, 2],
    [200 * kib, 2],
    [300 * kib - 1, 3],
    [300 * kib, 3],
  ])('%i bytes are %i chunks, each but the last of the whole size', async ([size, chunks]) => {
    const it = uploadRegistry();
    await pushStream(it, bytes.subarray(0, size), 100 * kib);
    const expected = Array.from(
      { length: chunks },
      (_, i) => `PATCH ${i * 102_400}-${Math.min((i + 1) * 102_400, size) - 1}`,
    );
    expect(it.log.filter((line) => line.startsWith('PATCH'))).toEqual(expected);
    expect(it.sent() - size).toBeLessThan(10);
  });

  test.for<[number, number]>([
    [1, 7],
    [7, 1],
    [997, 10_000],
    [4096, 4096],
    [65_537, 300_000],
    [10_000, 9999],
  ])('chunks of %i and pieces of %i', async ([chunkSize, piece]) => {
    const size = Math.min(bytes.length, chunkSize * 40 + 3);
    await pushStream(uploadRegistry(), bytes.subarray(0, size), chunkSize, piece);
  });

  test('nothing said of chunks: a large one', async () => {
    const it = uploadRegistry();
    await pushStream(it, bytes);
    expect(count(it, 'PATCH')).toBe(0);
  });

  test.for([0, -1, 1.5, Number.NaN])('chunks of %s are a RangeError, and the stream is not read', async (chunkSize) => {
    const { stream, given } = endlessStream();
    const before = given();
    const it = uploadRegistry();
    const files = [{ name: 'stream.bin', content: stream }];
    expect(await rejection(it.registry.push(reference, files, { chunkSize }))).toBeInstanceOf(RangeError);
    expect(it.log).toEqual([]);
    expect(given() - before).toBeLessThan(1_000_000);
  });

  test('to a layout, which takes it as it takes all else', async () => {
    const it = uploadRegistry();
    const layout = new OciLayout(it.storage);
    const expected = described(bytes);
    await layout.push(expected, streamOf(bytes));
    expect(await layout.exists(expected)).toBe(true);
  });
});

describe('streams: what registries want', () => {
  test('OCI-Chunk-Min-Length of more than can be kept in memory is an error', async () => {
    const it = uploadRegistry([faults.minChunk(2 ** 40)]);
    const pending = await it.repository.begin(streamOf(bytes), { chunkSize: 100 * kib });
    expect(String(await rejection(pending.commit(described(bytes))))).toContain('too many to keep');
    expect(await it.leftovers()).toEqual([]);
  });

  test('OCI-Chunk-Min-Length above the chunk size, and whatever the pieces are', async () => {
    for (const piece of [10_000, 130_000]) {
      const it = uploadRegistry([faults.minChunk(120 * kib)]);
      await pushStream(it, bytes, 50 * kib, piece);
      expect(it.log.filter((line) => line.startsWith('PATCH'))).toEqual([
        'PATCH 0-122879',
        'PATCH 122880-245759',
        'PATCH 245760-307199',
      ]);
    }
  });

  test('a largest chunk below the chunk size (413)', async () => {
    const it = uploadRegistry([faults.maxChunk(70 * kib)]);
    await pushStream(it, bytes, 150 * kib);
    expect(count(it, 'POST')).toBe(2);
  });

  test('the newest Location', async () => {
    await pushStream(uploadRegistry([faults.newLocations()]), bytes, 100 * kib);
  });

  test.for([404, 405, 501])(
    'one that takes no chunks (%i): an error that says so, and nothing is left',
    async (status) => {
      const it = uploadRegistry([faults.refuse(status, { match: isPatch })]);
      const pushing = pushStream(it, bytes, 100 * kib);
      const error = await rejection(pushing);
      expect(error).toBeInstanceOf(RegistryError);
      expect(error).toMatchObject({ status, method: 'PATCH', message: expect.stringMatching(/a stream in chunks/) });
      expect(await it.leftovers()).toEqual([]);
    },
  );

  test('one that lost what it had said it had: an error, as a stream cannot be read again', async () => {
    const it = uploadRegistry([losing]);
    const error = await rejection(pushStream(it, bytes, 100 * kib));
    expect(error).toMatchObject({ code: 'REGISTRY', message: expect.stringContaining('cannot be read again') });
    expect(await it.leftovers()).toEqual([]);
  });

  test('one that forgets the session: an error, and nothing is left', async () => {
    const it = uploadRegistry([faults.expireUpload({ match: isSecond })]);
    const error = await rejection(pushStream(it, bytes, 100 * kib));
    expect(error).toMatchObject({ status: 404, errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }] });
    expect(await it.leftovers()).toEqual([]);
  });
});

const isSecond = ({ headers }: Request): boolean => headers.get('content-range')?.startsWith('102400-') === true;

/** Refuses the second chunk, as nothing of the first is there any more. */
const losing: Fault = async (request, next) => {
  const response = await next(request);
  if (isPatch(request) && isSecond(request)) return new Response(null, { status: 416 });
  if (request.method === 'GET' && request.url.includes('/uploads/')) response.headers.set('range', '0-9');
  return response;
};

describe('streams: connections that break', () => {
  test.for([false, true])('in a chunk: it goes on (kept: %s)', async (kept) => {
    const it = uploadRegistry([faults.cutUpload(60 * kib, { match: isPatch, times: 3, kept })]);
    await pushStream(it, bytes, 100 * kib);
  });

  test('more often than it is tried again, but with progress each time', async () => {
    const it = uploadRegistry([faults.cutUpload(20 * kib, { match: isPatch, kept: true })], {
      client: { retry: { limit: 1, delay: () => 0 } },
    });
    await pushStream(it, bytes, 100 * kib);
    expect(count(it, 'PATCH')).toBeGreaterThan(12);
  });

  test('without progress: a network error, and nothing is left', async () => {
    const it = uploadRegistry([faults.cutUpload(20 * kib, { match: isPatch })]);
    expect(await rejection(pushStream(it, bytes, 100 * kib))).toBeInstanceOf(NetworkError);
    expect(count(it, 'PATCH')).toBe(5);
    expect(await it.leftovers()).toEqual([]);
  });

  test('when it was stored, but the answer was lost', async () => {
    await pushStream(uploadRegistry([faults.loseAnswer({ match: isPut, times: 1 })]), bytes, 100 * kib);
    await pushStream(uploadRegistry([faults.loseAnswer({ match: isPatch, times: 3 })]), bytes, 100 * kib);
  });
});

describe('streams: that do not end well', () => {
  /** Two chunks, and then what `end` does. */
  function twoChunks(
    end: (controller: ReadableStreamDefaultController) => void | Promise<void>,
  ): ReadableStream<Uint8Array> {
    let pieces = 0;
    return new ReadableStream({
      pull: (controller) => (++pieces <= 3 ? controller.enqueue(bytes.slice(0, 100 * kib)) : end(controller)),
    });
  }

  test('one that fails: its own error, and nothing is left', async () => {
    const it = uploadRegistry();
    const content = twoChunks((controller) => controller.error(reason));
    const pushing = it.registry.push(reference, [{ name: 'a', content }], { chunkSize: 100 * kib });
    expect(await rejection(pushing)).toBe(reason);
    expect(count(it, 'PATCH')).toBeGreaterThan(0);
    expect(await it.leftovers()).toEqual([]);
  });

  test('one that hangs, and is aborted: the reason, and nothing is left', async () => {
    const abort = new AbortController();
    const it = uploadRegistry();
    const content = twoChunks(() => {
      abort.abort(reason);
      return new Promise(() => {});
    });
    const options = { chunkSize: 100 * kib, signal: abort.signal };
    expect(await rejection(it.registry.push(reference, [{ name: 'a', content }], options))).toBe(reason);
    await expect.poll(() => it.leftovers()).toEqual([]);
  });

  test('one that is aborted while a chunk is sent is cancelled', async () => {
    const abort = new AbortController();
    const { stream, cancelled } = endlessStream(100 * kib);
    const stopping: Fault = (request, next) => {
      if (isPatch(request)) abort.abort(reason);
      return next(request);
    };
    const it = uploadRegistry([stopping]);
    const options = { chunkSize: 100 * kib, signal: abort.signal };
    expect(await rejection(it.registry.push(reference, [{ name: 'a', content: stream }], options))).toBe(reason);
    expect(await cancelled).toBeDefined();
    await expect.poll(() => it.leftovers()).toEqual([]);
  });

  test('content that is not what its descriptor says is not stored', async () => {
    const it = uploadRegistry();
    const wrong = { ...described(bytes), digest: described(bytes.subarray(1)).digest };
    expect(await rejection(it.repository.push(wrong, streamOf(bytes), { chunkSize: 100 * kib }))).toMatchObject({
      code: 'MISMATCH',
    });
    expect(count(it, 'PUT')).toBe(0);
    expect(await it.leftovers()).toEqual([]);
  });
});

describe('streams: what is in memory and what is reported', () => {
  test('no more is read than a few chunks ahead of what is sent', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let arrived = (): void => {};
    const first = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const holding: Fault = async (request, next) => {
      if (isPatch(request)) {
        arrived();
        await gate;
      }
      return next(request);
    };
    let read = 0;
    const content = new ReadableStream<Uint8Array>({
      pull(controller) {
        read += 10 * kib;
        controller.enqueue(new Uint8Array(10 * kib));
        if (read === 2000 * kib) controller.close();
      },
    });
    const it = uploadRegistry([holding]);
    const pushing = it.registry.push(reference, [{ name: 'a', content }], { chunkSize: 100 * kib });
    await first;
    expect(read).toBeLessThanOrEqual(200 * kib);
    open();
    await pushing;
    expect(count(it, 'PATCH')).toBe(20);
  });

  test('reading is reported first, then one start, transfer and done of what it turned out to be', async () => {
    const it = uploadRegistry();
    const { events, onProgress } = recorder();
    const files = [{ name: 'stream.bin', content: streamOf(bytes) }];
    const { manifest } = await it.registry.push(reference, files, { chunkSize: 100 * kib, onProgress });
    const descriptor = manifest.layers[0]!;
    const own = events.filter((event) => event.type === 'hash' || event.descriptor.digest === descriptor.digest);
    expect(own).toEqual([
      { type: 'start', descriptor },
      { type: 'transfer', descriptor, transferred: descriptor.size },
      { type: 'done', descriptor },
    ]);
  });

  test('a small one that is there already is skipped', async () => {
    const it = uploadRegistry();
    await pushStream(it, bytes);
    const { events, onProgress } = recorder();
    const files = [{ name: 'stream.bin', content: streamOf(bytes) }];
    const [descriptor] = (await it.registry.push(reference, files, { onProgress })).manifest.layers;
    const own = events.filter((event) => 'descriptor' in event && event.descriptor.digest === descriptor!.digest);
    expect(own).toEqual([{ type: 'skip', descriptor, reason: 'exists' }]);
  });

  test('a large one that is there already: no more than it is sent, it is skipped, and nothing is left', async () => {
    const it = uploadRegistry();
    await pushStream(it, bytes, 100 * kib);
    const [before, puts] = [it.sent(), count(it, 'PUT')];
    const { events, onProgress } = recorder();
    const files = [{ name: 'other.bin', content: streamOf(bytes) }];
    const { manifest } = await it.registry.push(reference, files, { chunkSize: 100 * kib, onProgress });
    const [descriptor] = manifest.layers;
    const own = events.filter((event) => 'descriptor' in event && event.descriptor.digest === descriptor!.digest);
    expect(own).toEqual([{ type: 'skip', descriptor, reason: 'exists' }]);
    expect(it.sent() - before).toBeLessThanOrEqual(bytes.length);
    // That of the manifest.
    expect(count(it, 'PUT')).toBe(puts + 1);
    expect(await it.leftovers()).toEqual([]);
  });

  test('two equal ones and a file like them: one is stored, the others are skipped, and nothing is left', async () => {
    const it = uploadRegistry();
    const { events, onProgress } = recorder();
    const files = [
      { name: 'a', content: streamOf(bytes) },
      { name: 'b', content: streamOf(bytes) },
      { name: 'c', content: new Blob([bytes]) },
    ];
    const { manifest } = await it.registry.push(reference, files, { chunkSize: 100 * kib, onProgress });
    const { digest } = described(bytes);
    expect(manifest.layers.map((layer) => layer.digest)).toEqual([digest, digest, digest]);
    const own = events.filter((event) => 'descriptor' in event && event.descriptor.digest === digest);
    const types = own.map(({ type }) => type).filter((type) => type !== 'transfer');
    expect(types.sort()).toEqual(['done', 'skip', 'skip', 'start']);
    expect(await it.leftovers()).toEqual([]);
  });
});
