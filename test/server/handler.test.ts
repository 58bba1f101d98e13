import { fetchManifest, MemoryStorage, OciLayout, type StorageAdapter } from 'oras-js';
import { createRegistryServer, type RegistryServerOptions } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { ScopedStorage } from '../../src/storage/scoped.ts';
import { emptyBlob, expectRefusal, headersOf, manifestOf, TestClient } from './client.ts';

describe('registry server', () => {
  test('GET /v2/ says what it is (end-1)', async () => {
    for (const path of ['/v2/', '/v2']) {
      const response = await new TestClient().send('GET', path);
      expect([response.status, await response.json()]).toEqual([200, {}]);
      expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    }
    const head = await new TestClient().send('HEAD', '/v2/');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '2']);
  });

  test('it takes what fetch takes', async () => {
    const fetch: typeof globalThis.fetch = createRegistryServer();
    for (const url of ['http://r.test/v2/', new URL('http://r.test/v2/')]) expect((await fetch(url)).status).toBe(200);
    const post = await fetch('http://r.test/v2/a/blobs/uploads/', { method: 'POST' });
    expect(post.status).toBe(202);
    const request = new Request('http://r.test/v2/');
    expect((await fetch(request, { method: 'DELETE' })).status).toBe(405);
  });

  test.for([
    '/',
    '/v1/',
    '/v2/x',
    '/v2/a/other/x',
    '/v2//',
    '/v2/a/blobs/uploads/x/y',
    '/v2/_catalog/x',
    '/v2/../../etc/passwd',
    '/v2/%2e%2e/%2e%2e/etc/passwd',
  ])('%s is no path of the API: 404', async (path) => {
    await expectRefusal(await new TestClient().send('GET', path), 404, 'NAME_UNKNOWN');
  });

  test.for(['A', 'a_', '-a', 'a//b', 'a%2fb', 'a%00', '_layout', 'a/_uploads', 'x'.repeat(256), '%E2%80%8B'])(
    'the repository name "%s" is 400',
    async (name) => {
      for (const path of ['tags/list', 'manifests/v1', 'blobs/uploads/']) {
        const method = path.endsWith('/') ? 'POST' : 'GET';
        await expectRefusal(await new TestClient().send(method, `${name}/${path}`), 400, 'NAME_INVALID');
      }
    },
  );

  test('names that cost some patterns exponential time are refused in linear time (B01)', {
    timeout: 5000,
  }, async () => {
    for (const name of [`${'a'.repeat(30)}!`, `${'a-'.repeat(1000)}!`, 'a'.repeat(5000)]) {
      await expectRefusal(await new TestClient().send('GET', `${name}/tags/list`), 400, 'NAME_INVALID');
    }
  });

  test('words of the API may be parts of names', async () => {
    const client = new TestClient();
    for (const name of ['manifests/tags/list', 'blobs/uploads', 'tags/list', 'v2/blobs/uploads/x', 'a/referrers']) {
      await client.pushBlob(name, emptyBlob);
      await client.pushManifest(name, manifestOf(), 'list');
      expect(await (await client.send('GET', `${name}/tags/list`)).json()).toEqual({ name, tags: ['list'] });
      expect((await client.send('GET', `${name}/manifests/list`)).status).toBe(200);
    }
  });

  test.for([
    ['POST', '/v2/', 'GET'],
    ['PUT', 'a/tags/list', 'GET'],
    ['POST', 'a/manifests/v1', 'GET, PUT, DELETE'],
    ['PUT', `a/blobs/sha256:${'0'.repeat(64)}`, 'GET, DELETE'],
    ['GET', 'a/blobs/uploads/', 'POST'],
    ['POST', 'a/blobs/uploads/x', 'GET, PATCH, PUT, DELETE'],
    ['DELETE', `a/referrers/sha256:${'0'.repeat(64)}`, 'GET'],
    ['constructor', '_catalog', 'GET'],
  ])('%s %s is 405', async ([method, path, allow]) => {
    const response = await new TestClient().send(method!, path!);
    expect(response.headers.get('allow')).toBe(allow);
    await expectRefusal(response, 405, 'UNSUPPORTED');
  });

  test('an unexpected error is a bare 500, and told to onError', async () => {
    const broken = new MemoryStorage();
    broken.get = () => Promise.reject(new Error('the disk at /secret/path is broken'));
    const client = new TestClient({ storage: broken });
    const response = await client.send('GET', 'a/manifests/v1');
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"errors":[{"code":"UNKNOWN","message":"The registry failed"}]}');
    expect(client.errors.map(String)).toEqual(['Error: the disk at /secret/path is broken']);
  });
});

