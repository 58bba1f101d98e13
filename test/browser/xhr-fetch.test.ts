import { Registry, type TransferEvent } from 'oras-js';
import { xhrFetch } from 'oras-js/browser';
import { expect, inject, test } from 'vitest';
import { noise } from '../support/noise.ts';
import { embeddedRegistry } from '../support/registries.ts';

const { host } = embeddedRegistry();
const registry = new Registry({ fetch: xhrFetch });
const size = 60_000_000;
const files = [{ name: 'big.bin', content: new Blob([noise(size, 11)]) }];

test('xhrFetch: tells how far an upload is while it is under way', async () => {
  const path = `http://${inject('gateHost')}/progress`;
  const told: number[] = [];
  let opening: Promise<Response> | undefined;
  const onSent = (bytes: number): void => {
    told.push(bytes);
    // Only then is the rest read: without a word before the end there is no end.
    opening ??= fetch(path);
  };
  const sent = await xhrFetch(path, { method: 'PUT', body: new Blob([noise(size, 10)]), onSent });
  expect([sent.status, (await opening)?.status]).toEqual([200, 200]);
  expect(told[0]).toBeLessThan(size);
  expect(told.at(-1)).toBe(size);
});

test('xhrFetch: tells at the end that all was sent, and the content arrives', async () => {
  const sent: number[] = [];
  const onProgress = (event: TransferEvent): void => {
    if (event.type === 'transfer' && event.descriptor.size === size) sent.push(event.transferred);
  };
  const { descriptor } = await registry.push(`${host}/xhr/progress:v1`, files, { onProgress });
  expect(sent).toEqual([...sent].sort((a, b) => a - b));
  expect(sent.at(-1)).toBe(size);
  expect((await registry.inspect(`${host}/xhr/progress:v1`)).descriptor.digest).toBe(descriptor.digest);
  const [pulled] = (await registry.pull(`${host}/xhr/progress:v1`)).files;
  expect((await pulled?.blob())?.size).toBe(size);
});

test('xhrFetch: an abort while bytes go over rejects with the reason of the signal', async () => {
  const abort = new AbortController();
  const reason = new Error('the user left');
  const other = [{ name: 'other.bin', content: new Blob([noise(size, 12)]) }];
  const pushed = registry.push(`${host}/xhr/aborted:v1`, other, {
    signal: abort.signal,
    onProgress: ({ type }) => type === 'transfer' && abort.abort(reason),
  });
  await expect(pushed).rejects.toBe(reason);
  await expect(registry.inspect(`${host}/xhr/aborted:v1`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('xhrFetch: the answer of a registry that refuses is read, with its headers', async () => {
  const descriptor = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 5 };
  const pushed = registry.repository(`${host}/xhr/refused`).push(descriptor, new Blob(['wrong']), { onProgress() {} });
  await expect(pushed).rejects.toMatchObject({ code: 'REGISTRY', status: 400, errors: [{ code: 'DIGEST_INVALID' }] });
  const answer = await xhrFetch(`http://${host}/v2/`, { method: 'PUT', body: new Blob(['x']), onSent() {} });
  expect(answer.headers.get('content-type')).toContain('application/json');
});

test('xhrFetch: no answer is a NETWORK error, as with fetch', async () => {
  const failed = xhrFetch('http://127.0.0.1:9/', { method: 'PUT', body: new Blob(['x']), onSent() {} });
  await expect(failed).rejects.toBeInstanceOf(TypeError);
});
