import { digestOf } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { noise } from '../../support/noise.ts';
import { expectRefusal, headersOf, manifestOf, TestClient } from '../client.ts';

const unknown = `sha256:${'0'.repeat(64)}`;

describe('blobs', () => {
  test('GET and HEAD: type, length, digest and tag', async () => {
    const client = new TestClient();
    const digest = await client.pushBlob('a/b', 'hello');
    const expected = {
      'content-type': 'application/octet-stream',
      'content-length': '5',
      'docker-content-digest': digest,
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
      'x-content-type-options': 'nosniff',
      'content-encoding': null,
    };
    const get = await client.send('GET', `a/b/blobs/${digest}`);
    expect(get.status).toBe(200);
    expect(headersOf(get, ...Object.keys(expected))).toEqual(expected);
    expect(await get.text()).toBe('hello');
    const head = await client.send('HEAD', `a/b/blobs/${digest}`);
    expect(head.status).toBe(200);
    expect(headersOf(head, ...Object.keys(expected))).toEqual(expected);
    expect(await head.text()).toBe('');
  });

  test('an empty blob has length 0', async () => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', '');
    for (const method of ['GET', 'HEAD']) {
      const response = await client.send(method, `a/blobs/${digest}`);
      expect([response.status, response.headers.get('content-length')]).toEqual([200, '0']);
      expect(await response.text()).toBe('');
    }
  });

  test('a digest may be escaped in the path', async () => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', 'hello');
    expect((await client.send('GET', `a/blobs/${encodeURIComponent(digest)}`)).status).toBe(200);
  });

  test('what is not there is 404, in another repository too', async () => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', 'hello');
    const refusal = await expectRefusal(await client.send('GET', `a/blobs/${unknown}`), 404, 'BLOB_UNKNOWN');
    expect(refusal.detail).toEqual({ digest: unknown });
    await expectRefusal(await client.send('GET', `b/blobs/${digest}`), 404, 'BLOB_UNKNOWN');
    const head = await client.send('HEAD', `b/blobs/${digest}`);
    expect([head.status, await head.text()]).toEqual([404, '']);
  });

  test.for([
    'sha256:bad',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'0'.repeat(64)}%0a`,
    'md5:d41d8cd98f00b204e9800998ecf8427e',
    'hello',
    '__proto__:x',
    '%',
  ])('the digest %s is 400', async (digest) => {
    await expectRefusal(await new TestClient().send('GET', `a/blobs/${digest}`), 400, 'DIGEST_INVALID');
  });

  test('sha512: stored and found under its own digest', async () => {
    const client = new TestClient();
    const digest = digestOf(new TextEncoder().encode('hello'), 'sha512');
    const start = await client.send('POST', 'a/blobs/uploads/?digest-algorithm=sha512');
    const put = await client.send('PUT', `${start.headers.get('location')}?digest=${digest}`, { body: 'hello' });
    expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, digest]);
    const get = await client.send('GET', put.headers.get('location')!);
    expect([await get.text(), get.headers.get('docker-content-digest')]).toEqual(['hello', digest]);
  });
});

describe('blobs: ranges (RFC 9110, section 14)', () => {
  const bytes = noise(2048, 3);
  const parts: [range: string, first: number, last: number][] = [
    ['bytes=0-0', 0, 0],
    ['bytes=500-1499', 500, 1499],
    ['bytes=500-', 500, 2047],
    ['bytes=-500', 1548, 2047],
    ['bytes=-5000', 0, 2047],
    ['bytes=2000-5000', 2000, 2047],
    ['BYTES= 10-19', 10, 19],
  ];

  test.for(parts)('%s is 206', async ([range, first, last]) => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', bytes);
    const response = await client.send('GET', `a/blobs/${digest}`, { headers: { range } });
    expect(response.status).toBe(206);
    expect(headersOf(response, 'content-range', 'content-length')).toEqual({
      'content-range': `bytes ${first}-${last}/2048`,
      'content-length': `${last - first + 1}`,
    });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.slice(first, last + 1));
  });

  test.for(['bytes=500-0', 'bytes=5000-10000', 'bytes=2048-', 'bytes=-0'])('%s is 416', async (range) => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', bytes);
    const response = await client.send('GET', `a/blobs/${digest}`, { headers: { range } });
    expect(response.headers.get('content-range')).toBe('bytes */2048');
    await expectRefusal(response, 416, 'SIZE_INVALID');
  });

  test.for(['bytes=0-1,4-5', 'lines=1-2', 'bytes=', 'bytes=-', 'bytes=a-b', 'nonsense'])(
    '%s is ignored',
    async (range) => {
      const client = new TestClient();
      const digest = await client.pushBlob('a', bytes);
      const response = await client.send('GET', `a/blobs/${digest}`, { headers: { range } });
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 2048]);
    },
  );

  test('no byte of an empty blob is in any range', async () => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', '');
    const response = await client.send('GET', `a/blobs/${digest}`, { headers: { range: 'bytes=0-' } });
    await expectRefusal(response, 416, 'SIZE_INVALID');
  });

  test('If-Range: the part of the same blob, all of another one', async () => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', bytes);
    const get = (tag: string): Promise<Response> =>
      client.send('GET', `a/blobs/${digest}`, { headers: { range: 'bytes=1-2', 'if-range': tag } });
    expect((await get(`"${digest}"`)).status).toBe(206);
    expect((await get(`"${unknown}"`)).status).toBe(200);
    expect((await get(`W/"${digest}"`)).status).toBe(200);
  });

  test.for([(digest: string) => `"${digest}"`, (digest: string) => `"x", W/"${digest}"`, () => '*'])(
    'If-None-Match: 304 without a body when the client has it (%#)',
    async (tagOf) => {
      const client = new TestClient();
      const digest = await client.pushBlob('a', 'hello');
      const headers = { 'if-none-match': tagOf(digest) };
      const response = await client.send('GET', `a/blobs/${digest}`, { headers });
      expect([response.status, await response.text()]).toEqual([304, '']);
      const other = await client.send('GET', `a/blobs/${digest}`, { headers: { 'if-none-match': '"x"' } });
      expect(other.status).toBe(200);
    },
  );
});

describe('blobs: deletion', () => {
  test('a blob is gone at once, in its own repository only', async () => {
    const client = new TestClient();
    const digest = await client.pushBlob('a', 'hello');
    await client.pushBlob('b', 'hello');
    expect((await client.send('DELETE', `a/blobs/${digest}`)).status).toBe(202);
    expect((await client.send('HEAD', `a/blobs/${digest}`)).status).toBe(404);
    expect((await client.send('HEAD', `b/blobs/${digest}`)).status).toBe(200);
    await expectRefusal(await client.send('DELETE', `a/blobs/${digest}`), 404, 'BLOB_UNKNOWN');
  });

  test('a manifest cannot be deleted as a blob', async () => {
    const client = new TestClient();
    await client.pushBlob('a', '{}');
    const digest = await client.pushManifest('a', manifestOf(), 'v1');
    await expectRefusal(await client.send('DELETE', `a/blobs/${digest}`), 405, 'UNSUPPORTED');
    expect((await client.send('GET', 'a/manifests/v1')).status).toBe(200);
  });

  test('nothing is deleted where deletion is off: blobs, manifests, tags (CVE-2026-41888)', async () => {
    const client = new TestClient({ deletion: false });
    const blob = await client.pushBlob('a', '{}');
    const digest = await client.pushManifest('a', manifestOf(), 'v1');
    for (const path of [`a/blobs/${blob}`, `a/manifests/${digest}`, 'a/manifests/v1', 'a/manifests/missing']) {
      const response = await client.send('DELETE', path);
      expect(response.headers.get('allow')).not.toContain('DELETE');
      await expectRefusal(response, 405, 'UNSUPPORTED');
    }
    expect((await client.send('GET', 'a/manifests/v1')).status).toBe(200);
    // An upload that was begun can be cancelled all the same: there was nothing to delete yet.
    expect((await client.send('DELETE', await client.startUpload('a'))).status).toBe(204);
  });
});
