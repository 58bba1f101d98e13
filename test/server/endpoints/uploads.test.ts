import { digestOf, MemoryStorage } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { expectRefusal, headersOf, TestClient } from '../client.ts';

const hello = digestOf(new TextEncoder().encode('hello'));
const empty = digestOf(new Uint8Array());
const zero = `sha256:${'0'.repeat(64)}`;

/** What is kept of uploads. */
async function uploadFiles({ storage }: TestClient): Promise<string[]> {
  const files: string[] = [];
  for await (const { path } of storage.list('_uploads/')) files.push(path);
  return files;
}

async function textOf(client: TestClient, digest: string, repository = 'a'): Promise<string> {
  const response = await client.send('GET', `${repository}/blobs/${digest}`);
  return response.status === 200 ? response.text() : `${response.status}`;
}

describe('uploads: in one piece', () => {
  test('POST then PUT (end-4a, end-6)', async () => {
    const client = new TestClient();
    const start = await client.send('POST', 'a/blobs/uploads/');
    expect(start.status).toBe(202);
    const location = start.headers.get('location')!;
    expect(location).toMatch(/^\/v2\/a\/blobs\/uploads\/[0-9a-z-]{30,}$/);
    expect(headersOf(start, 'range', 'docker-upload-uuid', 'content-length')).toEqual({
      range: '0-0',
      'docker-upload-uuid': location.split('/').at(-1),
      'content-length': '0',
    });
    const put = await client.send('PUT', `${location}?digest=${hello}`, { body: 'hello' });
    expect(put.status).toBe(201);
    expect(headersOf(put, 'location', 'docker-content-digest')).toEqual({
      location: `/v2/a/blobs/${hello}`,
      'docker-content-digest': hello,
    });
    expect(await textOf(client, hello)).toBe('hello');
    await expectRefusal(await client.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
    expect(await uploadFiles(client)).toEqual([]);
  });

  test('a single POST (end-4b)', async () => {
    const client = new TestClient();
    const response = await client.send('POST', `a/blobs/uploads/?digest=${hello}`, { body: 'hello' });
    expect([response.status, response.headers.get('location')]).toEqual([201, `/v2/a/blobs/${hello}`]);
    expect(await textOf(client, hello)).toBe('hello');
  });

  test('the path may lack its last slash', async () => {
    expect((await new TestClient().send('POST', 'a/blobs/uploads')).status).toBe(202);
  });

  test('a blob that is there can be pushed again', async () => {
    const client = new TestClient();
    await client.pushBlob('a', 'hello');
    await client.pushBlob('a', 'hello');
    expect(await textOf(client, hello)).toBe('hello');
  });

  test('an empty blob, with and without a body', async () => {
    for (const body of [{}, { body: '' }, { body: new Blob([]) }]) {
      const client = new TestClient();
      const put = await client.send('PUT', `${await client.startUpload('a')}?digest=${empty}`, body);
      expect(put.status).toBe(201);
      expect(await textOf(client, empty)).toBe('');
    }
  });

  test('content with another digest is 400 and not stored', async () => {
    const client = new TestClient();
    const put = await client.send('PUT', `${await client.startUpload('a')}?digest=${zero}`, { body: 'hello' });
    await expectRefusal(put, 400, 'DIGEST_INVALID');
    const post = await client.send('POST', `a/blobs/uploads/?digest=${zero}`, { body: 'hello' });
    await expectRefusal(post, 400, 'DIGEST_INVALID');
    expect([await textOf(client, zero), await textOf(client, hello)]).toEqual(['404', '404']);
  });

  test.for(['', 'sha256:bad', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'sha256:../../../x'])(
    'the digest "%s" is 400, and the upload goes on',
    async (digest) => {
      const client = new TestClient();
      const location = await client.startUpload('a');
      const query = `?digest=${encodeURIComponent(digest)}`;
      await expectRefusal(await client.send('PUT', location + query, { body: 'hello' }), 400, 'DIGEST_INVALID');
      await expectRefusal(await client.send('PUT', location, { body: 'hello' }), 400, 'DIGEST_INVALID');
      await expectRefusal(await client.send('POST', `a/blobs/uploads/${query}`, { body: 'x' }), 400, 'DIGEST_INVALID');
      expect((await client.send('PUT', `${location}?digest=${hello}`, { body: 'hello' })).status).toBe(201);
    },
  );

  test('digest-algorithm: sha256 and sha512 are known, others are 400 (end-4c)', async () => {
    const client = new TestClient();
    for (const [algorithm, status] of [
      ['sha256', 202],
      ['sha512', 202],
      ['md5', 400],
      ['blake3', 400],
    ]) {
      expect((await client.send('POST', `a/blobs/uploads/?digest-algorithm=${algorithm}`)).status).toBe(status);
    }
  });
});

describe('uploads: in chunks', () => {
  test('PATCH, PATCH, PUT with the last chunk', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    const first = await client.patch(location, 0, 'he');
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-1']);
    const second = await client.patch(first.headers.get('location')!, 2, 'll');
    expect([second.status, second.headers.get('range')]).toEqual([202, '0-3']);
    const headers = { 'content-range': '4-4' };
    const last = `${second.headers.get('location')}?digest=${hello}`;
    expect((await client.send('PUT', last, { headers, body: 'o' })).status).toBe(201);
    expect(await textOf(client, hello)).toBe('hello');
    expect(await uploadFiles(client)).toEqual([]);
  });

  test('all by PATCH, and an empty PUT', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    await client.patch(location, 0, 'hello');
    expect((await client.send('PUT', `${location}?digest=${hello}`)).status).toBe(201);
    expect(await textOf(client, hello)).toBe('hello');
  });

  test('a stream without a Content-Range goes where the last chunk ended', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    for (const body of ['hel', 'lo']) expect((await client.send('PATCH', location, { body })).status).toBe(202);
    expect((await client.send('PUT', `${location}?digest=${hello}`)).status).toBe(201);
    expect(await textOf(client, hello)).toBe('hello');
  });

  test.for(['3-4', '0-1', '1-2', '999999999999999-999999999999999'])(
    'a chunk out of order (%s) is 416 by PATCH and PUT, says where to go on, and the upload survives',
    async (range) => {
      const client = new TestClient();
      const location = await client.startUpload('a');
      await client.patch(location, 0, 'he');
      const size = range.startsWith('9') ? 1 : 2;
      for (const [method, query] of [
        ['PATCH', ''],
        ['PUT', `?digest=${hello}`],
      ] as const) {
        const response = await client.send(method, location + query, {
          headers: { 'content-range': range },
          body: 'x'.repeat(size),
        });
        expect(headersOf(response, 'location', 'range')).toEqual({ location, range: '0-1' });
        await expectRefusal(response, 416, 'BLOB_UPLOAD_INVALID');
      }
      const status = await client.send('GET', `${location}?digest=${hello}`);
      expect([status.status, await status.text()]).toEqual([204, '']);
      expect(headersOf(status, 'location', 'range')).toEqual({ location, range: '0-1' });
      expect((await client.patch(location, 2, 'llo')).status).toBe(202);
      expect((await client.send('PUT', `${location}?digest=${hello}`)).status).toBe(201);
      expect(await textOf(client, hello)).toBe('hello');
    },
  );

  test('status of an upload that has nothing', async () => {
    const client = new TestClient();
    const status = await client.send('GET', await client.startUpload('a'));
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-0']);
  });

  test('of two chunks for one place, sent at a time, one is taken and the other 416', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    const answers = await Promise.all([client.patch(location, 0, 'hello'), client.patch(location, 0, 'jello')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 416]);
    expect(await uploadFiles(client)).toHaveLength(2);
    expect((await client.send('GET', location)).headers.get('range')).toBe('0-4');
  });

  test.for(['bytes 0-4/5', 'bytes=0-4', '0-', '-4', '4-0', 'x', '0-4/5', '1e1-12'])(
    'the Content-Range "%s" is 400, and the upload goes on',
    async (range) => {
      const client = new TestClient();
      const location = await client.startUpload('a');
      const sent = { headers: { 'content-range': range }, body: 'hello' };
      await expectRefusal(await client.send('PATCH', location, sent), 400, 'BLOB_UPLOAD_INVALID');
      const put = await client.send('PUT', `${location}?digest=${hello}`, sent);
      await expectRefusal(put, 400, 'BLOB_UPLOAD_INVALID');
      expect((await client.patch(location, 0, 'hello')).status).toBe(202);
    },
  );

  test('a chunk that is not as long as it says is 400, and not taken', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    for (const body of ['hell', 'hello!']) {
      const response = await client.send('PATCH', location, { headers: { 'content-range': '0-4' }, body });
      await expectRefusal(response, 400, 'SIZE_INVALID');
    }
    expect(await uploadFiles(client)).toHaveLength(1);
    expect((await client.patch(location, 0, 'hello')).status).toBe(202);
  });

  test('a chunk that breaks off is not taken, and the upload goes on', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    await client.patch(location, 0, 'he');
    const abort = new AbortController();
    const sending = client.send('PATCH', location, { body: new Blob(['x'.repeat(1000)]), signal: abort.signal });
    abort.abort();
    await sending.catch(() => {});
    expect((await client.send('GET', location)).headers.get('range')).toBe('0-1');
    expect((await client.patch(location, 2, 'llo')).status).toBe(202);
    expect(await uploadFiles(client)).toHaveLength(3);
    expect(client.errors).toEqual([]);
  });

  test('another registry on the same storage goes on with an upload', async () => {
    const storage = new MemoryStorage();
    const location = await new TestClient({ storage }).startUpload('a');
    await new TestClient({ storage }).patch(location, 0, 'hel');
    const client = new TestClient({ storage });
    expect((await client.patch(location, 3, 'lo')).headers.get('range')).toBe('0-4');
    expect((await client.send('PUT', `${location}?digest=${hello}`)).status).toBe(201);
    expect(await textOf(client, hello)).toBe('hello');
  });
});

