import { digestOf, MemoryStorage, Registry } from 'oras-js';
import { createRegistryServer, faults, withFaults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { itemsOf, rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';
import { describeEachRegistry } from '../../support/registries.ts';

type Handler = (request: Request) => Promise<Response>;

const content = noise(10_500, 5);
const files = [{ name: 'a.bin', content }];
const reference = 'localhost/chunks/a:v1';

/** A fetch of a handler that keeps what was asked. */
function logged(handler: Handler, log: string[]): (url: string, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const request = new Request(url, init);
    const range = request.headers.get('content-range');
    log.push(range ? `${request.method} ${range}` : request.method);
    return handler(request);
  };
}

async function pulled(registry: Registry, from: string): Promise<string> {
  const [file] = (await registry.pull(from)).files;
  return digestOf(new Uint8Array((await (await file?.blob())?.arrayBuffer()) ?? new ArrayBuffer()));
}

describe('chunkSize', () => {
  test('sends content in ranges one after the other, and proves it with the digest', async () => {
    const log: string[] = [];
    const sent: number[] = [];
    const registry = new Registry({ fetch: logged(createRegistryServer(), log) });
    await registry.push(reference, files, {
      chunkSize: 4096,
      onProgress: (event) => {
        if (event.type === 'transfer' && event.descriptor.size === content.length) sent.push(event.transferred);
      },
    });
    expect(log.slice(0, 6)).toEqual(['HEAD', 'POST', 'PATCH 0-4095', 'PATCH 4096-8191', 'PATCH 8192-10499', 'PUT']);
    expect(sent).toEqual([4096, 8192, 10_500]);
    expect(await pulled(registry, reference)).toBe(digestOf(content));
  });

  test('is one request for what is not larger', async () => {
    const log: string[] = [];
    const registry = new Registry({ fetch: logged(createRegistryServer(), log) });
    await registry.push(reference, files, { chunkSize: content.length });
    expect(log.filter((line) => line.startsWith('PATCH'))).toEqual([]);
  });

  test('is at least what the registry asks for', async () => {
    const log: string[] = [];
    const server = withFaults(createRegistryServer(), [faults.minChunk(8000)]);
    const registry = new Registry({ fetch: logged(server, log) });
    await registry.push(reference, files, { chunkSize: 1000 });
    expect(log.filter((line) => line.startsWith('PATCH'))).toEqual(['PATCH 0-7999', 'PATCH 8000-10499']);
  });

  test('starts anew when a chunk is cut off, and ends in the right bytes', async () => {
    const server = withFaults(createRegistryServer(), [faults.cutUpload(5000, { times: 1 })]);
    const registry = new Registry({ fetch: logged(server, []), retry: { delay: () => 0 } });
    await registry.push(reference, files, { chunkSize: 6000 });
    expect(await pulled(registry, reference)).toBe(digestOf(content));
  });

  test('leaves nothing behind when it is aborted between two chunks', async () => {
    const storage = new MemoryStorage();
    const server = createRegistryServer({ storage });
    const abort = new AbortController();
    const reason = new Error('the user left');
    const registry = new Registry({ fetch: logged(server, []) });
    const pushed = registry.push(reference, files, {
      chunkSize: 4096,
      signal: abort.signal,
      onProgress: ({ type }) => type === 'transfer' && abort.abort(reason),
    });
    expect(await rejection(pushed)).toBe(reason);
    await expect.poll(() => itemsOf(storage.list())).toEqual([]);
  });

  test('a token that ends in the middle is replaced, and the upload goes on', async () => {
    let now = Date.now();
    const auth = { scheme: 'bearer' as const, users: { alice: 's3cret-pass' }, tokenLifetime: 100 };
    const server = createRegistryServer({ auth, now: () => now });
    const log: string[] = [];
    const fetch = logged(async (request) => {
      const response = await server(request);
      // Every chunk that arrives takes most of a token's life.
      if (request.method === 'PATCH' && response.ok) now += 80_000;
      return response;
    }, log);
    const registry = new Registry({ fetch, credentials: { username: 'alice', password: 's3cret-pass' } });
    await registry.push(reference, files, { chunkSize: 1000 });
    const chunks = log.filter((line) => line.startsWith('PATCH'));
    expect(new Set(chunks).size).toBe(11);
    expect(chunks.length).toBeGreaterThan(11);
    expect(log.filter((line) => line === 'POST')).toHaveLength(2);
    expect(await pulled(registry, reference)).toBe(digestOf(content));
  });

  test.each([0, -1, 1.5, Number.NaN])('%s is no size: a RangeError, and nothing is sent', async (chunkSize) => {
    const log: string[] = [];
    const registry = new Registry({ fetch: logged(createRegistryServer(), log) });
    expect(await rejection(registry.push(reference, files, { chunkSize }))).toBeInstanceOf(RangeError);
    expect(log).toEqual([]);
  });
});

describe('chunkSize: a Blob whose digest is not known yet', () => {
  test('waits for it, and goes in requests of that size', async () => {
    const log: string[] = [];
    const repository = new Registry({ fetch: logged(createRegistryServer(), log) }).repository(reference);
    const pending = await repository.begin(new Blob([content]), { chunkSize: 4096 });
    expect(log).toEqual([]);
    const descriptor = { mediaType: 'application/octet-stream', digest: digestOf(content), size: content.length };
    await pending.commit(descriptor);
    expect(log.filter((line) => line.startsWith('PATCH'))).toHaveLength(3);
    expect(await repository.exists(descriptor)).toBe(true);
  });

  test.each([0, Number.NaN])('%s is a RangeError, and nothing is sent', async (chunkSize) => {
    const log: string[] = [];
    const repository = new Registry({ fetch: logged(createRegistryServer(), log) }).repository(reference);
    expect(await rejection(repository.begin(new Blob([content]), { chunkSize }))).toBeInstanceOf(RangeError);
    expect(log).toEqual([]);
  });
});

describeEachRegistry('chunkSize', ({ host }) => {
  test('chunks become the same blob', async () => {
    const big = noise(3_500_000, 6);
    const registry = new Registry();
    await registry.push(`${host}/chunks/big:v1`, [{ name: 'big', content: big }], { chunkSize: 1_000_000 });
    expect(await pulled(registry, `${host}/chunks/big:v1`)).toBe(digestOf(big));
  });
});
