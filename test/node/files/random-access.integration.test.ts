import {
  BlobReader,
  BlobWriter,
  type FileEntry,
  Reader,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
  ZipWriter,
} from '@zip.js/zip.js';
import { type Descriptor, digestOf, Registry, type RemoteBlob } from 'oras-js';
import { type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer, faults, withFaults } from 'oras-js/server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tensorsOf } from '../../../examples/random-access.ts';
import { noise } from '../../support/noise.ts';

const contentOf = (index: number): Uint8Array<ArrayBuffer> => noise(100_000, index + 1);
const server = createRegistryServer();
const registry = new Registry({ plainHttp: true, retry: { delay: () => 0 } });
const running: RunningServer[] = [];
let host: string;
let zip: Descriptor;
/** What was asked for of blobs, and how many bytes of them were sent. */
const log = { ranges: [] as (string | null)[], bytes: 0 };

beforeAll(async () => {
  host = await served(async (request) => {
    const response = await server(request);
    if (request.method !== 'GET' || !request.url.includes('/blobs/')) return response;
    log.ranges.push(request.headers.get('range'));
    const counting = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        log.bytes += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body?.pipeThrough(counting) ?? null, response);
  });
  const writer = new ZipWriter(new BlobWriter('application/zip'), { level: 0 });
  for (let i = 0; i < 200; i++) await writer.add(`files/${i}.bin`, new Uint8ArrayReader(contentOf(i)));
  const archive = await writer.close();
  const { manifest } = await registry.push(`${host}/org/archive:v1`, [{ name: 'archive.zip', content: archive }]);
  zip = manifest.layers[0]!;
});
afterAll(() => Promise.all(running.map((it) => it.close())));
beforeEach(() => Object.assign(log, { ranges: [], bytes: 0 }));

async function served(handler: (request: Request) => Promise<Response>): Promise<string> {
  const started = await serve(handler);
  running.push(started);
  return started.host;
}

/** What a reader of archives needs of a file, by way of a remote blob. */
class RemoteReader extends Reader<RemoteBlob> {
  readonly #blob: RemoteBlob;

  constructor(blob: RemoteBlob) {
    super(blob);
    this.#blob = blob;
    this.size = blob.size;
  }

  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
    return this.#blob.slice(index, index + length).bytes();
  }
}

/** Finds one file of the archive and reads it. */
async function readOne(reader: Reader<unknown>): Promise<{ names: number; digest: string }> {
  const archive = new ZipReader(reader);
  const entries = await archive.getEntries();
  const entry = entries.find(({ filename }) => filename === 'files/123.bin') as FileEntry;
  const digest = digestOf((await entry.getData(new Uint8ArrayWriter(), { checkSignature: true })) as Uint8Array);
  await archive.close();
  return { names: entries.length, digest };
}

describe('random access: a zip archive of 20 MB', () => {
  test.for<[string, (blob: RemoteBlob) => Reader<unknown>]>([
    ['a reader of ranges', (blob) => new RemoteReader(blob)],
    ['a reader of Blobs', (blob) => new BlobReader(blob as unknown as Blob)],
  ])('one of 200 files, with %s', async ([, readerOf]) => {
    const blob = registry.repository(`${host}/org/archive`).openBlob(zip);
    expect(blob.size).toBeGreaterThan(20_000_000);
    expect(await readOne(readerOf(blob))).toEqual({ names: 200, digest: digestOf(contentOf(123)) });
    expect(log.ranges.every((range) => range !== null)).toBe(true);
    expect(log.ranges.length).toBeLessThan(10);
    expect(log.bytes).toBeLessThan(400_000);
  });

  test('over connections that break', async () => {
    const fetch = withFaults(server, [faults.truncate(5000, { match: ({ url }) => url.includes('/blobs/sha256:') })]);
    const cut = new Registry({ fetch, retry: { delay: () => 0 } });
    const blob = cut.repository('localhost/org/archive').openBlob(zip);
    expect(await readOne(new RemoteReader(blob))).toEqual({ names: 200, digest: digestOf(contentOf(123)) });
  });

  test('without ranges there is more to read, and the same is found', async () => {
    const without = withFaults(server, [faults.noRanges()]);
    const blob = registry.repository(`${await served(without)}/org/archive`).openBlob(zip);
    expect(await readOne(new RemoteReader(blob))).toEqual({ names: 200, digest: digestOf(contentOf(123)) });
  });
});

test('random access: the header of a safetensors file of 4 MB is two requests', async () => {
  const header = new TextEncoder().encode(
    JSON.stringify({
      __metadata__: { format: 'pt' },
      'model.weight': { dtype: 'F32', shape: [1000, 1000], data_offsets: [0, 4_000_000] },
    }),
  );
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(header.byteLength), true);
  const content = new Blob([length, header, noise(4_000_000, 9)]);
  const { manifest } = await registry.push(`${host}/org/model:v1`, [{ name: 'model.safetensors', content }]);
  const file = manifest.layers[0]!;
  const tensors = await tensorsOf(registry, `${host}/org/model:v1`, file);
  const weight = tensors.get('model.weight')!;
  expect([...tensors.keys()]).toEqual(['model.weight']);
  expect(weight).toEqual({ dtype: 'F32', shape: [1000, 1000], data_offsets: [0, 4_000_000] });
  expect(log).toEqual({ ranges: ['bytes=0-7', `bytes=8-${7 + header.byteLength}`], bytes: 8 + header.byteLength });
});