describe('uploads: their end', () => {
  test('cancel removes everything (end-14)', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    await client.patch(location, 0, 'hello');
    const cancelled = await client.send('DELETE', location);
    expect([cancelled.status, await cancelled.text()]).toEqual([204, '']);
    expect(await uploadFiles(client)).toEqual([]);
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const query = method === 'PUT' ? `?digest=${hello}` : '';
      await expectRefusal(await client.send(method, location + query), 404, 'BLOB_UPLOAD_UNKNOWN');
    }
  });

  test.for([
    'x',
    '..',
    '%2e%2e%2f',
    '__proto__',
    '0-',
    `0-${'a'.repeat(32)}`,
    `zzzzzzzzzzz-${'a'.repeat(32)}`,
    'x'.repeat(5000),
  ])('there is no upload called "%s"', async (id) => {
    const response = await new TestClient().send('GET', `a/blobs/uploads/${id}`);
    expect(response.status).toBe(id === '..' ? 400 : 404);
  });

  test('an upload belongs to its repository', async () => {
    const client = new TestClient();
    const location = await client.startUpload('a');
    const foreign = location.replace('/v2/a/', '/v2/b/');
    await expectRefusal(await client.send('GET', foreign), 404, 'BLOB_UPLOAD_UNKNOWN');
    expect((await client.send('GET', location)).status).toBe(204);
  });

  test('an upload ends by itself after its lifetime, and leaves nothing', async () => {
    let now = 1_700_000_000_000;
    const client = new TestClient({ uploadLifetime: 1000, now: () => now });
    const old = await client.startUpload('a');
    await client.patch(old, 0, 'hello');
    now += 999;
    expect((await client.send('GET', old)).status).toBe(204);
    now += 1;
    await expectRefusal(await client.send('GET', old), 404, 'BLOB_UPLOAD_UNKNOWN');
    const young = await client.startUpload('a');
    expect(await uploadFiles(client)).toEqual([`_uploads/${young.split('/').at(-1)}`]);
  });

  test('there are only so many uploads at a time: 429 with the time to wait', async () => {
    let now = 1_700_000_000_000;
    const client = new TestClient({ maxUploads: 2, uploadLifetime: 1000, now: () => now });
    const first = await client.startUpload('a');
    await client.patch(first, 0, 'hello');
    await client.startUpload('b');
    const refused = await client.send('POST', 'a/blobs/uploads/');
    expect(refused.headers.get('retry-after')).toBe('60');
    await expectRefusal(refused, 429, 'TOOMANYREQUESTS');
    await client.send('DELETE', first);
    await client.startUpload('a');
    now += 1000;
    await client.startUpload('a');
    await client.startUpload('a');
  });
});

