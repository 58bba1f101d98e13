import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import {
  content,
  count,
  expectStored,
  file,
  isPatch,
  isPut,
  isStatus,
  kib,
  pushChunks,
  small,
  smallFile,
} from '../../support/upload-checks.ts';
import { uploadRegistry } from '../../support/upload-registry.ts';

describe('chunks: answers that real registries give', () => {
  test.for([200, 201, 204])('%i to a chunk stands for 202', async (status) => {
    const other: Fault = async (request, next) => {
      const response = await next(request);
      if (!isPatch(request)) return response;
      return new Response(null, { status, headers: response.headers });
    };
    expect(await pushChunks(uploadRegistry([other]))).toEqual([
      'POST',
      'PATCH 0-102399',
      'PATCH 102400-204799',
      'PATCH 204800-307199',
      'PUT',
    ]);
  });

  test('a chunk that completes the blob (201), after which the PUT is refused as the upload is over', async () => {
    const completes: Fault = async (request, next) => {
      const response = await next(request);
      if (!isPatch(request) || response.headers.get('range') !== `0-${small.length - 1}`) return response;
      const location = new URL(response.headers.get('location')!, request.url);
      await next(new Request(`${location}?digest=${smallFile.digest}`, { method: 'PUT' }));
      return new Response(null, { status: 201 });
    };
    const it = uploadRegistry([completes]);
    await pushChunks(it);
    expect(it.log.slice(-2)).toEqual(['PUT', 'HEAD']);
    expect(it.sent()).toBe(small.length);
  });

  test.for([400, 416])('an upload that was over before its PUT (%i) is found stored', async (status) => {
    const completes: Fault = async (request, next) => {
      const response = await next(request);
      if (!isPut(request)) return response;
      return new Response(null, { status });
    };
    const it = uploadRegistry([completes]);
    await pushChunks(it);
    expect(it.sent()).toBe(small.length);
  });

  test('a Range that stands still is not believed when the status says more', async () => {
    const it = uploadRegistry([faults.wrongRange('0-0')]);
    await pushChunks(it);
    expect(it.sent()).toBe(small.length);
    expect(count(it, 'GET')).toBeGreaterThan(0);
  });

  test('a Range that says less, and a status that does not answer: it goes on, and the digest proves it', async () => {
    const it = uploadRegistry([faults.wrongRange('0-99'), faults.refuse(404, { match: isStatus })]);
    await pushChunks(it);
    expect(it.sent()).toBe(small.length);
  });

  test.for(['0-9999999', 'bytes=5-9', 'x', '0--9', '0-1e3'])('a Range of %j changes nothing', async (range) => {
    const it = uploadRegistry([faults.wrongRange(range)]);
    await pushChunks(it);
    expect(it.sent()).toBe(small.length);
  });

  test.for<[string, string]>([
    ['0-99', 'that is less'],
    ['0-0', 'that is nothing'],
    ['0--1', 'that is nothing, as olareg says it'],
    ['0--9', 'that is no range'],
  ])('a Range of %s, %s, in every answer: once more in one piece, and not for ever', async ([range]) => {
    const lie: Fault = async (request, next) => {
      const response = await next(request);
      if (!response.headers.has('range')) return response;
      const headers = new Headers(response.headers);
      headers.set('range', range);
      return new Response(null, { status: response.status, headers });
    };
    for (const list of [[lie], [lie, faults.silentAppend()]]) {
      const it = uploadRegistry(list);
      await it.repository.push(smallFile, new Blob([small]), { chunkSize: 100 * kib });
      await expectStored(it, smallFile);
      expect(it.log.length).toBeLessThan(60);
    }
  });

  test('a registry that keeps less of each chunk than it gets is sent the rest, however often', async () => {
    const it = uploadRegistry([faults.takeLess(10 * kib)]);
    await pushChunks(it);
    expect(count(it, 'PATCH')).toBe(30);
    expect(count(it, 'POST')).toBe(1);
  });

  test('a registry that keeps a byte of each chunk gets it in one piece, not in a request per byte', async () => {
    const it = uploadRegistry([faults.takeLess(1)]);
    await it.repository.push(smallFile, new Blob([small]), { chunkSize: 100 * kib });
    await expectStored(it, smallFile);
    expect(count(it, 'PATCH')).toBeLessThan(20);
  });

  test('a registry that keeps 64 KiB of each chunk does not get the content over and over', async () => {
    const it = uploadRegistry([faults.takeLess(64 * kib)]);
    await it.repository.push(file, content, { chunkSize: 1000 * kib });
    await expectStored(it);
    expect(it.sent()).toBeLessThan(2 * content.size);
  });

  test('a registry that appends what it gets wherever it belongs: the digest shows it, and it is sent in one piece', async () => {
    const it = uploadRegistry([faults.silentAppend(), faults.cutUpload(50 * kib, { times: 1, kept: true })]);
    const wrong: Fault = faults.refuse(500, { match: isStatus });
    const blind = uploadRegistry([wrong, faults.silentAppend(), faults.loseAnswer({ times: 1, match: isPatch })]);
    await pushChunks(it);
    await pushChunks(blind);
  });

  test('a chunk after which bytes are missing that the registry said it had: once more in one piece', async () => {
    const it = uploadRegistry([dropping, faults.silentAppend()]);
    await pushChunks(it);
    expect(it.log.at(-1)).toBe(`PUT ${small.length}`);
    expect(count(it, 'PUT')).toBe(2);
  });
});

/** Takes a chunk, says so, and loses it. */
const dropping: Fault = async (request, next) => {
  if (!isPatch(request) || request.headers.get('content-range') !== '102400-204799') return next(request);
  return new Response(null, { status: 202, headers: { range: '0-204799' } });
};
