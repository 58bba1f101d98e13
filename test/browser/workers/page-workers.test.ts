import { digestOf } from 'oras-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { hashIn } from '../../../src/browser/workers/hash-in-worker.ts';
import { pageWorkers } from '../../../src/browser/workers/page-workers.ts';
import { startHashWorker } from '../../../src/browser/workers/start-workers.ts';
import { noise } from '../../support/noise.ts';

const bytes = noise(3_000_000, 41);
const content = new Blob([bytes]);

/** A worker with a program of the test's own. */
function workerOf(program: string): Worker {
  return new Worker(URL.createObjectURL(new Blob([program], { type: 'text/javascript' })), { type: 'module' });
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('pageWorkers: when a worker cannot do it, there is no digest, and no end of waiting', () => {
  const never: Record<string, () => Worker> = {
    'it cannot be made': () => {
      throw new DOMException('refused', 'SecurityError');
    },
    'its file is missing': () => new Worker(new URL('/no-such-file.js', location.href), { type: 'module' }),
    'its program is broken': () => workerOf('this is no program'),
    'its program fails as it starts': () => workerOf('throw new Error("no")'),
  };
  test.for(Object.entries(never))('%s: no other one is started', async ([, start]) => {
    let starts = 0;
    const counted = (): Worker => {
      starts++;
      return start();
    };
    const workers = pageWorkers(counted, 1);
    const together = await Promise.all([hashIn(workers, content), hashIn(workers, content)]);
    expect([...together, await hashIn(workers, content)]).toEqual([undefined, undefined, undefined]);
    expect(starts).toBe(1);
  });

  const read = `postMessage({ type: 'read', bytes: 1 });`;
  const later: Record<string, string> = {
    'it fails in the middle': `onmessage = () => { ${read} setTimeout(() => { throw new Error('no'); }); };`,
    'it says that it cannot': `onmessage = () => { ${read} postMessage({ type: 'unable' }); };`,
  };
  test.for(Object.entries(later))('%s: another one is started for the next file', async ([, program]) => {
    let starts = 0;
    const workers = pageWorkers(() => (starts++ === 0 ? workerOf(program) : startHashWorker()), 1);
    expect(await hashIn(workers, content)).toBeUndefined();
    expect(await hashIn(workers, content)).toBe(digestOf(bytes));
    expect(starts).toBe(2);
  });

  test('it dies without a word', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const workers = pageWorkers(() => workerOf(`onmessage = () => { ${read} self.close(); };`), 1);
    let isRead = (): void => {};
    const reading = new Promise<void>((resolve) => {
      isRead = resolve;
    });
    const hashing = hashIn(workers, content, { onRead: () => isRead() });
    await reading;
    vi.advanceTimersByTime(60_000);
    expect(await hashing).toBeUndefined();
  });
});

test('pageWorkers: one that is silent for a while, and then goes on, is waited for', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const workers = pageWorkers(
    () =>
      workerOf(`onmessage = () => {
        postMessage({ type: 'read', bytes: 1 });
        postMessage({ type: 'done', digest: 'sha256:0' });
      };`),
    1,
  );
  const hashing = hashIn(workers, content, { onRead: () => vi.advanceTimersByTime(15_000) });
  expect(await hashing).toBe('sha256:0');
});

test('pageWorkers: no more than so many work at a time, and who waits can leave', async () => {
  const running: Worker[] = [];
  const workers = pageWorkers(() => {
    const worker = startHashWorker();
    running.push(worker);
    return worker;
  }, 2);
  const abort = new AbortController();
  const reason = new Error('not any more');
  const first = [hashIn(workers, content), hashIn(workers, content)];
  const leaving = hashIn(workers, content, { signal: abort.signal });
  const last = hashIn(workers, content);
  abort.abort(reason);
  await expect(leaving).rejects.toBe(reason);
  const digest = digestOf(bytes);
  expect(await Promise.all([...first, last])).toEqual([digest, digest, digest]);
  expect(running.length).toBe(2);
});

test('pageWorkers: a worker that nobody needs for a while is ended', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const started: Worker[] = [];
  const workers = pageWorkers(() => {
    const worker = startHashWorker();
    vi.spyOn(worker, 'terminate');
    started.push(worker);
    return worker;
  }, 1);
  await hashIn(workers, content);
  expect(started[0]?.terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(started[0]?.terminate).toHaveBeenCalledOnce();
  expect(await hashIn(workers, content)).toBe(digestOf(bytes));
  expect(started.length).toBe(2);
});

test('startHashWorker: where the file is of another origin, the worker imports it', async () => {
  const RealWorker = Worker;
  const urls: string[] = [];
  class SameOriginWorker extends RealWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      urls.push(String(url));
      if (!String(url).startsWith('blob:')) throw new DOMException('another origin', 'SecurityError');
      super(url, options);
    }
  }
  vi.stubGlobal('Worker', SameOriginWorker);
  const worker = startHashWorker();
  worker.terminate();
  expect(urls.length).toBe(2);
  expect(await (await fetch(urls[1]!)).text()).toMatch(/^import "http.+hash-worker\.ts";$/);
});
