import { gzipSync } from 'node:zlib';
import { MismatchError, Registry } from 'oras-js';
import { createFetch, serve } from 'oras-js/node';
import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { fetchBytes } from '../../../src/target/content.ts';
import { rejection } from '../../support/content.ts';

const blob = gzipSync('x'.repeat(5000));
const descriptor = { mediaType: 'application/gzip', digest: digestOf(blob), size: blob.byteLength };
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of running.splice(0)) await close();
});

const fetches = {
  'the client of Node': async () => undefined,
  createFetch: () => createFetch({ proxy: 'none' }),
  fetch: async () => globalThis.fetch,
};

describe.for(['gzip', 'x-gzip'])('a blob that is gzip itself, labelled with content-encoding %s', (coding) => {
  describe.for(Object.entries(fetches))('over %s', ([name, fetchOf]) => {
    async function read(bytes: Uint8Array<ArrayBuffer>, start?: number, isRanged = false): Promise<Uint8Array> {
      const { host, close } = await serve((request) => {
        const headers = { 'content-encoding': coding };
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get('range') ?? '') ?? [];
        if (!isRanged || from === undefined) {
          return new Response(bytes, { headers: { ...headers, 'content-length': `${bytes.byteLength}` } });
        }
        const range = { 'content-range': `bytes ${from}-${to}/${bytes.byteLength}` };
        const part = bytes.subarray(Number(from), Number(to) + 1);
        return new Response(part, { status: 206, headers: { ...headers, ...range } });
      });
      running.push(close);
      const fetch = await fetchOf();
      const repository = new Registry({ retry: { delay: () => 0 }, ...(fetch && { fetch }) }).repository(`${host}/a/b`);
      if (start === undefined)
        return fetchBytes(repository, { ...descriptor, size: bytes.byteLength, digest: digestOf(bytes) });
      return new Uint8Array(
        await new Response(await repository.fetchRange(descriptor, start, start + 5)).arrayBuffer(),
      );
    }

    test.for([
      ['longer', blob],
      ['shorter', gzipSync('hi')],
    ] as const)('all of it, when what it stands for is %s', async ([, bytes]) => {
      if (name === 'the client of Node') return expect(await read(bytes)).toEqual(new Uint8Array(bytes));
      const error = await rejection(read(bytes));
      expect(error).toBeInstanceOf(MismatchError);
      expect((error as Error).message).toContain(`has content-encoding ${coding}, which fetch decoded`);
    });

    test.for([
      [0, true],
      [3, true],
      [3, false],
    ] as const)(
      'a part of it, which nothing proves, from %s (of a server with ranges: %s)',
      async ([start, isRanged]) => {
        if (name === 'the client of Node') {
          return expect(await read(blob, start, isRanged)).toEqual(new Uint8Array(blob.subarray(start, start + 5)));
        }
        const error = await rejection(read(blob, start, isRanged));
        expect(error).toBeInstanceOf(MismatchError);
        expect((error as Error).message).toContain(`has content-encoding ${coding}`);
      },
    );
  });
});
