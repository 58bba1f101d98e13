import { MemoryStorage, type NamedDirectory, type PackOptions, packDirectory, UnsupportedError } from 'oras-js';
import { FileListStorage, packInWorkers, Registry } from 'oras-js/browser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { packedHere } from '../../../src/actions/push/pack-directory.ts';
import { tarBlocks } from '../../../src/archive/writing/blocks.ts';
import { type GzipOptions, gzipOf } from '../../../src/archive/writing/gzip.ts';
import type { ArchiveDescription, PackedArchive } from '../../../src/archive/writing/packed-archive.ts';
import { digestHere } from '../../../src/archive/writing/running-digest.ts';
import { tarParts } from '../../../src/archive/writing/tar-parts.ts';
import { deflateIn } from '../../../src/browser/workers/deflate-in-workers.ts';
import { startDigestIn } from '../../../src/browser/workers/digest-in-worker.ts';
import { pageWorkers } from '../../../src/browser/workers/page-workers.ts';
import { startDeflateWorker, startHashWorker } from '../../../src/browser/workers/start-workers.ts';
import { archiveTree } from '../../support/archive-tree.ts';
import { rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';

const pinned = {
  digest: 'sha256:95d1cd5a873b2a5a72adf9a576cd86d7cde5025c2961e6972e663d830b25a9dd',
  size: 1_151_030,
  tarDigest: 'sha256:c1ee592fcef5ad360c56fa35c6123ceb0d67e4adaf13be75d8bac9d437a3d2bd',
  tarSize: 6_148_608,
};
const pinnedTar = { ...pinned, digest: pinned.tarDigest, size: pinned.tarSize };

const started: string[] = [];
let ended = 0;

beforeEach(() => {
  started.length = ended = 0;
  const RealWorker = Worker;
  class CountedWorker extends RealWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      started.push(String(url).replace(/.*\/([a-z-]+)\.ts.*/, '$1'));
    }

    override terminate(): void {
      ended++;
      super.terminate();
    }
  }
  vi.stubGlobal('Worker', CountedWorker);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A worker with a program of the test's own. */
function workerOf(program: string): Worker {
  return new Worker(URL.createObjectURL(new Blob([program], { type: 'text/javascript' })), { type: 'module' });
}

async function readAll({ stream, described }: PackedArchive): Promise<ArchiveDescription> {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
  return described;
}

const pack = (options: GzipOptions): Promise<ArchiveDescription> =>
  readAll(gzipOf(tarBlocks(tarParts(archiveTree())), options));

async function treeIn(storage: MemoryStorage): Promise<MemoryStorage> {
  for (const { path, type, content, mode, linkTarget } of archiveTree()) {
    const below = path.slice('v/'.length);
    if (type === 'file') await storage.put(below, content ?? new Blob(), { mode });
    if (type === 'symlink') await storage.makeLink(below, linkTarget ?? '');
    if (type === 'directory' && path !== 'v') await storage.makeDirectory(below);
  }
  return storage;
}

describe('packInWorkers', () => {
  test.for<[string, PackOptions['compression'], ArchiveDescription]>([
    ['compressed', 'gzip', pinned],
    ['not compressed', 'none', pinnedTar],
  ])('gives the pinned archive, %s', async ([, compression, expected]) => {
    const directory = await treeIn(new MemoryStorage());
    const packed = packInWorkers({ name: 'v', directory }, { compression });
    expect(started).toEqual([]);
    expect(await readAll(packed)).toEqual(expected);
    const { stream, described } = packDirectory(directory, '', {
      name: 'v',
      archiveDirectory: packInWorkers,
      compression,
    });
    await stream.pipeTo(new WritableStream());
    expect((await described).descriptor.digest).toBe(expected.digest);
  });

  test('names the file that changed after it was chosen', async () => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('packed-in-workers.bin', { create: true });
    const write = async (bytes: BufferSource): Promise<void> => {
      const writable = await handle.createWritable();
      await writable.write(bytes);
      await writable.close();
    };
    await write(noise(3_000_000, 1));
    const chosen = await handle.getFile();
    await write(noise(3_000_001, 1));
    const file = Object.defineProperty(chosen, 'webkitRelativePath', { value: 'd/changed.bin' });
    const directory = new FileListStorage([file]);
    const error = await rejection(readAll(packInWorkers({ name: 'd', directory, path: 'd' })));
    expect(['FILE', 'NOT_FOUND']).toContain((error as { code: string }).code);
    expect(error).toEqual(await rejection(readAll(packInWorkers({ name: 'd', directory, path: 'd' }))));
    const here = await rejection(readAll(packedHere({ name: 'd', directory, path: 'd' }, {})));
    expect(JSON.stringify(error)).toBe(JSON.stringify(here));
    await root.removeEntry('packed-in-workers.bin');
  });

  test('ends its workers when the signal is aborted, and rejects with the reason', async () => {
    const abort = new AbortController();
    const reason = new Error('the user left');
    const directory = new MemoryStorage();
    await directory.put('a', new Blob([new Uint8Array(60_000_000)]));
    const { stream, described } = packInWorkers({ name: 'd', directory }, { signal: abort.signal });
    const reader = stream.getReader();
    for (let i = 0; i < 3; i++) await reader.read();
    abort.abort(reason);
    expect(await rejection(reader.read())).toBe(reason);
    expect(await rejection(described)).toBe(reason);
    await vi.waitUntil(() => ended > 0);
  });

  test('is what the Registry of pages packs with', async () => {
    class Own extends Registry {
      pack(directory: NamedDirectory): PackedArchive {
        return this.archiveDirectory(directory, {});
      }
    }
    const directory = await treeIn(new MemoryStorage());
    expect(await readAll(new Own().pack({ name: 'v', directory }))).toEqual(pinned);
  });
});

