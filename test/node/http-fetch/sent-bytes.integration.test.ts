import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry, type TransferEvent } from 'oras-js';
import { createFetch, serve } from 'oras-js/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch, FetchInit } from '../../../src/index.ts';
import { openFile } from '../../../src/node/files/open-file.ts';
import { withSentBytes } from '../../../src/node/http-fetch/sent-bytes.ts';
import { noise } from '../../support/noise.ts';
import { embeddedRegistry } from '../../support/registries.ts';

const size = 32_000_000;
const content = new Blob([noise(size, 21)]);
let folder: string;
let large: Blob;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-sent-'));
  const handle = await open(join(folder, 'large'), 'w');
  await handle.truncate(3 * 2 ** 30);
  await handle.close();
  large = await openFile(join(folder, 'large'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Answers with how many bytes came, and how many were announced; reads on when it is let. */
async function slowServer(ready: () => Promise<void>): ReturnType<typeof serve> {
  return serve(async (request) => {
    const reader = request.body!.getReader();
    let received = (await reader.read()).value?.byteLength ?? 0;
    await ready();
    for (let next = await reader.read(); !next.done; next = await reader.read()) received += next.value.byteLength;
    return Response.json({ received, announced: request.headers.get('content-length') });
  });
}

const fetches: Record<string, () => Promise<Fetch>> = {
  "Node's own fetch": async () => (url, init) => fetch(url, init),
  "undici's fetch": () => createFetch({ proxy: 'none' }),
};

describe.each(Object.entries(fetches))('withSentBytes: %s', (_, make) => {
  test.each([
    ['a Blob', () => content],
    ['a part of a large file', () => large.slice(2 ** 31, 2 ** 31 + size)],
  ])('%s is told as it is taken, and its length is sent', async (__, body) => {
    const told: number[] = [];
    let toldWhileStopped: number | undefined;
    const server = await slowServer(async () => {
      toldWhileStopped = told.at(-1) ?? 0;
    });
    const send = withSentBytes(await make());
    const init: FetchInit = { method: 'PUT', body: body(), redirect: 'error', onSent: (bytes) => told.push(bytes) };
    const answer = await (await send(server.url, init)).json();
    await server.close();
    expect(answer).toEqual({ received: size, announced: `${size}` });
    expect(toldWhileStopped).toBeLessThan(size);
    expect(told.length).toBeGreaterThan(size / 1024 / 1024);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(size);
  });

  test('a stream that fails fails the request, with its error', async () => {
    const reason = new Error('the disk is gone');
    const failing = Object.assign(new Blob(['x'.repeat(10)]), {
      slice: () => Object.assign(new Blob(['x'.repeat(10)]), { stream: () => failingStream(reason) }),
      stream: () => failingStream(reason),
    });
    const server = await serve(async () => new Response());
    const send = withSentBytes(await make());
    const sent = send(server.url, { method: 'PUT', body: failing, redirect: 'error', onSent() {} });
    await expect(sent).rejects.toMatchObject({ name: 'TypeError', cause: reason });
    await server.close();
  });
});

function failingStream(reason: Error): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ pull: (controller) => controller.error(reason) });
}

test('withSentBytes: a request that nobody watches, or that has no Blob, is passed on as it is', async () => {
  const seen: (FetchInit | undefined)[] = [];
  const send = withSentBytes(async (_, init) => {
    seen.push(init);
    return new Response();
  });
  const requests: (FetchInit | undefined)[] = [undefined, { body: content }, { body: 'text', onSent() {} }];
  for (const init of requests) await send('http://registry.test/', init);
  expect(seen.map((init, index) => init === requests[index])).toEqual([true, true, true]);
});

test('withSentBytes: the body is a Blob with the same bytes, whichever way it is read', async () => {
  let body: Blob | undefined;
  const send = withSentBytes(async (_, init) => {
    body = init?.body as Blob;
    return new Response();
  });
  await send('http://registry.test/', { body: new Blob(['hi'], { type: 'text/plain' }), onSent() {} });
  expect(body).toBeInstanceOf(Blob);
  expect([body?.size, body?.type, await body?.text()]).toEqual([2, 'text/plain', 'hi']);
  expect(await new Blob([body!, body!]).text()).toBe('hihi');
  expect(await new Response(body).text()).toBe('hi');
});

test('withSentBytes: a Blob of another kind, whose parts are not its own, is sent whole and in silence', async () => {
  class Own extends Blob {
    override readonly size = 3;
    override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
      return new Blob(['own']).stream();
    }
  }
  const server = await serve(async (request) => new Response(await request.text()));
  const told: number[] = [];
  const send = withSentBytes((url, init) => fetch(url, init));
  const init: FetchInit = { method: 'PUT', body: new Own(), redirect: 'error', onSent: (bytes) => told.push(bytes) };
  expect(await (await send(server.url, init)).text()).toBe('own');
  await server.close();
  expect(told).toEqual([]);
});

test('Registry in Node: a push tells in many steps how far it is', async () => {
  const { host } = embeddedRegistry();
  const told: number[] = [];
  const onProgress = (event: TransferEvent): void => {
    if (event.type === 'transfer' && event.descriptor.size === size) told.push(event.transferred);
  };
  // With `chunkSize` it is hashed first, and sent in one piece, so that all of its sending is reported.
  const options = { chunkSize: size, onProgress };
  await new Registry().push(`${host}/sent/progress:v1`, [{ name: 'big.bin', content }], options);
  expect(told.length).toBeGreaterThan(10);
  expect(told.at(-1)).toBe(size);
});
