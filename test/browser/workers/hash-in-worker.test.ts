import { type Digest, digestOf, MemoryStorage, OciLayout, push } from 'oras-js';
import { hashInWorker, Registry } from 'oras-js/browser';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noise } from '../../support/noise.ts';
import { embeddedRegistry } from '../../support/registries.ts';

const mebibyte = 1024 * 1024;
/** What a worker reads at a time. */
const block = 4 * mebibyte;
let started = 0;
let asked = 0;
let ended = 0;
let sent = 0;

class CountedWorker extends Worker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    started++;
  }

  override postMessage(message: unknown): void {
    asked++;
    super.postMessage(message);
  }

  override terminate(): void {
    ended++;
    super.terminate();
  }
}

class CountedRequest extends XMLHttpRequest {
  override send(body?: XMLHttpRequestBodyInit): void {
    sent++;
    super.send(body);
  }
}

beforeEach(() => {
  started = asked = ended = sent = 0;
  vi.stubGlobal('Worker', CountedWorker);
  vi.stubGlobal('XMLHttpRequest', CountedRequest);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test.for([mebibyte, block, block + 1, 2 * block - 1, 9_000_000])(
  'hashInWorker: %i bytes have the digest they have in the page, and are reported to the last one',
  async (size) => {
    const bytes = noise(size, size);
    const told: number[] = [];
    const digest = await hashInWorker(new Blob([bytes]), { onRead: (read) => told.push(read) });
    expect(digest).toBe(digestOf(bytes));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect([told.length, told.at(-1)]).toEqual([Math.ceil(size / block), size]);
  },
);

test('hashInWorker: one worker serves one file after the other, and several at a time', async () => {
  const files = [1, 2, 3, 4].map((seed) => noise(3_000_000, seed));
  await hashInWorker(new Blob([files[0]!]));
  const before = started;
  await hashInWorker(new Blob([files[0]!]));
  expect([started, asked]).toEqual([before, 2]);
  const digests = await Promise.all(files.map((file) => hashInWorker(new Blob([file]))));
  expect(digests).toEqual(files.map((file) => digestOf(file)));
  expect(started).toBeLessThanOrEqual(Math.min(files.length, navigator.hardwareConcurrency));
});

test('hashInWorker: a small Blob is hashed in the page', async () => {
  const bytes = noise(mebibyte - 1, 5);
  expect(await hashInWorker(new Blob([bytes]))).toBe(digestOf(bytes));
  expect(await hashInWorker(new Blob([]))).toBe(digestOf(new Uint8Array()));
  expect(asked).toBe(0);
});

test('hashInWorker: an abort ends the worker at once and rejects with the reason', async () => {
  const abort = new AbortController();
  const reason = new Error('the user left');
  const content = new Blob([noise(60_000_000, 6)]);
  const told: number[] = [];
  const onRead = (read: number): void => {
    told.push(read);
    abort.abort(reason);
  };
  await expect(hashInWorker(content, { signal: abort.signal, onRead })).rejects.toBe(reason);
  expect(told).toEqual([block]);
  expect(ended).toBe(1);
  await expect(hashInWorker(content, { signal: abort.signal })).rejects.toBe(reason);
});

test('hashInWorker: what the listener throws is thrown', async () => {
  const problem = new Error('no such row');
  const onRead = (): void => {
    throw problem;
  };
  await expect(hashInWorker(new Blob([noise(3_000_000, 7)]), { onRead })).rejects.toBe(problem);
});

test('hashInWorker: a file that changed or is gone fails as it does in the page', async () => {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle('changing.bin', { create: true });
  const write = async (size: number): Promise<void> => {
    const writable = await handle.createWritable();
    await writable.write(noise(size, 8));
    await writable.close();
  };
  const nameOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: unknown) => (error instanceof DOMException ? error.name : `not a DOMException: ${error}`),
    );
  await write(3_000_000);
  const changed = await handle.getFile();
  await write(3_000_001);
  const gone = await handle.getFile();
  expect(await nameOf(changed.arrayBuffer())).toMatch(/^(NotReadable|NotFound|Abort)Error$/);
  expect(await nameOf(hashInWorker(changed))).toBe(await nameOf(changed.arrayBuffer()));
  await folder.removeEntry('changing.bin');
  expect(await nameOf(hashInWorker(gone))).toBe(await nameOf(gone.arrayBuffer()));
  // The worker is as good as before.
  expect(await hashInWorker(new Blob([noise(3_000_000, 8)]))).toBe(digestOf(noise(3_000_000, 8)));
});

test('hashInWorker: a push to a layout can use it', async () => {
  const content = new Blob([noise(3_000_000, 9)]);
  const packed = await push(new OciLayout(new MemoryStorage()), 'v1', [{ name: 'a', content }], { hash: hashInWorker });
  expect(packed.manifest.layers[0]?.digest).toBe(digestOf(noise(3_000_000, 9)));
});

test('Registry in pages: it hashes in a worker, tells how far that is, and what arrives is what was sent', async () => {
  // Of its own, as another browser may have pushed the same.
  const reference = `${embeddedRegistry().host}/in-worker/${crypto.randomUUID()}:v1`;
  const size = 20_000_000;
  const bytes = noise(size, 10);
  let told = 0;
  const registry = new Registry();
  const { manifest } = await registry.push(reference, [{ name: 'a', content: new Blob([bytes]) }], {
    onProgress: ({ type }) => {
      if (type === 'hash') told++;
    },
  });
  expect(manifest.layers[0]?.digest).toBe(digestOf(bytes));
  expect(asked).toBe(1);
  expect(told).toBeGreaterThan(1);
  expect(sent).toBeGreaterThan(0);
  const [pulled] = (await registry.pull(reference)).files;
  expect((await pulled?.blob())?.size).toBe(size);
});

test('Registry in pages: a fetch of one’s own is used, and a subclass may hash its way', async () => {
  const { host } = embeddedRegistry();
  const urls: string[] = [];
  class Own extends Registry {
    protected override async hash(content: Blob): Promise<Digest> {
      return digestOf(new Uint8Array(await content.arrayBuffer()));
    }
  }
  const registry = new Own({
    fetch: (url, init) => {
      urls.push(url);
      return fetch(url, init);
    },
  });
  await registry.push(`${host}/in-worker/own:v1`, [{ name: 'a', content: new Blob([noise(3_000_000, 12)]) }]);
  expect(urls.length).toBeGreaterThan(2);
  expect(asked).toBe(0);
});
