import { Registry } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { expect, test } from 'vitest';
import { noise } from '../../support/noise.ts';

const content = noise(5_000_000, 11);

/** Pushes a file to a host that takes no more than `maxChunkSize` bytes in one chunk, and gives the requests with a body. */
async function pushed(maxChunkSize: number, chunkSize?: number): Promise<string[]> {
  const server = createRegistryServer();
  const sent: string[] = [];
  const registry = new Registry({
    hosts: { localhost: { maxChunkSize } },
    fetch: async (url, init) => {
      if (init?.body instanceof Blob && init.body.size > 1000) sent.push(`${init.method} ${init.body.size}`);
      return server(new Request(url, init));
    },
  });
  await registry.push('localhost/a/b:v1', [{ name: 'a', content }], { chunkSize });
  const [file] = (await registry.pull('localhost/a/b:v1')).files;
  expect(file?.descriptor.size).toBe(content.length);
  return sent;
}

test('maxChunkSize of a host: a larger file goes with one request, which is no chunk', async () => {
  expect(await pushed(4_000_000)).toEqual(['PUT 5000000']);
});

test('maxChunkSize of a host: a file that is not larger may go as one chunk', async () => {
  expect(await pushed(5_000_000)).toEqual(['PATCH 5000000']);
});

test('maxChunkSize of a host: chunks are not larger', async () => {
  expect(await pushed(2_000_000, 4_000_000)).toEqual(['PATCH 2000000', 'PATCH 2000000', 'PATCH 1000000']);
});
