import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { packedHere } from '../../../src/actions/push/pack-directory.ts';
import type { ArchiveDescription, PackedArchive } from '../../../src/archive/writing/packed-archive.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';

type Starter = typeof import('../../../src/node/workers/start-threads.ts');
const starter = '../../../src/node/workers/start-threads.ts';

const contents = { a: noise(5_000_000, 1), b: new Uint8Array(3_000_000).fill(98) };
let folder: string;
let started: Worker[] = [];
let ends: Promise<number>[] = [];
const count = (worker: Worker): void => {
  started.push(worker);
  ends.push(new Promise((resolve) => worker.once('exit', resolve)));
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'threads-'));
  for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(folder, name), bytes);
  started = [];
  ends = [];
  process.on('worker', count);
});
afterEach(() => {
  process.off('worker', count);
  rmSync(folder, { recursive: true });
  vi.doUnmock(starter);
  vi.resetModules();
});

/** Packs the folder with threads that start in the test's own way, in modules that have started none so far. */
async function packingWith(own: (real: Starter) => Partial<Starter> = () => ({})) {
  vi.resetModules();
  vi.doMock(starter, async (original) => {
    const real = await original<Starter>();
    return { ...real, ...own(real) };
  });
  const { packInThreads } = await import('../../../src/node/workers/pack-in-threads.ts');
  const { DirectoryStorage } = await import('../../../src/node/files/directory-storage.ts');
  const pack = (options?: { signal: AbortSignal }): PackedArchive =>
    packInThreads({ name: 'd', directory: new DirectoryStorage(folder) }, options);
  return { DirectoryStorage, pack, packInThreads };
}

/** A thread with a program of the test's own. */
function threadOf(program: string): Worker {
  return new Worker(program, { eval: true });
}

async function readAll({ stream, described }: PackedArchive): Promise<ArchiveDescription> {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
  return described;
}

const right = await packedWithoutThreads();

async function packedWithoutThreads(): Promise<ArchiveDescription> {
  const memory = new MemoryStorage();
  for (const [name, bytes] of Object.entries(contents)) await memory.put(name, new Blob([bytes]));
  return readAll(packedHere({ name: 'd', directory: memory }, {}));
}

describe('packInThreads: threads', () => {
  test('one walks, and as many as are of use compress; all end soon after the archive', async () => {
    const { pack } = await packingWith();
    const packed = pack();
    expect(started.length).toBe(0);
    expect(await readAll(packed)).toEqual(right);
    expect(started.length).toBeGreaterThanOrEqual(2);
    expect(started.length).toBeLessThanOrEqual(1 + Math.min(availableParallelism(), 4));
    await Promise.all(ends);
  });

  test('are used again for the next directory, and shared by several', async () => {
    const { pack } = await packingWith();
    await readAll(pack());
    const before = started.length;
    await readAll(pack());
    expect(started.length).toBe(before);
    const expected = right;
    const several = [1, 2, 3].map(() => readAll(pack()));
    expect(await Promise.all(several)).toEqual([expected, expected, expected]);
    // A walking one for each, and no more than four that compress.
    expect(started.length).toBeLessThanOrEqual(3 + 4);
  });

  test('compress what storages of other kinds have', async () => {
    const { packInThreads } = await packingWith((real) => ({
      startTarThread: () => {
        throw new Error('nothing to walk');
      },
      startDeflateThread: real.startDeflateThread,
    }));
    const memory = new MemoryStorage();
    for (const [name, bytes] of Object.entries(contents)) await memory.put(name, new Blob([bytes]));
    expect(await readAll(packInThreads({ name: 'd', directory: memory }))).toEqual(right);
    expect(started.length).toBeGreaterThanOrEqual(1);
  });

  test('read no storage that reads in its own way', async () => {
    const { DirectoryStorage, packInThreads } = await packingWith();
    class Own extends DirectoryStorage {
      override async get(path: string): Promise<Blob | undefined> {
        return path === 'a' ? new Blob(['other']) : super.get(path);
      }
    }
    const own = { name: 'd', directory: new Own(folder) };
    const packed = await readAll(packInThreads(own));
    expect(packed).toEqual(await readAll(packedHere(own, {})));
    expect(packed).not.toEqual(right);
  });
});

describe('packInThreads: without threads it is done here, the same bytes, when', () => {
  const no = (): Worker => {
    throw new Error('no threads here');
  };
  const missing = (): Worker => new Worker(pathToFileURL(join(folder, 'missing.mjs')));
  const broken = (): Worker => threadOf('throw new Error("broken")');
  const leaving = (): Worker => threadOf('process.exit(0)');
  test.for(
    Object.entries({
      'they cannot be made': no,
      'their file is missing': missing,
      'they fail as they start': broken,
      'they end as they start': leaving,
    }),
  )('%s', async ([, start]) => {
    const both = await packingWith(() => ({ startTarThread: start, startDeflateThread: start }));
    expect(await readAll(both.pack())).toEqual(right);
    const before = started.length;
    expect(await readAll(both.pack())).toEqual(right);
    expect(started.length).toBe(before);
    const deflate = await packingWith(() => ({ startDeflateThread: start }));
    expect(await readAll(deflate.pack())).toEqual(right);
  });

  test('one that compresses dies in its work', async () => {
    const dying = `require('node:worker_threads').parentPort.once('message', () => process.exit(3))`;
    let starts = 0;
    const { pack } = await packingWith((real) => ({
      startDeflateThread: () => (starts++ === 1 ? threadOf(dying) : real.startDeflateThread()),
    }));
    expect(await readAll(pack())).toEqual(right);
  });
});

test('packInThreads: an archive fails when the thread that walks dies', async () => {
  const dying = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ type }) => {
      if (type === 'start') parentPort.postMessage({ type: 'started' });
      else setImmediate(() => { throw new RangeError('out of something'); });
    });`;
  const { pack } = await packingWith(() => ({ startTarThread: () => threadOf(dying) }));
  const error = await rejection(readAll(pack()));
  expect(error).toMatchObject({ code: 'UNSUPPORTED', cause: { name: 'RangeError', message: 'out of something' } });
  expect(await Promise.all(ends)).toContain(1);
});

describe('packInThreads: an archive that is given up', () => {
  const large = (): void => truncateSync(join(folder, 'b'), 200_000_000);

  test('ends its threads when the signal is aborted', async () => {
    large();
    const { pack } = await packingWith();
    const abort = new AbortController();
    const reason = new Error('not any more');
    const { stream, described } = pack({ signal: abort.signal });
    const reader = stream.getReader();
    for (let i = 0; i < 3; i++) await reader.read();
    abort.abort(reason);
    expect(await rejection(reader.read())).toBe(reason);
    expect(await rejection(described)).toBe(reason);
    await Promise.all(ends);
    expect(await rejection(readAll(pack({ signal: abort.signal })))).toBe(reason);
  });

  test('ends its threads when the stream is cancelled', async () => {
    large();
    const { pack } = await packingWith();
    const { stream, described } = pack();
    const reader = stream.getReader();
    for (let i = 0; i < 3; i++) await reader.read();
    await reader.cancel(new Error('enough'));
    expect(await rejection(described)).toMatchObject({ message: 'enough' });
    await Promise.all(ends);
  });

  test('starts none when nobody reads it', async () => {
    const { pack } = await packingWith();
    await pack().stream.cancel();
    expect(started.length).toBe(0);
  });
});
