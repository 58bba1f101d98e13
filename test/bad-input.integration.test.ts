import { digestOf, isOrasError, MemoryStorage, NetworkError, type OrasErrorCode, Registry } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { describe, expect, inject, test } from 'vitest';
import { noise } from './support/noise.ts';
import { describeBasicRegistry, describeEachRegistry, embeddedRegistry } from './support/registries.ts';

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function codeOf(work: Promise<unknown>): Promise<OrasErrorCode | undefined> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isOrasError(error) ? error.code : undefined;
}

async function filesIn(storage: MemoryStorage): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of storage.list()) paths.push(path);
  return paths;
}

describe('malformed references', () => {
  const refuse = async (): Promise<Response> => {
    throw new Error('nothing may be sent');
  };
  const registry = new Registry({ fetch: refuse });
  test.each([
    '',
    'localhost',
    'hello-world:linux',
    'localhost/UPPER/case',
    'localhost:99999/a',
    'localhost:5000/a:',
    'localhost:5000/a:.x',
    'localhost:5000/a@sha256:abc',
    'localhost:5000/../a:v1',
    'localhost:5000/a:v1?x',
    'user:pass@localhost:5000/a:v1',
    `localhost:5000/${'a-'.repeat(100_000)}!:v1`,
  ])('%.40s: refused before anything is sent', async (reference) => {
    expect(await codeOf(registry.inspect(reference))).toBe('INVALID_REFERENCE');
    expect(await codeOf(registry.push(reference, []))).toBe('INVALID_REFERENCE');
    expect(await codeOf(registry.pull(reference))).toBe('INVALID_REFERENCE');
  });

  test('a reference without tag and digest: pull and inspect say what to add', async () => {
    await expect(registry.pull('localhost:5000/a')).rejects.toThrow(/localhost:5000\/a:v1/);
  });
});

describe('files that cannot be pushed', () => {
  const registry = new Registry({ fetch: () => Promise.reject(new Error('nothing may be sent')) });
  test.each(['../a', '/a', 'a/../b', 'a\\b', '', 'a\u0000b'])('the name %j: refused', async (name) => {
    expect(await codeOf(registry.push('localhost:5000/a:v1', [{ name, content: 'x' }]))).toBe('UNSAFE_PATH');
  });

  test('two files of one name: refused', async () => {
    const files = [1, 2].map((n) => ({ name: 'a', content: String(n) }));
    expect(await codeOf(registry.push('localhost:5000/a:v1', files))).toBe('EXISTS');
  });

  test.each([
    { artifactType: 'not a type' },
    { created: 'yesterday' },
    { annotations: { 'org.opencontainers.image.created': '2000/01/01 00:00:00' } },
  ])('the option %j: refused', async (option) => {
    expect(await codeOf(registry.push('localhost:5000/a:v1', [], option))).toBe('INVALID_MANIFEST');
  });

  test('a digest in the reference that is not the artifact: refused', async () => {
    const reference = `localhost:5000/a@${digestOf(bytesOf('other'))}`;
    expect(await codeOf(registry.push(reference, [{ name: 'a', content: 'x' }]))).toBe('MISMATCH');
  });
});

