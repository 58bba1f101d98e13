import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blobOf, readChunks } from '../../../src/bytes/streams.ts';
import type { RemoteBlob } from '../../../src/index.ts';
import { digestOf, Registry } from '../../../src/index.ts';
import type { RangeSource } from '../../../src/remote/downloads/remote-blob.ts';
import { RemoteBlob as Blobs } from '../../../src/remote/downloads/remote-blob.ts';
import { createRegistryServer } from '../../../src/server.ts';
import { bytesOf, descriptorOf, endlessStream, rejection, textOf } from '../../support/content.ts';
import { fakeRepository } from '../../support/fake-fetch.ts';

const text = 'hello world';
const hello = { ...descriptorOf(text), mediaType: 'Text/Plain; charset=UTF-8' };
const reason = new Error('enough');

/** The text, as a registry would have it, and what was asked of it. */
function source(content = text): { blob: RemoteBlob; asked: string[] } {
  const asked: string[] = [];
  const stream = (from: number, to: number): ReadableStream<Uint8Array> =>
    blobOf(bytesOf(content).slice(from, to)).stream();
  const whole: RangeSource = {
    fetch: async () => {
      asked.push('all');
      return stream(0, Number.MAX_SAFE_INTEGER);
    },
    fetchRange: async (_descriptor, start, end) => {
      asked.push(`${start}-${end}`);
      return stream(start, end);
    },
  };
  return { blob: new Blobs(whole, { ...hello, size: bytesOf(content).byteLength }), asked };
}

describe('remote blob: as a Blob', () => {
  // Node's own Blob ends the process for the last ones, and does not round.
  const odd = 'document' in globalThis ? [Number.NaN, -0, 0.3, 2.7, -2.2, -4.8] : [];
  const far = [2 ** 40, -(2 ** 40), Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const bound = fc.oneof(fc.integer({ min: -15, max: 15 }), fc.constantFrom(undefined, ...far, ...odd));
  const slice = fc.record({ start: bound, end: bound, type: fc.constantFrom(undefined, '', 'text/plain', 'A/B', 'ä') });

  test('slices of slices have the size, type and bytes that those of a Blob have', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(slice, { maxLength: 4 }), async (slices) => {
        const { blob, asked } = source();
        let actual: RemoteBlob = blob;
        let expected = new Blob([text], { type: hello.mediaType });
        for (const { start, end, type } of slices) {
          actual = actual.slice(start, end, type);
          expected = expected.slice(start, end, type);
        }
        expect([actual.size, actual.type]).toEqual([expected.size, expected.type]);
        expect(asked).toEqual([]);
        expect(await actual.text()).toBe(await expected.text());
      }),
      { numRuns: 500 },
    );
  });

  test('what is no number is 0, and numbers are rounded', async () => {
    const { blob } = source();
    const parts = [blob.slice(Number.NaN, 3), blob.slice(-0, 3), blob.slice(0.4, 2.6), blob.slice(-3.3)];
    expect(await Promise.all(parts.map((part) => part.text()))).toEqual(['hel', 'hel', 'hel', 'rld']);
    expect(blob.slice(2, Number.NaN).size).toBe(0);
  });

  test('text, bytes, arrayBuffer and stream give the same', async () => {
    const { blob, asked } = source('\ufeffgrün');
    const expected = new Blob(['\ufeffgrün']);
    const part = blob.slice(0, 5);
    const bytes = new Uint8Array(await expected.slice(0, 5).arrayBuffer());
    expect(await part.bytes()).toEqual(bytes);
    expect(await part.arrayBuffer()).toEqual(bytes.buffer);
    expect(await textOf(part.stream())).toBe(await new Response(expected.slice(0, 5)).text());
    expect(await part.text()).toBe(await expected.slice(0, 5).text());
    expect(asked).toEqual(Array(4).fill('0-5'));
  });

  test('it is no Blob: it would be sent as an empty one', () => {
    expect(source().blob).not.toBeInstanceOf(Blob);
  });
});

describe('remote blob: what is asked for', () => {
  test('nothing, until it is read', async () => {
    const { blob, asked } = source();
    const stream = blob.slice(2, 4).stream();
    blob.stream();
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    expect(asked).toEqual([]);
    await textOf(stream);
    expect(asked).toEqual(['2-4']);
  });

  test('a slice of everything is everything', async () => {
    const { blob, asked } = source();
    await blob.slice().text();
    await blob.slice(-100, 100).text();
    await blob.slice(1).text();
    expect(asked).toEqual(['all', 'all', '1-11']);
  });

  test('every read asks anew', async () => {
    const { blob, asked } = source();
    const part = blob.slice(1, 2);
    expect([await part.text(), await part.text()]).toEqual(['e', 'e']);
    expect(asked).toHaveLength(2);
  });
});

