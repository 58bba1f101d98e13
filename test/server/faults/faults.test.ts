import { digestOf, isOrasError, mediaTypes } from 'oras-js';
import { createRegistryServer, type Fault, faults, withFaults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import { describe as describeText, expectRefusal, headersOf, manifestOf, TestClient } from '../client.ts';

const hello = digestOf(new TextEncoder().encode('hello'));
const zero = `sha256:${'0'.repeat(64)}`;

function clientWith(...list: Fault[]): TestClient {
  return new TestClient({}, (handler) => withFaults(handler, list));
}

async function statusesOf(client: TestClient, method: string, path: string, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await client.send(method, path)).status);
  return statuses;
}

async function rangeOf(client: TestClient, location: string): Promise<string | null> {
  return (await client.send('GET', location)).headers.get('range');
}

describe('faults: when', () => {
  test('times: so often, then never again', async () => {
    const client = clientWith(faults.refuse(503, { times: 2 }));
    expect(await statusesOf(client, 'GET', '/v2/', 4)).toEqual([503, 503, 200, 200]);
  });

  test('match: to the requests that are meant, and only those count', async () => {
    const client = clientWith(faults.refuse(500, { times: 1, match: ({ url }) => url.endsWith('/_catalog') }));
    expect(await statusesOf(client, 'GET', '/v2/', 2)).toEqual([200, 200]);
    expect(await statusesOf(client, 'GET', '_catalog', 2)).toEqual([500, 200]);
  });

  test('a fault of answers counts only those that have what it changes', async () => {
    const client = clientWith(faults.noLocation({ times: 1 }));
    await client.send('GET', '/v2/');
    expect((await client.send('POST', 'a/blobs/uploads/')).headers.get('location')).toBe(null);
    expect((await client.send('POST', 'a/blobs/uploads/')).headers.get('location')).not.toBe(null);
  });

  test('the first fault is the outermost', async () => {
    const seen: string[] = [];
    const saying =
      (name: string): Fault =>
      async (request, next) => {
        seen.push(`${name} asked`);
        const response = await next(request);
        seen.push(`${name} answered`);
        return response;
      };
    await clientWith(saying('first'), saying('second')).send('GET', '/v2/');
    expect(seen).toEqual(['first asked', 'second asked', 'second answered', 'first answered']);
  });

  test('a registry with faults is used as the one without', async () => {
    const server = withFaults(createRegistryServer(), [faults.refuse(500, { times: 1 })]);
    const answers = [await server('http://registry.test/v2/'), await server(new URL('http://registry.test/v2/'))];
    expect(answers.map(({ status }) => status)).toEqual([500, 200]);
    expect((await server('http://registry.test/v2/', { method: 'DELETE' })).status).toBe(405);
    expect((await withFaults(createRegistryServer(), [])('http://registry.test/v2/')).status).toBe(200);
  });
});

describe('faults: of requests', () => {
  test.for([
    [429, 'TOOMANYREQUESTS'],
    [403, 'DENIED'],
    [500, 'UNKNOWN'],
    [503, 'UNKNOWN'],
  ] as const)('refuse %s: in the form of the specification, for pages too', async ([status, code]) => {
    const client = clientWith(faults.refuse(status, { headers: { 'retry-after': '7' } }));
    const refused = await client.send('PUT', 'a/manifests/v1', {
      headers: { origin: 'https://page.test' },
      body: '{}',
    });
    expect(headersOf(refused, 'retry-after', 'access-control-allow-origin')).toEqual({
      'retry-after': '7',
      'access-control-allow-origin': '*',
    });
    expect(refused.headers.get('access-control-expose-headers')).toContain('retry-after');
    await expectRefusal(refused, status, code);
    const head = await client.send('HEAD', 'a/manifests/v1');
    expect([head.status, await head.text()]).toEqual([status, '']);
    expect((await client.send('OPTIONS', '/v2/')).status).toBe(204);
  });

  test('disconnect: rejects as fetch does', async () => {
    const client = clientWith(faults.disconnect({ times: 1 }));
    const error = await rejection(client.send('GET', '/v2/?secret=1'));
    expect(error).toBeInstanceOf(TypeError);
    const { cause } = error as TypeError;
    expect(isOrasError(cause, 'NETWORK') && cause.url).toBe('http://registry.test/v2/');
    expect((await client.send('GET', '/v2/')).status).toBe(200);
  });

  test('noReferrers: 404, and no OCI-Subject', async () => {
    const client = clientWith(faults.noReferrers());
    await expectRefusal(await client.send('GET', `a/referrers/${zero}`), 404, 'UNKNOWN');
    expect((await client.send('GET', '/v2/')).status).toBe(200);
    const manifest = await pushManifest(client);
    const subject = { mediaType: mediaTypes.manifest, digest: manifest, size: 1 };
    const body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [], subject });
    const response = await client.send('PUT', 'a/manifests/v2', {
      body,
      headers: { 'content-type': mediaTypes.index },
    });
    expect(response.status).toBe(201);
    expect(response.headers.has('oci-subject')).toBe(false);
  });

  test('redirectBlobs: 307 to the same path of another origin, for blobs that are there', async () => {
    const client = clientWith(faults.redirectBlobs('https://store.test'));
    await client.pushBlob('a', 'hello');
    const manifest = await pushManifest(client);
    for (const method of ['GET', 'HEAD']) {
      const response = await client.send(method, `a/blobs/${hello}?x=1`);
      expect([response.status, await response.text()]).toEqual([307, '']);
      expect(headersOf(response, 'location', 'content-length', 'access-control-allow-origin')).toEqual({
        location: `https://store.test/v2/a/blobs/${hello}?x=1`,
        'content-length': '0',
        'access-control-allow-origin': '*',
      });
    }
    expect((await client.send('GET', `a/blobs/${hello}`, { headers: { range: 'bytes=1-2' } })).status).toBe(307);
    expect((await client.send('GET', `a/blobs/${zero}`)).status).toBe(404);
    expect((await client.send('GET', `a/manifests/${manifest}`)).status).toBe(200);
  });
});

