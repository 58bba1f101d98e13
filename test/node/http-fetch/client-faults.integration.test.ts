import { digestOf, isOrasError, MemoryStorage, NetworkError, Registry, type RegistryOptions } from 'oras-js';
import { type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer, type Fault, faults, type RegistryServer, withFaults } from 'oras-js/server';
import { afterEach, describe, expect, test } from 'vitest';
import { itemsOf, rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';

const alice = { username: 'alice', password: 's3cret-pass' };
const big = noise(1_000_000, 21);
const digest = digestOf(big);
const files = [{ name: 'big.bin', content: new Blob([big]) }];
const running: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((it) => it.close()));
});

/** A server, and what it was asked for: `GET /v2/… Bearer`. */
async function served(handler: (request: Request) => Promise<Response>): Promise<RunningServer & { log: string[] }> {
  const log: string[] = [];
  const server = await serve((request) => {
    const { pathname } = new URL(request.url);
    log.push(`${request.method} ${pathname} ${request.headers.get('authorization')?.split(' ')[0] ?? '-'}`);
    return handler(request);
  });
  running.push(server);
  return { ...server, log };
}

/** The embedded registry with faults, which wants tokens; a client of it; and one that meets no fault. */
async function faulty(
  list: (registry: RegistryServer) => readonly Fault[] | Promise<readonly Fault[]>,
  settings: RegistryOptions = {},
): Promise<{ client: Registry; healthy: Registry; reference: string; log: string[] }> {
  const users = { [alice.username]: alice.password };
  const registry = createRegistryServer({ auth: { scheme: 'bearer', users } });
  const { host, log } = await served(withFaults(registry, await list(registry)));
  const client = new Registry({ credentials: alice, retry: { delay: () => 0 }, ...settings });
  const direct = (url: string, init?: RequestInit): Promise<Response> => registry(url, init);
  return { client, healthy: new Registry({ credentials: alice, fetch: direct }), reference: `${host}/org/big:v1`, log };
}

async function pulledDigest(registry: Registry, reference: string): Promise<string> {
  const { files: pulled } = await registry.pull(reference);
  return digestOf(new Uint8Array(await (await pulled[0]!.blob()).arrayBuffer()));
}

/** Requests to the API of one method, without those for tokens. */
const asks = (method: string) => (request: Request) => request.method === method && request.url.includes('/v2/');
const isBlob = ({ method, url }: Request): boolean => method === 'GET' && url.includes('/blobs/sha256:');
const isManifest = ({ method, url }: Request): boolean => method === 'GET' && url.includes('/manifests/');

describe('faults and the client: refusals that pass', () => {
  test.for([
    ['429', 429, { 'retry-after': '0' }],
    ['429 with a second to wait', 429, { 'retry-after': '1' }],
    ['503', 503, {}],
    ['502', 502, {}],
  ] as const)('%s: a push and a pull get through', async ([, status, headers]) => {
    const refused = (method: string): Fault => faults.refuse(status, { match: asks(method), times: 1, headers });
    const { client, healthy, reference } = await faulty(() => ['HEAD', 'POST', 'PUT', 'GET'].map(refused));
    await client.push(reference, files);
    expect(await pulledDigest(client, reference)).toBe(digest);
    expect(await pulledDigest(healthy, reference)).toBe(digest);
  });

  test('503 twice for every kind of request', async () => {
    const { client, reference, log } = await faulty(() =>
      ['HEAD', 'POST', 'PUT', 'GET'].map((method) => faults.refuse(503, { match: asks(method), times: 2 })),
    );
    await client.push(reference, files);
    expect(await pulledDigest(client, reference)).toBe(digest);
    expect(await itemsOf(client.tags(reference))).toEqual(['v1']);
    expect(log.filter((line) => line.startsWith('POST')).length).toBeGreaterThan(2);
  });

  test('a token service that is not ready', async () => {
    const match = ({ url }: Request): boolean => url.includes('/token');
    const { client, reference } = await faulty(() => [faults.refuse(503, { match, times: 2 })]);
    await client.push(reference, files);
  });

  test('429 for an hour is an error that says so, and nothing is asked again', async () => {
    const { client, reference, log } = await faulty(() => [
      faults.refuse(429, { match: asks('GET'), headers: { 'retry-after': '3600' } }),
    ]);
    const error = await rejection(client.inspect(reference));
    expect(isOrasError(error, 'RATE_LIMITED') && error.retryAfter).toBe(3_600_000);
    expect(log).toHaveLength(1);
  });

  test('503 without end is an error after as many requests as were allowed', async () => {
    const settings = { retry: { limit: 2, delay: () => 0 } };
    const { client, reference, log } = await faulty(() => [faults.refuse(503)], settings);
    const error = await rejection(client.inspect(reference));
    expect(isOrasError(error, 'REGISTRY') && error.status).toBe(503);
    expect(log).toHaveLength(3);
  });
});