describe('archive in workers: the pinned digest comes out', () => {
  test.for([1, 2, 3, 4])('with %i of them', async (most) => {
    const deflate = deflateIn(pageWorkers(startDeflateWorker, most));
    const hashing = pageWorkers(startHashWorker, most);
    expect(await pack({ deflate, startDigest: () => startDigestIn(hashing), concurrency: most + 2 })).toEqual(pinned);
    expect(started.filter((name) => name === 'deflate-worker').length).toBeLessThanOrEqual(most);
    expect(started.filter((name) => name === 'hash-worker').length).toBe(2);
  });

  const none: Record<string, () => Worker> = {
    'they cannot be made': () => {
      throw new DOMException('refused', 'SecurityError');
    },
    'their file is missing': () => new Worker(new URL('/no-such-file.js', location.href), { type: 'module' }),
    'their program fails as it starts': () => workerOf('throw new Error("no")'),
    'they say that they cannot': () => workerOf(`onmessage = () => postMessage({ type: 'unable' });`),
  };
  test.for(Object.entries(none))('when %s', async ([, start]) => {
    const deflate = deflateIn(pageWorkers(start, 2));
    const hashing = pageWorkers(start, 2);
    expect(await pack({ deflate, startDigest: () => startDigestIn(hashing), concurrency: 3 })).toEqual(pinned);
  });

  test('when one that compresses dies in its work', async () => {
    let starts = 0;
    const dying = 'onmessage = () => setTimeout(() => { throw new Error("no"); });';
    const start = (): Worker => (starts++ === 1 ? workerOf(dying) : startDeflateWorker());
    expect(await pack({ deflate: deflateIn(pageWorkers(start, 2)), concurrency: 3 })).toEqual(pinned);
    expect(starts).toBeGreaterThan(1);
  });
});

describe('running digest in a worker', () => {
  const bytes = noise(5_000_000, 4);

  async function digestOf(workers = pageWorkers(startHashWorker, 1)): Promise<string> {
    const running = startDigestIn(workers);
    for (let start = 0; start < bytes.length; start += 700_001) {
      const part = bytes.slice(start, start + 700_001);
      await running.update(part);
      // It may be written over.
      part.fill(0);
    }
    return running.digest();
  }

  test('is the same as in the page, also of few bytes, for which no worker starts', async () => {
    const here = digestHere();
    await here.update(bytes);
    expect(await digestOf()).toBe(await here.digest());
    expect(started).toEqual(['hash-worker']);
    const [few, fewHere] = [startDigestIn(pageWorkers(startHashWorker, 1)), digestHere()];
    for (const running of [few, fewHere]) for (let i = 0; i < 9; i++) await running.update(bytes.slice(i, 100_000));
    expect(await few.digest()).toBe(await fewHere.digest());
    expect(await startDigestIn(pageWorkers(startHashWorker, 1)).digest()).toBe(await digestHere().digest());
    expect(started).toEqual(['hash-worker']);
  });

  test('hands its worker on', async () => {
    const workers = pageWorkers(startHashWorker, 1);
    const first = await digestOf(workers);
    expect(await digestOf(workers)).toBe(first);
    expect(started).toEqual(['hash-worker']);
  });

  test('fails when the worker dies, as what it knew is lost', async () => {
    const dying = `onmessage = ({ data: { type } }) => {
      if (type === 'start') postMessage({ type: 'started' });
      else setTimeout(() => { throw new Error('no'); });
    };`;
    const error = await rejection(digestOf(pageWorkers(() => workerOf(dying), 1)));
    expect(error).toBeInstanceOf(UnsupportedError);
  });

  test('ends its worker when it is abandoned', async () => {
    const running = startDigestIn(pageWorkers(startHashWorker, 1));
    await running.update(bytes.slice());
    running.abandon?.();
    running.abandon?.();
    expect(ended).toBe(1);
  });
});
