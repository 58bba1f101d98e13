import fc from 'fast-check';
import { digestOf, type StorageAdapter, type StorageEntry } from 'oras-js';
import { createRegistryServer, type RegistryServer, type RegistryServerOptions } from 'oras-js/server';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Content, collectBlob, streamOf } from '../../src/bytes/streams.ts';
import { describe as describeText, manifestOf, TestClient } from './client.ts';
import { type FuzzRequest, type FuzzSubject, fuzzRequests } from './fuzz-requests.ts';

// When one fails, the request it prints is the smallest that does; it can be sent alone, or again with the same seed.
const seed = 20_260_117;
const runs = 600;
const time = 1_700_000_000_000;

/** Files in memory that begin as a copy of others, and can tell cheaply what they are. */
class CopiedStorage implements StorageAdapter {
  readonly #files: Map<string, Blob>;

  constructor(files: ReadonlyMap<string, Blob> = new Map()) {
    this.#files = new Map(files);
  }

  get files(): ReadonlyMap<string, Blob> {
    return this.#files;
  }

  async get(path: string): Promise<Blob | undefined> {
    return this.#files.get(path);
  }

  async *list(prefix = ''): AsyncGenerator<StorageEntry, void, void> {
    for (const path of [...this.#files.keys()]) if (path.startsWith(prefix)) yield { path, type: 'file' };
  }

  async put(path: string, content: Content): Promise<void> {
    this.#files.set(path, await collectBlob(streamOf(content)));
  }

  async delete(path: string): Promise<void> {
    this.#files.delete(path);
  }
}

const digests = new WeakMap<Blob, string>();

/** Every path with the digest of its content; each Blob is read once. */
async function contentOf({ files }: CopiedStorage): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const [path, blob] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const digest = digests.get(blob) ?? digestOf(new Uint8Array(await blob.arrayBuffer()));
    digests.set(blob, digest);
    // The first list of referrers notes that it looked for those that other programs stored.
    if (!path.endsWith('/_referrers/complete')) content[path] = digest;
  }
  return content;
}

function requestOf({ method, path, headers, body }: FuzzRequest): Request {
  const isBodiless = /^(?:get|head)$/i.test(method) || body === undefined;
  return new Request(`http://registry.test${path}`, { method, headers, ...(!isBodiless && { body }) });
}

/** Sends a request, and expects of its answer what must be true of any. */
async function send(server: RegistryServer, request: Request): Promise<Response> {
  const { method } = request;
  const response = await server(request);
  const { status, headers } = response;
  const bytes = new Uint8Array(await response.clone().arrayBuffer());
  expect(status).toBeLessThan(500);
  expect(headers.get('access-control-allow-origin')).toBe('*');
  if (method === 'HEAD' || status === 204 || status === 304) expect(bytes.byteLength).toBe(0);
  else expect(headers.get('content-length')).toBe(`${bytes.byteLength}`);
  if (status >= 400 && method !== 'HEAD') {
    expect(headers.get('content-type')).toBe('application/json');
    const { errors } = JSON.parse(new TextDecoder().decode(bytes));
    expect(errors).toEqual([
      expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) }),
    ]);
  }
  return response;
}

const files = new Map<string, Blob>();
let subject: FuzzSubject;

beforeAll(async () => {
  const storage = new CopiedStorage();
  const client = new TestClient({ storage, now: () => time });
  const blob = await client.pushBlob('a/b', 'hello');
  await client.pushBlob('a/b', '{}');
  await client.pushBlob('other', 'hello');
  const manifest = await client.pushManifest('a/b', manifestOf(), 'v1');
  const referrer = manifestOf({ subject: describeText(manifestOf().text, manifestOf().mediaType) });
  await client.pushManifest('a/b', referrer);
  const sha512 = digestOf(new TextEncoder().encode('hello'), 'sha512');
  await client.send('POST', `a/b/blobs/uploads/?digest=${sha512}`, { body: 'hello' });
  const location = await client.startUpload('a/b');
  await client.patch(location, 0, 'hello');
  for (const [path, content] of storage.files) files.set(path, content);
  subject = { blob, manifest, sha512, upload: location.split('/').at(-1)! };
});

/** Sends sequences of requests to registries that all begin with the same content. */
async function fuzz(
  options: RegistryServerOptions,
  check: (request: Request, response: Response, changed: boolean) => void,
): Promise<void> {
  const property = fc.asyncProperty(
    fc.array(fuzzRequests(subject), { minLength: 1, maxLength: 6 }),
    async (requests) => {
      const storage = new CopiedStorage(files);
      const errors: unknown[] = [];
      const server = createRegistryServer({
        now: () => time,
        onError: (error) => errors.push(error),
        ...options,
        storage,
      });
      let before = await contentOf(storage);
      for (const request of requests.map(requestOf)) {
        const response = await send(server, request);
        const after = await contentOf(storage);
        if (response.status >= 400) expect(after).toEqual(before);
        check(request, response, JSON.stringify(after) !== JSON.stringify(before));
        before = after;
      }
      expect(errors).toEqual([]);
    },
  );
  await fc.assert(property, { seed, numRuns: runs });
}

describe('malformed requests', () => {
  test('never a 5xx, always an error of the specification, and nothing changes with a refusal', async () => {
    const answered = new Set<string>();
    await fuzz({}, ({ method }, { status }, changed) => {
      answered.add(`${method} ${status}`);
      if (changed) expect(method).toMatch(/^(?:POST|PUT|PATCH|DELETE)$/);
    });
    // The requests are not so wrong that all of them end at the first check.
    const expected = [
      ['GET 200', 'GET 206', 'GET 304', 'GET 400', 'GET 404', 'GET 405', 'GET 416', 'HEAD 200', 'HEAD 404'],
      ['POST 201', 'POST 202', 'POST 400', 'PUT 201', 'PUT 400', 'PUT 404', 'PATCH 202', 'PATCH 400', 'PATCH 416'],
      ['DELETE 202', 'DELETE 204', 'DELETE 404', 'OPTIONS 204', 'PROPFIND 405'],
    ];
    expect(expected.flat().filter((answer) => !answered.has(answer))).toEqual([]);
  });

  test('without credentials nothing is given or changed', async () => {
    const auth = { scheme: ['bearer', 'basic'], users: { alice: 'wonderland' } } as const;
    await fuzz({ auth }, ({ method }, { status }, changed) => {
      expect([changed, status >= 400 || method === 'OPTIONS']).toEqual([false, true]);
    });
  });
});