describe('registry server: CORS', () => {
  const origin = 'https://page.test';

  /** A browser lets nobody set Origin, so the header is added behind its back. */
  function requestFrom(from: string | undefined, url: string, method: string): Request {
    const request = new Request(url, { method });
    Object.defineProperty(request, 'headers', {
      value: { get: (name: string) => (name === 'origin' ? (from ?? null) : null) },
    });
    return request;
  }

  function server(cors?: RegistryServerOptions['cors']): TestClient {
    return new TestClient(cors === undefined ? {} : { cors });
  }

  test('a preflight is answered 204 on any path, with every method and header a client needs', async () => {
    for (const path of ['/v2/', 'a/blobs/uploads/x?y=z', 'A/not/a/path', '/']) {
      const response = await server().send('OPTIONS', path);
      expect([response.status, await response.text()]).toEqual([204, '']);
      const allowed = headersOf(response, 'access-control-allow-methods', 'access-control-allow-headers');
      expect(allowed).toEqual({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers':
          'authorization, accept, content-type, content-range, range, if-match, if-none-match, if-range, cache-control',
      });
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(60);
    }
  });

  test('every answer can be read with all of its headers, refusals too', async () => {
    const client = server();
    const paths: [string, string][] = [
      ['GET', '/v2/'],
      ['POST', 'a/blobs/uploads/'],
      ['GET', 'a/manifests/missing'],
      ['HEAD', 'a/manifests/missing'],
      ['GET', '/nothing'],
    ];
    for (const [method, path] of paths) {
      const { headers } = await client.send(method, path);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      const exposed = headers.get('access-control-expose-headers')?.split(/, */) ?? [];
      for (const name of headers.keys()) {
        const isHidden =
          !exposed.includes(name) && !/^(access-control|cache-control|content-type|x-|allow$)/.test(name);
        expect([name, isHidden]).toEqual([name, false]);
      }
      expect(exposed).toEqual(
        expect.arrayContaining(['www-authenticate', 'link', 'oci-subject', 'warning', 'retry-after']),
      );
    }
  });

  test('some origins: theirs is named, others get nothing, and caches keep them apart', async () => {
    const handler = createRegistryServer({ cors: { origins: [origin, 'http://localhost:3000'] } });
    for (const [from, allowed] of [
      [origin, origin],
      ['https://other.test', null],
      ['null', null],
      [undefined, null],
    ]) {
      for (const method of ['GET', 'OPTIONS']) {
        const request = requestFrom(from ?? undefined, 'http://r.test/v2/', method);
        const response = await handler(request);
        expect(response.headers.get('access-control-allow-origin')).toBe(allowed);
        expect(response.headers.get('vary')).toBe('origin');
      }
    }
  });

  test.for<[from: string | undefined, cors: RegistryServerOptions['cors'], status: number]>([
    [origin, undefined, 202],
    [origin, { origins: [origin] }, 202],
    [origin, { origins: ['https://other.test'] }, 403],
    [origin, false, 403],
    ['null', false, 403],
    ['http://r.test:81', false, 403],
    ['http://r.test', false, 202],
    ['https://r.test', false, 202],
    [undefined, false, 202],
  ])('a page at %s that sends what needs no preflight, with cors %j: %i', async ([from, cors, status]) => {
    const handler = createRegistryServer({ cors });
    const response = await handler(requestFrom(from, 'http://r.test/v2/a/blobs/uploads/', 'POST'));
    expect(response.status).toBe(status);
    if (status === 403) await expectRefusal(response, 403, 'DENIED');
    const read = await handler(requestFrom(from, 'http://r.test/v2/', 'GET'));
    expect(read.status).toBe(200);
  });

  test('switched off: no header, and OPTIONS is a method like others', async () => {
    const response = await server(false).send('OPTIONS', '/v2/');
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    await expectRefusal(response, 405, 'UNSUPPORTED');
  });
});