describe('remote blob: of a repository', () => {
  test('all of it is verified, a slice is not', async () => {
    const { repository } = fakeRepository(({ headers }) => {
      const range = { 'content-range': 'bytes 0-4/11' };
      return headers.has('range')
        ? new Response('HELLO', { status: 206, headers: range })
        : new Response('HELLO WORLD');
    });
    const blob = repository.openBlob(hello);
    expect([blob.size, blob.type]).toEqual([11, 'text/plain; charset=utf-8']);
    expect(await blob.slice(0, 5).text()).toBe('HELLO');
    expect(await rejection(blob.text())).toMatchObject({ code: 'MISMATCH' });
  });

  test('no bytes are never asked for', async () => {
    const { repository, requests } = fakeRepository({});
    const blob = repository.openBlob(hello);
    for (const part of [blob.slice(4, 4), blob.slice(11), blob.slice(20, 30), blob.slice(5, 2)]) {
      expect(await part.text()).toBe('');
    }
    expect(requests).toEqual([]);
  });

  test('an empty blob is asked for without a range', async () => {
    const { repository, requests } = fakeRepository(() => new Response(null));
    expect(await repository.openBlob(descriptorOf('')).text()).toBe('');
    expect(requests.map(({ headers }) => headers.get('range'))).toEqual([null]);
  });

  test.for(['all', 'a slice'])('cancelling the stream of %s cancels the request', async (what) => {
    const { stream, cancelled, given } = endlessStream();
    const { repository } = fakeRepository(() => new Response(stream));
    const blob = repository.openBlob({ ...hello, size: 1e9 });
    const reader = (what === 'all' ? blob : blob.slice(10)).stream().getReader();
    await reader.read();
    await reader.cancel(reason);
    expect(await cancelled).toBe(reason);
    expect(given()).toBeLessThan(1_000_000);
  });

  test('cancelling before the answer ends the request', async () => {
    const { repository, requests } = fakeRepository(
      ({ init }) =>
        new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
    );
    const reader = repository.openBlob(hello).slice(3).stream().getReader();
    const next = reader.read();
    await expect.poll(() => requests.length).toBe(1);
    await reader.cancel(reason);
    expect((await next).done).toBe(true);
    expect(requests[0]!.init.signal!.aborted).toBe(true);
  });

  test('its signal ends whatever is read of it', async () => {
    const { stream, cancelled } = endlessStream();
    const { repository } = fakeRepository(() => new Response(stream));
    const controller = new AbortController();
    const blob = repository.openBlob({ ...hello, size: 1e9 }, { signal: controller.signal });
    const reading = readChunks(blob.slice(10).stream(), () => controller.abort(reason));
    expect(await rejection(reading)).toBe(reason);
    expect(await cancelled).toBe(reason);
    expect(await rejection(blob.slice(0, 1).bytes())).toBe(reason);
  });

  test('what is not there fails the first read', async () => {
    const { repository } = fakeRepository(() => new Response(null, { status: 404 }));
    expect(await rejection(repository.openBlob(hello).text())).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejection(repository.openBlob(hello).slice(1).text())).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('parts of what a registry has', async () => {
    const server = createRegistryServer();
    const asked: (string | null)[] = [];
    const registry = new Registry({
      fetch: (url, init) => {
        if (init?.method === 'GET') asked.push(new Headers(init.headers).get('range'));
        return server(url, init);
      },
    });
    const repository = registry.repository('localhost/org/hello');
    const bytes = bytesOf('0123456789'.repeat(10_000));
    const descriptor = { mediaType: 'text/plain', digest: digestOf(bytes), size: bytes.byteLength };
    await repository.push(descriptor, blobOf(bytes));
    const blob = repository.openBlob(descriptor);
    expect(await blob.slice(-15, -5).text()).toBe('5678901234');
    expect(await blob.slice(50_001).slice(0, 3).text()).toBe('123');
    expect(digestOf(await blob.bytes())).toBe(descriptor.digest);
    expect(asked).toEqual(['bytes=99985-99994', 'bytes=50001-50003', null]);
  });
});
