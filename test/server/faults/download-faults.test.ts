import { digestOf } from 'oras-js';
import { type Fault, faults, withFaults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import { headersOf, TestClient } from '../client.ts';

const path = `a/blobs/${digestOf(new TextEncoder().encode('hello'))}`;
const range = { headers: { range: 'bytes=1-3' } };

/** A registry that has `hello` as a blob. */
async function clientWith(...list: Fault[]): Promise<TestClient> {
  const client = new TestClient({}, (handler) => withFaults(handler, list));
  await client.pushBlob('a', 'hello');
  return client;
}

describe('faults: of downloads', () => {
  test('noRanges: all of the blob', async () => {
    const client = await clientWith(faults.noRanges({ times: 1 }));
    expect((await client.send('GET', path)).status).toBe(200);
    const whole = await client.send('GET', path, range);
    expect(headersOf(whole, 'content-length', 'content-range')).toEqual({
      'content-length': '5',
      'content-range': null,
    });
    expect([whole.status, await whole.text()]).toEqual([200, 'hello']);
    expect((await client.send('GET', path, range)).status).toBe(206);
  });

  test('refuseRanges: 416 with the length of the blob, and a body that breaks', async () => {
    const client = await clientWith(faults.refuseRanges());
    const refused = await client.send('GET', path, range);
    expect([refused.status, refused.headers.get('content-length')]).toEqual([416, '5']);
    expect(await rejection(refused.text())).toBeInstanceOf(TypeError);
    expect(await (await client.send('GET', path)).text()).toBe('hello');
  });

  test.for(['bytes 0-2/5', undefined])('wrongContentRange: %s, with the right bytes', async (value) => {
    const client = await clientWith(faults.wrongContentRange(value));
    const part = await client.send('GET', path, range);
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, value ?? null, 'ell']);
    expect((await client.send('GET', path)).headers.has('content-range')).toBe(false);
  });

  test('otherETag: of blobs alone', async () => {
    const client = await clientWith(faults.otherETag('"other"', { times: 1 }));
    expect((await client.send('GET', '/v2/')).headers.has('etag')).toBe(false);
    expect((await client.send('GET', path)).headers.get('etag')).toBe('"other"');
    expect((await client.send('GET', path)).headers.get('etag')).not.toBe('"other"');
  });

  test('otherContent: as long as the blob, and none of its bytes', async () => {
    const client = await clientWith(faults.otherContent());
    for (const [options, text] of [[{}, 'hello'] as const, [range, 'ell'] as const]) {
      const bytes = new Uint8Array(await (await client.send('GET', path, options)).arrayBuffer());
      expect(new TextDecoder().decode(bytes.map((byte) => ~byte))).toBe(text);
    }
  });

  test('what is refused is not counted', async () => {
    const client = await clientWith(faults.wrongContentRange('bytes 0-2/5', { times: 1 }));
    expect((await client.send('GET', path, { headers: { range: 'bytes=9-' } })).status).toBe(416);
    expect((await client.send('GET', path, range)).headers.get('content-range')).toBe('bytes 0-2/5');
  });

  test.for([0, 1, 4])('endEarly after %i bytes: they come, and the body ends', async (bytes) => {
    const client = await clientWith(faults.endEarly(bytes));
    const response = await client.send('GET', path);
    expect(headersOf(response, 'content-length')).toEqual({ 'content-length': null });
    expect(await response.text()).toBe('hello'.slice(0, bytes));
  });
});