describeEachRegistry('what is not there', ({ host, name }) => {
  const registry = new Registry();

  test('an unknown tag, an unknown repository, an unknown blob: NOT_FOUND with what was looked for', async () => {
    await registry.push(`${host}/bad/known:v1`, [{ name: 'a', content: 'known' }]);
    for (const reference of [`${host}/bad/known:v2`, `${host}/bad/unknown:v1`]) {
      await expect(registry.inspect(reference)).rejects.toMatchObject({ code: 'NOT_FOUND', reference });
      await expect(registry.pull(reference)).rejects.toMatchObject({ code: 'NOT_FOUND', reference });
    }
    const tags = registry.tags(`${host}/bad/unknown`)[Symbol.asyncIterator]().next();
    // The specification allows both: an unknown repository is a 404, or one without tags.
    if (name === 'olareg') expect(await tags).toMatchObject({ done: true });
    else expect(await codeOf(tags)).toBe('NOT_FOUND');
    const digest = digestOf(bytesOf('nowhere'));
    const descriptor = { mediaType: 'text/plain', digest, size: 7 };
    const repository = registry.repository(`${host}/bad/known`);
    await expect(repository.fetch(descriptor)).rejects.toMatchObject({ code: 'NOT_FOUND', reference: digest });
    expect(await repository.exists(descriptor)).toBe(false);
  });

  test('a body that is not what its descriptor says: MISMATCH or the registry refuses, and nothing is stored', async () => {
    const repository = registry.repository(`${host}/bad/body`);
    const digest = digestOf(bytesOf('expected'));
    const type = 'application/octet-stream';
    const wrongSize = repository.push({ mediaType: type, digest, size: 9 }, new Blob(['expected']));
    expect(await codeOf(wrongSize)).toBe('MISMATCH');
    await expect(repository.push({ mediaType: type, digest, size: 8 }, new Blob(['12345678']))).rejects.toMatchObject({
      code: 'REGISTRY',
      status: 400,
      errors: [{ code: name === 'olareg' ? 'BLOB_UPLOAD_INVALID' : 'DIGEST_INVALID' }],
    });
    expect(await repository.exists({ mediaType: type, digest, size: 8 })).toBe(false);
  });

  test('abort in the middle of an upload: rejects with the reason of the signal, and no tag appears', async () => {
    const abort = new AbortController();
    const reason = new Error('the user left');
    const content = new Blob([noise(20_000_000, 3)]);
    const sent: string[] = [];
    const fetch = (url: string, init?: RequestInit): Promise<Response> => {
      sent.push(init?.method ?? 'GET');
      // The next turn of the event loop comes when the upload is on its way.
      if (init?.method === 'PATCH') setTimeout(() => abort.abort(reason));
      return globalThis.fetch(url, init);
    };
    const pushed = new Registry({ fetch }).push(`${host}/bad/aborted:v1`, [{ name: 'a', content }], abort);
    await expect(pushed).rejects.toBe(reason);
    expect(sent.slice(0, 2)).toEqual(['GET', 'POST']);
    expect(sent).toContain('PATCH');
    expect(sent).not.toContain('PUT');
    expect(await codeOf(registry.inspect(`${host}/bad/aborted:v1`))).toBe('NOT_FOUND');
  });

  test('abort in the middle of a download: rejects with the reason of the signal, and no file appears', async () => {
    const reference = `${host}/bad/download:v1`;
    await registry.push(reference, [{ name: 'a', content: new Blob([noise(20_000_000, 4)]) }]);
    const abort = new AbortController();
    const reason = new Error('the user left');
    const to = new MemoryStorage();
    const pulled = registry.pull(reference, {
      to,
      signal: abort.signal,
      onProgress: ({ type }) => type === 'transfer' && abort.abort(reason),
    });
    await expect(pulled).rejects.toBe(reason);
    expect(await filesIn(to)).toEqual([]);
  });
});

test('abort in the middle of an upload: the upload session is cancelled at the registry', async () => {
  const storage = new MemoryStorage();
  const server = createRegistryServer({ storage });
  const abort = new AbortController();
  const reason = new Error('the user left');
  const fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    if (init?.method === 'PUT') {
      expect(await filesIn(storage)).not.toEqual([]);
      abort.abort(reason);
      throw reason;
    }
    return server(new Request(url, init));
  };
  const pushed = new Registry({ fetch }).push('localhost/bad/session:v1', [{ name: 'a', content: 'a' }], abort);
  await expect(pushed).rejects.toBe(reason);
  await expect.poll(() => filesIn(storage)).toEqual([]);
});

describe('a registry that is not there', () => {
  test('nothing listens: NETWORK, with the address and the reason', async () => {
    const host = inject('closedHost');
    const error = await new Registry().inspect(`${host}/a/b:v1`).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code: 'NETWORK', url: `http://${host}/v2/a/b/manifests/v1` });
    expect(String(error)).toMatch('document' in globalThis ? /CORS headers/ : /ECONNREFUSED/);
  });
});

/** A registry that answers every request with one body, as only a broken or hostile one does. */
function registryOf(body: BodyInit, contentType = 'application/vnd.oci.image.manifest.v1+json'): Registry {
  return new Registry({ fetch: async () => new Response(body, { headers: { 'content-type': contentType } }) });
}