describe('uploads: mount (end-11)', () => {
  test('a blob of another repository, without sending it', async () => {
    const client = new TestClient();
    await client.pushBlob('source/x', 'hello');
    const response = await client.send('POST', `a/blobs/uploads/?mount=${hello}&from=source/x`);
    expect(response.status).toBe(201);
    expect(headersOf(response, 'location', 'docker-content-digest')).toEqual({
      location: `/v2/a/blobs/${hello}`,
      'docker-content-digest': hello,
    });
    await client.send('DELETE', `source/x/blobs/${hello}`);
    expect(await textOf(client, hello)).toBe('hello');
  });

  test('from anywhere when it is not said where', async () => {
    const client = new TestClient();
    await client.pushBlob('source/x', 'hello');
    expect((await client.send('POST', `a/blobs/uploads/?mount=${hello}`)).status).toBe(201);
    expect(await textOf(client, hello)).toBe('hello');
  });

  test('an upload begins when it is not there: 202', async () => {
    const client = new TestClient();
    await client.pushBlob('source', 'other');
    for (const query of [`mount=${hello}&from=source`, `mount=${hello}&from=missing`, `mount=${hello}`]) {
      const response = await client.send('POST', `a/blobs/uploads/?${query}`);
      expect(response.status).toBe(202);
      const location = `${response.headers.get('location')}?digest=${hello}`;
      expect((await client.send('PUT', location, { body: 'hello' })).status).toBe(201);
      await client.send('DELETE', `a/blobs/${hello}`);
    }
  });

  test('a bad digest or repository is 400', async () => {
    const client = new TestClient();
    await expectRefusal(await client.send('POST', 'a/blobs/uploads/?mount=x&from=b'), 400, 'DIGEST_INVALID');
    const post = await client.send('POST', `a/blobs/uploads/?mount=${hello}&from=../b`);
    await expectRefusal(post, 400, 'NAME_INVALID');
  });
});

