import { digestOf } from 'oras-js';
import { hashInWorker } from 'oras-js/browser';
import { afterEach, expect, test, vi } from 'vitest';
import { noise } from '../../support/noise.ts';

const bytes = noise(3_000_000, 51);
const content = new Blob([bytes]);

afterEach(() => vi.unstubAllGlobals());

test('hashInWorker: a worker that dies is replaced by the page, which reports no byte twice', async () => {
  const program = `onmessage = () => { postMessage({ type: 'read', bytes: 2_500_000 }); postMessage({ type: 'unable' }); };`;
  const RealWorker = Worker;
  class DyingWorker extends RealWorker {
    constructor() {
      super(URL.createObjectURL(new Blob([program], { type: 'text/javascript' })));
    }
  }
  vi.stubGlobal('Worker', DyingWorker);
  const told: number[] = [];
  expect(await hashInWorker(content, { onRead: (read) => told.push(read) })).toBe(digestOf(bytes));
  expect(told[0]).toBe(2_500_000);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(bytes.byteLength);
});

test('hashInWorker: without workers the page does it, and an abort ends it', async () => {
  vi.stubGlobal('Worker', undefined);
  expect(await hashInWorker(content)).toBe(digestOf(bytes));
  const abort = new AbortController();
  const reason = new Error('the user left');
  const onRead = (): void => abort.abort(reason);
  await expect(hashInWorker(content, { signal: abort.signal, onRead })).rejects.toBe(reason);
});