describe('manifests that cannot be trusted', () => {
  const layer = { mediaType: 'text/plain', digest: digestOf(bytesOf('right')), size: 5 };
  const manifest = {
    schemaVersion: 2,
    config: layer,
    layers: [{ ...layer, annotations: { 'org.opencontainers.image.title': 'a' } }],
  };

  test.each([
    ['not JSON', '{]', 'INVALID_MANIFEST'],
    ['a web page', '<!doctype html><html>', 'NOT_A_REGISTRY'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'INVALID_MANIFEST'],
    ['no object', '[]', 'INVALID_MANIFEST'],
    ['neither manifest nor index', '{"schemaVersion":2}', 'INVALID_MANIFEST'],
    ['both index and manifest', JSON.stringify({ ...manifest, manifests: [] }), 'INVALID_MANIFEST'],
    ['over 4 MiB', ' '.repeat(4 * 1024 * 1024 + 1), 'TOO_LARGE'],
    [
      'with a digest that leads elsewhere',
      JSON.stringify({ ...manifest, layers: [{ ...layer, digest: 'sha256:../../x' }] }),
      'INVALID_MANIFEST',
    ],
    ['with half a size', JSON.stringify({ ...manifest, layers: [{ ...layer, size: 1.5 }] }), 'INVALID_MANIFEST'],
  ] as const)('%s: refused', async (_, body, code) => {
    expect(await codeOf(registryOf(body).inspect('localhost:5000/a:v1'))).toBe(code);
    const to = new MemoryStorage();
    expect(await codeOf(registryOf(body).pull('localhost:5000/a:v1', { to }))).toBe(code);
    expect(await filesIn(to)).toEqual([]);
  });

  test('of another type than it says: read as the type it came as, which is told', async () => {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const told: string[] = [];
    const registry = registryOf(JSON.stringify({ ...manifest, mediaType }));
    const onWarning = ({ text }: { text: string }): number => told.push(text);
    expect((await registry.inspect('localhost:5000/a:v1', { onWarning })).kind).toBe('manifest');
    expect(told).toEqual([expect.stringContaining(`it calls itself ${mediaType}, and is read as`)]);
  });

  test('pulled by a digest it does not have: MISMATCH', async () => {
    const reference = `localhost:5000/a@${digestOf(bytesOf('other'))}`;
    expect(await codeOf(registryOf(JSON.stringify(manifest)).inspect(reference))).toBe('MISMATCH');
  });

  test.each(['wrong', 'right and more', 'righ'])(
    'a layer whose body is %j: MISMATCH, and no file appears',
    async (body) => {
      const registry = new Registry({
        fetch: async (url) =>
          url.includes('/manifests/')
            ? new Response(JSON.stringify(manifest), {
                headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
              })
            : new Response(body),
      });
      const to = new MemoryStorage();
      expect(await codeOf(registry.pull('localhost:5000/a:v1', { to }))).toBe('MISMATCH');
      expect(await filesIn(to)).toEqual([]);
      const { files } = await registry.pull('localhost:5000/a:v1');
      expect(await codeOf(files[0]!.blob())).toBe('MISMATCH');
    },
  );

  test.each(['../../.ssh/authorized_keys', '/etc/x', 'a\\..\\..\\b', 'CON', '.', 'a'.repeat(5000), 'a\u0000b', 'x/'])(
    'the title %.30j: refused, and nothing is written',
    async (title) => {
      const layers = [{ ...layer, annotations: { 'org.opencontainers.image.title': title } }];
      const to = new MemoryStorage();
      const registry = registryOf(JSON.stringify({ ...manifest, layers }));
      expect(await codeOf(registry.pull('localhost:5000/a:v1', { to }))).toBe('UNSAFE_PATH');
      expect(await filesIn(to)).toEqual([]);
    },
  );
});

describe('files that are there already', () => {
  test('other content: kept, unless it may be overwritten; the same content: left alone', async () => {
    const registry = new Registry();
    const reference = `${embeddedRegistry().host}/bad/overwrite:v1`;
    await registry.push(
      reference,
      ['a', 'b'].map((name) => ({ name, content: `new ${name}` })),
    );
    const to = new MemoryStorage();
    await to.put('b', new Blob(['old b']));
    await expect(registry.pull(reference, { to })).rejects.toMatchObject({ code: 'EXISTS', path: 'b' });
    expect(await filesIn(to)).toEqual(['b']);
    expect(await (await to.get('b'))?.text()).toBe('old b');
    await registry.pull(reference, { to, overwrite: true });
    expect(await (await to.get('b'))?.text()).toBe('new b');
    const skipped: string[] = [];
    await registry.pull(reference, { to, onProgress: (event) => event.type === 'skip' && skipped.push(event.reason) });
    expect(skipped).toEqual(['exists', 'exists']);
  });
});

describeBasicRegistry('credentials', ({ host, username, password }) => {
  const files = [{ name: 'a', content: 'secret' }];

  test('right ones: push and pull work', async () => {
    const registry = new Registry({ credentials: { username, password } });
    await registry.push(`${host}/auth/basic:v1`, files);
    expect((await registry.pull(`${host}/auth/basic:v1`)).files).toHaveLength(1);
  });

  test.each([
    ['wrong ones', { username, password: 'wrong-pass' }],
    ['none', undefined],
  ])('%s: UNAUTHORIZED, and no secret in the error', async (_, credentials) => {
    const registry = new Registry({ credentials });
    const error = await registry.push(`${host}/auth/refused:v1`, files).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('wrong-pass');
  });
});