/** Stores a manifest that has a subject, and its config. */
async function pushManifest(client: TestClient, tag?: string): Promise<string> {
  await client.pushBlob('a', '{}');
  return client.pushManifest('a', manifestOf({ subject: describeText('x', mediaTypes.manifest) }), tag);
}

describe('faults: of answers', () => {
  test('noSubject: no OCI-Subject', async () => {
    const sent = manifestOf({ subject: describeText('x', mediaTypes.manifest) });
    for (const [client, subject] of [
      [clientWith(), describeText('x').digest],
      [clientWith(faults.noSubject()), null],
    ] as const) {
      await client.pushBlob('a', '{}');
      expect((await client.putManifest('a', 'v1', sent)).headers.get('oci-subject')).toBe(subject);
    }
  });

  test('noDigest, wrongDigest: in every answer that is a success', async () => {
    for (const [fault, digest] of [
      [faults.noDigest(), null],
      [faults.wrongDigest(), zero],
    ] as const) {
      const client = clientWith(fault);
      await client.pushBlob('a', 'hello');
      await pushManifest(client, 'v1');
      for (const path of [`a/blobs/${hello}`, 'a/manifests/v1']) {
        for (const method of ['GET', 'HEAD']) {
          expect((await client.send(method, path)).headers.get('docker-content-digest')).toBe(digest);
        }
      }
      expect(await (await client.send('GET', `a/blobs/${hello}`)).text()).toBe('hello');
    }
  });

  test('the forms of Location all lead to the same path', async () => {
    const origin = 'http://registry.test';
    for (const [fault, form, there] of [
      [faults.absoluteLocation(), /^http:\/\/registry\.test\/v2\/a\//, origin],
      [faults.relativeLocation(), /^\.{1,2}\//, origin],
      [faults.foreignLocation('https://other.test:81'), /^https:\/\/other\.test:81\/v2\/a\//, 'https://other.test:81'],
    ] as const) {
      const client = clientWith(fault);
      const locationOf = async (method: string, path: string, body?: string): Promise<string> => {
        const response = await client.send(method, path, body === undefined ? {} : { body });
        const location = response.headers.get('location') ?? '';
        expect(location).toMatch(form);
        const url = new URL(location, new URL(path, `${origin}/v2/`));
        expect(url.origin).toBe(there);
        return url.pathname;
      };
      for (const path of ['a/blobs/uploads/', 'a/blobs/uploads']) {
        const upload = await locationOf('POST', path);
        expect(upload).toMatch(/^\/v2\/a\/blobs\/uploads\/[^/]+$/);
        expect(await locationOf('PATCH', upload, 'hello')).toBe(upload);
        expect(await locationOf('PUT', `${upload}?digest=${hello}`)).toBe(`/v2/a/blobs/${hello}`);
      }
      await client.pushBlob('a', '{}');
      const { text, mediaType } = manifestOf();
      const put = await client.putManifest('a', 'v1', { text, mediaType });
      const url = new URL(put.headers.get('location')!, `${origin}/v2/a/manifests/v1`);
      expect(url.pathname).toBe(`/v2/a/manifests/${describeText(text).digest}`);
    }
  });

  test('noLocation: none', async () => {
    const response = await clientWith(faults.noLocation()).send('POST', 'a/blobs/uploads/');
    expect(headersOf(response, 'location', 'range')).toEqual({ location: null, range: '0-0' });
  });

  test('wrongRange: after a part, not when the registry is asked', async () => {
    const client = clientWith(faults.wrongRange('0-1'));
    const location = await client.startUpload('a');
    expect((await client.patch(location, 0, 'hello')).headers.get('range')).toBe('0-1');
    expect(await rangeOf(client, location)).toBe('0-4');
  });

  test('warning, in quotes', async () => {
    const response = await clientWith(faults.warning('say "hi" \\')).send('GET', '/v2/');
    expect(response.headers.get('warning')).toBe('299 - "say \\"hi\\" \\\\"');
    expect(response.headers.get('access-control-expose-headers')).toContain('warning');
    expect(await response.json()).toEqual({});
  });

  test('unquotedLink', async () => {
    const client = clientWith(faults.unquotedLink());
    await pushManifest(client, 'v1');
    await pushManifest(client, 'v2');
    const response = await client.send('GET', 'a/tags/list?n=1');
    expect(response.headers.get('link')).toBe('</v2/a/tags/list?n=1&last=v1>; rel=next');
  });

  test('nullTags', async () => {
    const client = clientWith(faults.nullTags({ times: 1 }));
    await pushManifest(client, 'v1');
    expect((await client.send('GET', 'b/tags/list')).status).toBe(404);
    const response = await client.send('GET', 'a/tags/list');
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({ name: 'a', tags: null });
    expect(response.headers.get('content-length')).toBe(`${text.length}`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await (await client.send('GET', 'a/tags/list')).json()).toEqual({ name: 'a', tags: ['v1'] });
  });

  test.for([0, 1, 4])('truncate after %i bytes: they come, then the body fails', async (bytes) => {
    const client = clientWith(faults.truncate(bytes));
    await client.pushBlob('a', 'hello');
    const response = await client.send('GET', `a/blobs/${hello}`);
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '5']);
    const reader = response.body!.getReader();
    let text = '';
    const error = await rejection(
      (async () => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          text += new TextDecoder().decode(value);
        }
      })(),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(text).toBe('hello'.slice(0, bytes));
  });

  test('truncate: a body that is not longer comes whole', async () => {
    const client = clientWith(faults.truncate(5));
    await client.pushBlob('a', 'hello');
    expect(await (await client.send('GET', `a/blobs/${hello}`)).text()).toBe('hello');
    expect((await client.send('HEAD', `a/blobs/${hello}`)).status).toBe(200);
  });
});