describe('uploads: limits', () => {
  test('a blob above maxBlobSize is 413, however it comes, and not stored', async () => {
    const client = new TestClient({ maxBlobSize: 4 });
    const location = await client.startUpload('a');
    await expectRefusal(
      await client.send('PUT', `${location}?digest=${hello}`, { body: 'hello' }),
      413,
      'SIZE_INVALID',
    );
    const post = await client.send('POST', `a/blobs/uploads/?digest=${hello}`, { body: 'hello' });
    await expectRefusal(post, 413, 'SIZE_INVALID');
    expect((await client.patch(location, 0, 'hel')).status).toBe(202);
    await expectRefusal(await client.patch(location, 3, 'lo'), 413, 'SIZE_INVALID');
    const last = { headers: { 'content-range': '3-4' }, body: 'lo' };
    await expectRefusal(await client.send('PUT', `${location}?digest=${hello}`, last), 413, 'SIZE_INVALID');
    expect(await textOf(client, hello)).toBe('404');
    await client.pushBlob('a', 'four');
  });

  test('an endless body is stopped at the limit', async () => {
    const client = new TestClient({ maxBlobSize: 1_000_000 });
    let sent = 0;
    let stopped = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
      cancel() {
        stopped = true;
      },
    });
    const response = await client.send('POST', `a/blobs/uploads/?digest=${hello}`, { body: endless });
    await expectRefusal(response, 413, 'SIZE_INVALID');
    expect(stopped).toBe(true);
    expect(sent).toBeLessThan(2_000_000);
  });

  test('a full registry answers 507, and takes more when something was deleted', async () => {
    const client = new TestClient({ capacity: 20_000 });
    const text = 'x'.repeat(15_000);
    const digest = await client.pushBlob('a', text);
    const other = digestOf(new TextEncoder().encode('y'.repeat(15_000)));
    const push = (): Promise<Response> =>
      client.send('POST', `a/blobs/uploads/?digest=${other}`, { body: 'y'.repeat(15_000) });
    await expectRefusal(await push(), 507, 'DENIED');
    const location = await client.startUpload('a');
    await expectRefusal(await client.patch(location, 0, 'y'.repeat(15_000)), 507, 'DENIED');
    expect((await client.send('GET', location)).status).toBe(204);
    expect((await client.send('DELETE', `a/blobs/${digest}`)).status).toBe(202);
    expect((await push()).status).toBe(201);
    // What is there already needs no room.
    expect((await push()).status).toBe(201);
    expect(client.errors).toEqual([]);
  });

  test('what is in the storage already counts', async () => {
    const storage = new MemoryStorage();
    await storage.put('something', new Blob(['x'.repeat(900)]));
    const client = new TestClient({ storage, capacity: 1000 });
    const post = await client.send('POST', `a/blobs/uploads/?digest=${hello}`, { body: 'x'.repeat(200) });
    await expectRefusal(post, 507, 'DENIED');
  });

  test.for(['maxBlobSize', 'maxManifestSize', 'capacity', 'maxUploads', 'uploadLifetime'])(
    'the limit %s must be more than 0',
    (name) => {
      for (const value of [0, -1, Number.NaN]) expect(() => new TestClient({ [name]: value })).toThrow(RangeError);
    },
  );
});