describe('registry server: storage', () => {
  function layoutOf(storage: StorageAdapter, repository: string): OciLayout {
    return new OciLayout(new ScopedStorage(storage, `${repository}/_layout`));
  }

  test('a repository is an OCI image layout', async () => {
    const client = new TestClient();
    await client.pushBlob('a/b', emptyBlob);
    const digest = await client.pushManifest('a/b', manifestOf(), 'v1');
    const layout = layoutOf(client.storage, 'a/b');
    expect((await fetchManifest(layout, 'v1')).descriptor.digest).toBe(digest);
  });

  test('a layout that was being made when its process ended is no repository yet, and whole with the next blob', async () => {
    const client = new TestClient();
    await client.storage.put('a/_layout/oci-layout', new Blob(['{"imageLayoutVersion":"1.0.0"}']));
    await expectRefusal(await client.send('GET', 'a/tags/list'), 404, 'NAME_UNKNOWN');
    expect(await (await client.send('GET', '/v2/_catalog')).json()).toEqual({ repositories: [] });
    await client.pushBlob('a', emptyBlob);
    expect(await client.storage.get('a/_layout/index.json')).toBeDefined();
    expect(await (await client.send('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['a'] });
  });

  test('an OCI image layout is a repository', async () => {
    const client = new TestClient();
    await client.pushBlob('a', emptyBlob);
    const digest = await client.pushManifest('a', manifestOf(), 'v1');
    const source = layoutOf(client.storage, 'a');
    const target = layoutOf(client.storage, 'filled/elsewhere');
    const descriptor = await source.resolve('v1');
    await target.push(descriptor, await source.fetch(descriptor));
    await target.tag(descriptor, 'v2');
    const response = await client.send('GET', 'filled/elsewhere/manifests/v2');
    expect(response.headers.get('docker-content-digest')).toBe(digest);
    expect(await (await client.send('GET', '_catalog')).json()).toEqual({ repositories: ['a', 'filled/elsewhere'] });
  });

  test('it is a valid layout from its first blob on', async () => {
    const client = new TestClient();
    await client.pushBlob('a', emptyBlob);
    expect(await (await client.storage.get('a/_layout/oci-layout'))?.text()).toBe('{"imageLayoutVersion":"1.0.0"}');
    expect(JSON.parse((await (await client.storage.get('a/_layout/index.json'))?.text()) ?? '')).toMatchObject({
      schemaVersion: 2,
      manifests: [],
    });
  });

  test('everything is there after a restart', async () => {
    const first = new TestClient();
    await first.pushBlob('a', emptyBlob);
    const subject = { mediaType: manifestOf().mediaType, digest: await first.pushManifest('a', manifestOf()), size: 1 };
    await first.pushManifest('a', manifestOf({ subject }), 'v1');
    const second = new TestClient({ storage: first.storage });
    expect((await second.send('GET', 'a/manifests/v1')).status).toBe(200);
    const referrers = await second.send('GET', `a/referrers/${subject.digest}`);
    expect((await referrers.json()).manifests).toHaveLength(1);
  });

  test('reading leaves nothing behind', async () => {
    const client = new TestClient();
    for (const path of ['x/manifests/v1', 'x/tags/list', `x/referrers/sha256:${'0'.repeat(64)}`, '_catalog']) {
      await client.send('GET', path);
    }
    const found: string[] = [];
    for await (const { path } of client.storage.list()) found.push(path);
    expect(found).toEqual([]);
  });
});