describe('faults and the client: connections that break', () => {
  test('a download that is cut goes on with what is missing', async () => {
    const { client, healthy, reference, log } = await faulty(() => [faults.truncate(300_000, { match: isBlob })]);
    await healthy.push(reference, files);
    log.length = 0;
    expect(await pulledDigest(client, reference)).toBe(digest);
    expect(log.filter((line) => /^GET .*sha256:/.test(line)).length).toBeGreaterThanOrEqual(4);
  });

  test('a download that brings nothing more is a NetworkError, and nothing is written', async () => {
    const list = (): Fault[] => [
      faults.truncate(100_000, { match: isBlob, times: 1 }),
      faults.truncate(0, { match: isBlob }),
    ];
    const { client, healthy, reference } = await faulty(list);
    await healthy.push(reference, files);
    const to = new MemoryStorage();
    const error = await rejection(client.pull(reference, { to }));
    expect(error).toBeInstanceOf(NetworkError);
    expect(String(error)).not.toMatch(/Bearer|token/i);
    expect(await itemsOf(to.list())).toEqual([]);
  });

  test('a manifest that is cut is a NetworkError', async () => {
    const { client, healthy, reference } = await faulty(() => [faults.truncate(100, { match: isManifest })]);
    await healthy.push(reference, files);
    expect(await rejection(client.inspect(reference))).toBeInstanceOf(NetworkError);
  });

  test.for([false, true])('an upload that is cut goes on in a new session (bytes kept: %s)', async (kept) => {
    const match = ({ method }: Request): boolean => method === 'PUT';
    const { client, healthy, reference, log } = await faulty(() => [
      faults.cutUpload(100_000, { match, times: 2, kept }),
    ]);
    await client.push(reference, files);
    expect(await pulledDigest(healthy, reference)).toBe(digest);
    const sessions = log.filter((line) => /^PUT .*\/uploads\/./.test(line));
    expect(new Set(sessions).size).toBeGreaterThanOrEqual(3);
  });

  test('any request that gets no answer is sent again', async () => {
    const { client, reference } = await faulty(() =>
      ['HEAD', 'POST', 'PUT', 'GET'].map((method) => faults.disconnect({ match: asks(method), times: 1 })),
    );
    await client.push(reference, files);
    expect(await pulledDigest(client, reference)).toBe(digest);
  });
});