describe('faults: of uploads', () => {
  test('noSinglePost: an upload begins', async () => {
    const client = clientWith(faults.noSinglePost());
    const response = await client.send('POST', `a/blobs/uploads/?digest=${hello}`, { body: 'hello' });
    expect(response.status).toBe(202);
    const location = response.headers.get('location')!;
    expect(await rangeOf(client, location)).toBe('0-0');
    expect((await client.send('PUT', `${location}?digest=${hello}`, { body: 'hello' })).status).toBe(201);
  });

  test('noMount: an upload begins', async () => {
    const client = clientWith(faults.noMount());
    await client.pushBlob('b', 'hello');
    for (const query of [`mount=${hello}&from=b`, `mount=${hello}`]) {
      expect((await client.send('POST', `a/blobs/uploads/?${query}`)).status).toBe(202);
    }
    expect((await client.send('HEAD', `a/blobs/${hello}`)).status).toBe(404);
  });

  test('minChunk: it is said, and after a shorter chunk comes no other', async () => {
    const client = clientWith(faults.minChunk(2));
    const begun = await client.send('POST', 'a/blobs/uploads/');
    expect(begun.headers.get('oci-chunk-min-length')).toBe('2');
    const location = begun.headers.get('location')!;
    expect((await client.patch(location, 0, 'he')).status).toBe(202);
    expect((await client.patch(location, 2, 'l')).status).toBe(202);
    for (const refused of [
      await client.patch(location, 3, 'lo'),
      await client.send('PUT', `${location}?digest=${hello}`, { body: 'lo' }),
    ]) {
      expect(headersOf(refused, 'location', 'range')).toEqual({ location, range: '0-2' });
      await expectRefusal(refused, 416, 'BLOB_UPLOAD_INVALID');
    }
    const hel = digestOf(new TextEncoder().encode('hel'));
    expect((await client.send('PUT', `${location}?digest=${hel}`)).status).toBe(201);
  });

  test.for([413, 416] as const)('maxChunk: a part with more is %i, however it comes', async (status) => {
    const client = clientWith(faults.maxChunk(3, { status }));
    const location = await client.startUpload('a');
    expect((await client.patch(location, 0, 'hel')).status).toBe(202);
    const refused = await client.patch(location, 3, 'lo, world');
    expect(headersOf(refused, 'location', 'range')).toEqual({ location, range: '0-2' });
    expect((await client.patch(location, 3, 'lo')).status).toBe(202);
    expect((await client.send('PUT', `${location}?digest=${hello}`)).status).toBe(201);
    const code = status === 413 ? 'SIZE_INVALID' : 'BLOB_UPLOAD_INVALID';
    await expectRefusal(refused, status, code);
    const post = await client.send('POST', `b/blobs/uploads/?digest=${hello}`, { body: 'hello' });
    await expectRefusal(post, status, code);
    const put = await client.send('PUT', `${await client.startUpload('b')}?digest=${hello}`, { body: 'hello' });
    await expectRefusal(put, status, code);
    expect((await client.send('GET', 'b/blobs/uploads/')).status).toBe(405);
  });

  test('maxChunk: where a request says its length, its body is not read for it', async () => {
    const client = clientWith(faults.maxChunk(3, { times: 1 }));
    const location = await client.startUpload('a');
    // A page cannot say a length, so there it is read.
    const sent = { headers: { 'content-length': '5' }, body: 'hello' };
    expect((await client.send('PATCH', location, sent)).status).toBe(413);
    expect((await client.send('PATCH', location, sent)).status).toBe(202);
    expect(await rangeOf(client, location)).toBe('0-4');
  });

  test('silentAppend: a chunk goes to the end, wherever it says it belongs', async () => {
    const client = clientWith(faults.silentAppend());
    const location = await client.startUpload('a');
    expect((await client.patch(location, 7, 'he')).headers.get('range')).toBe('0-1');
    expect((await client.patch(location, 0, 'll')).headers.get('range')).toBe('0-3');
    const headers = { 'content-range': '99-99' };
    expect((await client.send('PUT', `${location}?digest=${hello}`, { headers, body: 'o' })).status).toBe(201);
  });

  test('cutUpload: the connection breaks and what came is lost', async () => {
    const client = clientWith(faults.cutUpload(2, { times: 2 }));
    const location = await client.startUpload('a');
    for (const sending of [
      () => client.patch(location, 0, 'hello'),
      () => client.send('PUT', `${location}?digest=${hello}`, { body: 'hello' }),
    ]) {
      expect(await rejection(sending())).toBeInstanceOf(TypeError);
      expect(await rangeOf(client, location)).toBe('0-0');
    }
    expect((await client.patch(location, 0, 'hello')).status).toBe(202);
    expect(client.errors).toEqual([]);
  });

  test('cutUpload: what is not longer comes whole', async () => {
    const client = clientWith(faults.cutUpload(5));
    const location = await client.startUpload('a');
    expect((await client.patch(location, 0, 'hello')).headers.get('range')).toBe('0-4');
    expect((await client.patch(location, 0, 'hello')).status).toBe(416);
    const post = await client.send('POST', `a/blobs/uploads/?digest=${hello}`, { body: 'hello' });
    expect(post.status).toBe(201);
  });

  test.for(['PATCH', 'PUT'])('cutUpload with kept: of a %s what came is part of the upload', async (method) => {
    const client = clientWith(
      faults.cutUpload(2, { times: 1, kept: true, match: (request) => request.method === method }),
    );
    const location = await client.startUpload('a');
    const sending = client.send(method, `${location}?digest=${hello}`, { body: 'hello' });
    expect(await rejection(sending)).toBeInstanceOf(TypeError);
    expect(await rangeOf(client, location)).toBe('0-1');
    expect((await client.patch(location, 2, 'llo')).status).toBe(202);
    expect((await client.send('PUT', `${location}?digest=${hello}`)).status).toBe(201);
  });

  test('expireUpload: 404, and the upload is gone', async () => {
    const isPatch = ({ method }: Request): boolean => method === 'PATCH';
    const client = clientWith(faults.expireUpload({ match: isPatch, times: 1 }));
    const location = await client.startUpload('a');
    expect((await client.send('GET', location)).status).toBe(204);
    await expectRefusal(await client.patch(location, 0, 'hello'), 404, 'BLOB_UPLOAD_UNKNOWN');
    await expectRefusal(await client.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
    expect((await client.patch(await client.startUpload('a'), 0, 'hello')).status).toBe(202);
  });
});
