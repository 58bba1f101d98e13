import { createServer } from 'node:http';
import { digestOf, MemoryStorage, pull, type ReadOnlyTarget, Registry, type TransferEvent } from 'oras-js';
import { expect, test } from 'vitest';
import { buildManifest } from '../../src/actions/push/pack.ts';
import { describe } from '../../src/oci/descriptor.ts';
import { listen } from '../support/listen.ts';
import { noise } from '../support/noise.ts';

/** How many streams `work` makes; those that the platform makes by itself do not count. */
async function streamsMadeBy(work: () => Promise<unknown>): Promise<number> {
  const { ReadableStream: Original } = globalThis;
  let made = 0;
  globalThis.ReadableStream = class<R> extends Original<R> {
    constructor(source?: UnderlyingSource<R>, strategy?: QueuingStrategy<R>) {
      super(source, strategy);
      made++;
    }
  } as typeof ReadableStream;
  try {
    await work();
  } finally {
    globalThis.ReadableStream = Original;
  }
  return made;
}

test('pull: a blob goes through four streams at most on its way into a storage', async () => {
  const bytes = noise(3_000_000, 1);
  // Not the embedded registry, which would make streams in this process as well.
  const server = await listen(createServer((_, response) => response.end(bytes)));
  try {
    const repository = new Registry({ plainHttp: true }).repository(`${server.host}/streams/test`);
    const layer = {
      ...describe('application/octet-stream', bytes),
      annotations: { 'org.opencontainers.image.title': 'data.bin' },
    };
    const manifest = buildManifest({ layers: [layer] });
    const target: ReadOnlyTarget = {
      resolve: async () => manifest.descriptor,
      exists: async () => true,
      fetchReference: async () => manifest,
      fetch: (descriptor, options) => repository.fetch(descriptor, options),
    };
    const to = new MemoryStorage();
    const counts: number[] = [];
    const onProgress = (event: TransferEvent): void => {
      if (event.type === 'transfer') counts.push(event.transferred);
    };
    const made = await streamsMadeBy(() => pull(target, 'v1', { to, onProgress }));
    expect(digestOf(new Uint8Array(await (await to.get('data.bin'))!.arrayBuffer()))).toBe(layer.digest);
    expect(counts.at(-1)).toBe(bytes.byteLength);
    // That of the answer, the download, which may go on with another answer, the verification, and the count.
    expect(made).toBe(4);
  } finally {
    await server.close();
  }
});
