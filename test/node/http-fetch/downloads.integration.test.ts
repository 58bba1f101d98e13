import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, MemoryStorage, Registry, type StorageAdapter, type TransferEvent } from 'oras-js';
import { DirectoryStorage, type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer, type Fault, faults, withFaults } from 'oras-js/server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import { type DownloadProxy, startDownloadProxy } from '../../support/download-proxy.ts';
import { noise } from '../../support/noise.ts';
import { describeEachRegistry } from '../../support/registries.ts';

const options = { plainHttp: true, retry: { limit: 20, delay: () => 0 } };
const big = noise(20_000_000, 31);
const small = noise(300_000, 32);
const bigDigest = digestOf(big);
const smallBlob = { mediaType: 'application/octet-stream', digest: digestOf(small), size: small.byteLength };
const closing: { close(): Promise<void> }[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oras-js-downloads-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(closing.splice(0).map((it) => it.close()));
});

async function proxied(host: string, cuts: Iterable<number>): Promise<DownloadProxy> {
  const proxy = await startDownloadProxy(host, cuts);
  closing.push(proxy);
  return proxy;
}

async function served(handler: (request: Request) => Promise<Response>): Promise<RunningServer> {
  const server = await serve(handler);
  closing.push(server);
  return server;
}

async function digestIn(storage: StorageAdapter, path: string): Promise<string> {
  return digestOf(new Uint8Array(await (await storage.get(path))!.arrayBuffer()));
}

describeEachRegistry('downloads: connections that break', ({ host, name }) => {
  const reference = `org/downloads-${name}`;
  beforeAll(async () => {
    const registry = new Registry(options);
    await registry.push(`${host}/${reference}:v1`, [{ name: 'big.bin', content: new Blob([big]) }]);
    await registry.repository(`${host}/${reference}`).push(smallBlob, new Blob([small]));
  });

  test.for(['memory', 'directory'])('a pull of 20 MB to %s over one that breaks five times', async (kind) => {
    // The first one has the manifest and the beginning of the file.
    const proxy = await proxied(host, [3_000_000, 1, 100, 9_000_000, 4_000_000]);
    const to = kind === 'memory' ? new MemoryStorage() : new DirectoryStorage(join(folder, name));
    const events: TransferEvent[] = [];
    await new Registry(options).pull(`${proxy.host}/${reference}:v1`, {
      to,
      onProgress: (event) => events.push(event),
    });
    expect(proxy.broken).toBe(5);
    expect(await digestIn(to, 'big.bin')).toBe(bigDigest);
    const moved = events.flatMap((event) => (event.type === 'transfer' ? [event.transferred] : []));
    expect(moved).toEqual([...new Set(moved)].sort((a, b) => a - b));
    expect(moved.at(-1)).toBe(big.byteLength);
    expect(events.map(({ type }) => type).filter((type) => type !== 'transfer')).toEqual(['start', 'done']);
  });

  test('25 downloads over those that break anywhere', async () => {
    const words = new Uint32Array(noise(4 * 4000, 33).buffer);
    const proxy = await proxied(
      host,
      Array.from(words, (word) => 500 + (word % 150_000)),
    );
    const repository = new Registry(options).repository(`${proxy.host}/${reference}`);
    for (let i = 0; i < 25; i++) {
      const bytes = new Uint8Array(await new Response(await repository.fetch(smallBlob)).arrayBuffer());
      expect(digestOf(bytes)).toBe(smallBlob.digest);
    }
    expect(proxy.broken).toBeGreaterThan(50);
  });

  test('a part over one that breaks', async () => {
    const proxy = await proxied(host, [20_000, 30_000]);
    const blob = new Registry(options).repository(`${proxy.host}/${reference}`).openBlob(smallBlob);
    expect(digestOf(await blob.slice(100_000, 200_000).bytes())).toBe(digestOf(small.slice(100_000, 200_000)));
    expect(proxy.broken).toBe(2);
  });

  test('a blob that is shorter than its descriptor says is a mismatch, as a whole and in parts', async () => {
    const repository = new Registry(options).repository(`${host}/${reference}`);
    const longer = { ...smallBlob, size: smallBlob.size + 1000 };
    const whole = new Response(await repository.fetch(longer)).arrayBuffer();
    expect(await rejection(whole)).toMatchObject({ code: 'MISMATCH', expected: longer.size });
    for (const part of [repository.openBlob(longer).slice(10, 20), repository.openBlob(longer).slice(-20)]) {
      expect(await rejection(part.bytes())).toMatchObject({ code: 'MISMATCH', expected: longer.size });
    }
  });
});

describe('downloads: a store on another origin', () => {
  test('the registry is asked again when it breaks, as its address holds only once', async () => {
    const registry = createRegistryServer();
    const used = new Set<string>();
    const ranges: (string | null)[] = [];
    const once: Fault = async (request, next) => {
      if (used.has(request.url) || !request.url.includes('?once=')) return new Response(null, { status: 403 });
      used.add(request.url);
      ranges.push(request.headers.get('range'));
      return next(request);
    };
    const store = await served(withFaults(registry, [once, faults.truncate(120_000)]));
    let asked = 0;
    const redirecting: Fault = async (request, next) => {
      if (request.method !== 'GET') return next(request);
      const location = `${store.url}${new URL(request.url).pathname}?once=${++asked}`;
      return new Response(null, { status: 307, headers: { location } });
    };
    const { host } = await served(withFaults(registry, [redirecting]));
    const repository = new Registry(options).repository(`${host}/org/redirected`);
    await repository.push(smallBlob, new Blob([small]));
    const bytes = new Uint8Array(await new Response(await repository.fetch(smallBlob)).arrayBuffer());
    expect(digestOf(bytes)).toBe(smallBlob.digest);
    expect(asked).toBeGreaterThan(2);
    expect(ranges).toHaveLength(asked);
    expect(ranges.filter((range) => range !== null && !/^bytes=\d+-299999$/.test(range))).toEqual([]);
    expect(ranges.at(-1)).not.toBe(null);
  });
});

describe('downloads: faults over HTTP', () => {
  test.for<[string, Fault, string | undefined]>([
    ['a registry without ranges', faults.noRanges(), undefined],
    ['a range that is not said', faults.wrongContentRange(undefined), undefined],
    ['a range of other bytes', faults.wrongContentRange('bytes 0-299999/300000'), 'REGISTRY'],
    ['a range of another blob', faults.wrongContentRange('bytes 100000-299999/300001'), 'MISMATCH'],
    ['416 whose body breaks', faults.refuseRanges(), 'MISMATCH'],
    ['another ETag', faults.otherETag('"other"', { match: isRange }), 'MISMATCH'],
    ['other content', faults.otherContent({ match: isRange }), 'MISMATCH'],
    ['a body that ends early', faults.endEarly(50_000, { match: isRange }), undefined],
  ])('%s after a connection that broke', async ([, fault, code]) => {
    // Until something came: of what is sent right before the connection breaks, all may be lost.
    const cut = faults.truncate(200_000, { match: (request) => !isRange(request) });
    const { host } = await served(withFaults(createRegistryServer(), [cut, fault]));
    const repository = new Registry(options).repository(`${host}/org/faulty`);
    await repository.push(smallBlob, new Blob([small]));
    const read = new Response(await repository.fetch(smallBlob)).arrayBuffer();
    if (code !== undefined) expect(await rejection(read)).toMatchObject({ code });
    else expect(digestOf(new Uint8Array(await read))).toBe(smallBlob.digest);
  });
});

function isRange({ headers }: Request): boolean {
  return headers.has('range');
}