describe('faults and the client: other origins', () => {
  /** A store on another origin that lets in whoever comes, as with a signed address. */
  async function store(registry: RegistryServer): Promise<RunningServer & { log: string[] }> {
    const authorization = `Basic ${btoa(`${alice.username}:${alice.password}`)}`;
    const scope = 'repository:org/big:pull,push';
    return served(async (request) => {
      const query = new URLSearchParams({ service: 'registry', scope });
      const answer = await registry(`http://localhost/token?${query}`, { headers: { authorization } });
      const headers = new Headers(request.headers);
      headers.set('authorization', `Bearer ${(await answer.json()).token}`);
      return registry(new Request(request, { headers }));
    });
  }

  test('a blob is fetched from where the registry sends us, and no authorization goes there', async () => {
    let log: string[] = [];
    const { client, healthy, reference } = await faulty(async (registry) => {
      const other = await store(registry);
      log = other.log;
      return [faults.redirectBlobs(other.url)];
    });
    await healthy.push(reference, files);
    expect(await pulledDigest(client, reference)).toBe(digest);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/^GET \/v2\/org\/big\/blobs\/sha256:[0-9a-f]{64} -$/);
  });

  test('content is uploaded to where the registry sends us, and no authorization goes there', async () => {
    let log: string[] = [];
    const { client, healthy, reference } = await faulty(async (registry) => {
      const other = await store(registry);
      log = other.log;
      return [faults.foreignLocation(other.url, { match: asks('POST') })];
    });
    await client.push(reference, files);
    expect(await pulledDigest(healthy, reference)).toBe(digest);
    expect(log.length).toBeGreaterThan(0);
    expect(log.filter((line) => !/^PUT .* -$/.test(line))).toEqual([]);
  });

  test('none is sent to one that is not trusted', async () => {
    let log: string[] = [];
    const settings = { trust: { uploads: [] } };
    const { client, reference } = await faulty(async (registry) => {
      const other = await store(registry);
      log = other.log;
      return [faults.foreignLocation(other.url, { match: asks('POST') })];
    }, settings);
    const error = await rejection(client.push(reference, files));
    expect(error).toMatchObject({ code: 'REGISTRY', message: expect.stringContaining('is on another origin') });
    expect(log).toEqual([]);
  });
});

describe('faults and the client: answers that are wrong', () => {
  test('an upload without a Location is an error that says so', async () => {
    const { client, reference } = await faulty(() => [faults.noLocation({ match: asks('POST') })]);
    const error = await rejection(client.push(reference, files));
    expect(error).toMatchObject({ code: 'REGISTRY', message: expect.stringMatching(/Location is missing/) });
  });

  test('a digest of something else is a mismatch: of what is pulled, and of what was pushed', async () => {
    const { client, healthy, reference } = await faulty(() => [faults.wrongDigest()]);
    await healthy.push(reference, files);
    expect(await rejection(client.inspect(reference))).toMatchObject({ code: 'MISMATCH' });
    expect(await rejection(client.push(reference.replace('v1', 'v2'), files))).toMatchObject({ code: 'MISMATCH' });
  });

  test('no digest and a Location of any form are fine', async () => {
    for (const fault of [faults.absoluteLocation(), faults.relativeLocation()]) {
      const { client, reference } = await faulty(() => [faults.noDigest(), fault]);
      const { descriptor } = await client.push(reference, files);
      expect((await client.inspect(reference)).descriptor.digest).toBe(descriptor.digest);
      expect(await pulledDigest(client, reference)).toBe(digest);
    }
  });

  test.for([
    ['shorter than it should be', (bytes: Blob) => bytes.slice(0, -1)],
    ['longer than it should be', (bytes: Blob) => new Blob([bytes, 'x'])],
    ['of the right size, but not the same', (bytes: Blob) => new Blob(['x', bytes.slice(1)])],
  ] as const)('a body %s is a mismatch', async ([, change]) => {
    const changing: Fault = async (request, next) => {
      const response = await next(request);
      if (!isBlob(request) || !response.ok) return response;
      return new Response(change(await response.blob()));
    };
    const { client, healthy, reference } = await faulty(() => [changing]);
    await healthy.push(reference, files);
    expect(await rejection(pulledDigest(client, reference))).toMatchObject({ code: 'MISMATCH' });
    const to = new MemoryStorage();
    expect(await rejection(client.pull(reference, { to }))).toMatchObject({ code: 'MISMATCH' });
    expect(await itemsOf(to.list())).toEqual([]);
  });
});
