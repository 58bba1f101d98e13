import { digestOf } from 'oras-js';
import { serve } from 'oras-js/node';
import { createRegistryServer, type Fault, faults, withFaults } from 'oras-js/server';
import { afterEach, describe, expect, test } from 'vitest';
import { readChunks } from '../../src/bytes/streams.ts';
import { rejection } from '../support/content.ts';
import { noise } from '../support/noise.ts';

const bytes = noise(1_000_000, 7);
const digest = digestOf(bytes);
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of running.splice(0)) await close();
});

async function served(...list: Fault[]): Promise<string> {
  const server = await serve(withFaults(createRegistryServer(), list));
  running.push(server.close);
  return server.url;
}

async function upload(url: string): Promise<string> {
  const { headers } = await fetch(`${url}/v2/a/blobs/uploads/`, { method: 'POST' });
  return new URL(headers.get('location')!, url).href;
}

async function push(url: string): Promise<void> {
  const response = await fetch(`${await upload(url)}?digest=${digest}`, { method: 'PUT', body: bytes });
  expect(response.status).toBe(201);
}

describe('faults over HTTP', () => {
  test('truncate: so many bytes come, then the connection breaks', async () => {
    const url = await served(faults.truncate(100_000));
    await push(url);
    const response = await fetch(`${url}/v2/a/blobs/${digest}`);
    expect(response.headers.get('content-length')).toBe('1000000');
    let read = 0;
    const reading = readChunks(response.body!, ({ byteLength }) => {
      read += byteLength;
    });
    expect(await rejection(reading)).toBeInstanceOf(TypeError);
    expect(read).toBeLessThanOrEqual(100_000);
  });

  test('cutUpload: the connection breaks while the body is sent; what is kept can be built upon', async () => {
    const url = await served(faults.cutUpload(100_000, { times: 1, kept: true }));
    const location = await upload(url);
    const sending = fetch(`${location}?digest=${digest}`, { method: 'PUT', body: bytes });
    expect(await rejection(sending)).toBeInstanceOf(TypeError);
    const status = await fetch(location);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-99999']);
    const rest = new Blob([bytes]).slice(100_000);
    const put = await fetch(`${location}?digest=${digest}`, { method: 'PUT', body: rest });
    expect(put.status).toBe(201);
  });

  test('disconnect: there is no answer', async () => {
    const url = await served(faults.disconnect({ times: 1 }));
    expect(await rejection(fetch(`${url}/v2/`))).toBeInstanceOf(TypeError);
    expect((await fetch(`${url}/v2/`)).status).toBe(200);
  });

  test('redirectBlobs: a client that follows gets the blob from the other origin', async () => {
    const store = await served();
    await push(store);
    const url = await served(faults.redirectBlobs(store));
    await push(url);
    const response = await fetch(`${url}/v2/a/blobs/${digest}`);
    expect([response.status, response.url]).toEqual([200, `${store}/v2/a/blobs/${digest}`]);
    expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digest);
  });

  test('maxChunk: a body that says its length is refused before it is read', async () => {
    const url = await served(faults.maxChunk(100_000));
    const response = await fetch(await upload(url), { method: 'PATCH', body: bytes });
    expect([response.status, response.headers.get('range')]).toEqual([413, '0-0']);
  });
});
