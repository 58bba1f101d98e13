import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import {
  content,
  count,
  expectFailure,
  expectStored,
  file,
  isPatch,
  isStatus,
  kib,
  pushChunks,
  small,
} from '../../support/upload-checks.ts';
import { described, uploadRegistry } from '../../support/upload-registry.ts';

describe('chunks: how large', () => {
  test('OCI-Chunk-Min-Length above the chunk size', async () => {
    const it = uploadRegistry([faults.minChunk(200 * kib)]);
    expect(await pushChunks(it)).toEqual(['POST', 'PATCH 0-204799', 'PATCH 204800-307199', 'PUT']);
  });

  test.for([90 * kib, 64 * kib])('OCI-Chunk-Max-Length below the chunk size: %i', async (most) => {
    const it = uploadRegistry([withLimits({ max: `${most}` })]);
    await it.repository.push(file, content, { chunkSize: 100 * kib });
    await expectStored(it);
    expect(count(it, 'PATCH')).toBe(Math.ceil(content.size / most));
  });

  test.for([64 * kib - 1, 1])('OCI-Chunk-Max-Length of %i is an error when it needs more requests', async (most) => {
    for (const chunkSize of [100 * kib, undefined]) {
      const it = uploadRegistry([withLimits({ max: `${most}` })]);
      const error = await rejection(it.repository.push(file, content, { chunkSize }));
      expect(error).toMatchObject({ code: 'REGISTRY' });
      expect(String(error)).toContain(`the registry accepts at most ${most} bytes per request`);
      expect(count(it, 'PATCH')).toBe(0);
      expect(await it.leftovers()).toEqual([]);
    }
  });

  test('OCI-Chunk-Max-Length of less than 64 KiB is no error where one request is enough', async () => {
    const it = uploadRegistry([withLimits({ max: '5' })]);
    const few = new Uint8Array(5);
    await it.repository.push(described(few), new Blob([few]));
    await expectStored(it, described(few));
  });

  test('413 that says how much there may be, less than 64 KiB: no less than that is sent', async () => {
    const max: Fault = async (request, next) => {
      const response = await next(request);
      if (response.status === 413) response.headers.set('oci-chunk-max-length', '1');
      return response;
    };
    const it = uploadRegistry([max, faults.maxChunk(100)]);
    await expectFailure(it, it.repository.push(file, content, { chunkSize: 100 * kib }), 413);
    expect(it.log.filter((line) => line.startsWith('PATCH'))).toEqual(['PATCH 0-102399', 'PATCH 0-65535']);
  });

  test.for(['0', '-5', '0.5', 'x', '1e400', '9'.repeat(30)])('a length of %j is none', async (length) => {
    const it = uploadRegistry([withLimits({ min: length, max: length })]);
    await pushChunks(it);
    expect(count(it, 'PATCH')).toBe(3);
  });

  test.for([413, 416] as const)('%i to a chunk whose range was right: half of it', async (status) => {
    const it = uploadRegistry([faults.maxChunk(100 * kib, { status })]);
    await pushChunks(it, 250 * kib);
    expect(it.log).toContain('PATCH 0-127999');
    expect(it.log).toContain('PATCH 0-65535');
    expect(count(it, 'POST')).toBe(1);
    expect(count(it, 'PUT')).toBe(1);
  });

  test('413 that says how much there may be: so much', async () => {
    const max: Fault = async (request, next) => {
      const response = await next(request);
      if (response.status === 413) response.headers.set('oci-chunk-max-length', `${90 * kib}`);
      return response;
    };
    const it = uploadRegistry([max, faults.maxChunk(90 * kib)]);
    await pushChunks(it, 250 * kib);
    expect(it.log).toEqual(['POST', 'PATCH 0-255999', 'GET', ...ranges(small.length, 90 * kib), 'PUT']);
  });

  test('413 to one request for everything: in chunks', async () => {
    const it = uploadRegistry([faults.maxChunk(400 * kib)]);
    await it.repository.push(file, content);
    await expectStored(it);
    expect(count(it, 'POST')).toBe(1);
    expect(it.log.slice(0, 2)).toEqual(['POST', 'PUT 1500000']);
    expect(count(it, 'PUT')).toBe(2);
  });

  test('413 to one request, and the session is gone: in chunks of another', async () => {
    const it = uploadRegistry([faults.expireUpload({ match: isStatus, times: 1 }), faults.maxChunk(800 * kib)]);
    await it.repository.push(file, content);
    await expectStored(it);
    expect(count(it, 'POST')).toBe(2);
  });

  test('413 whatever the size is an error, and the session is gone', async () => {
    const it = uploadRegistry([faults.maxChunk(0)]);
    await expectFailure(it, it.repository.push(file, content), 413);
    const chunks = uploadRegistry([faults.maxChunk(0)]);
    await expectFailure(chunks, chunks.repository.push(file, content, { chunkSize: 100 * kib }), 413);
  });

  test.for([404, 405, 400, 416])(
    '413 to one request and %i to every chunk is an error, not a circle',
    async (status) => {
      const it = uploadRegistry([faults.refuse(status, { match: isPatch }), faults.maxChunk(400 * kib)]);
      await expectFailure(it, it.repository.push(file, content), 413);
      expect(count(it, 'PUT')).toBe(2);
    },
  );
});

function ranges(size: number, chunk: number): string[] {
  return Array.from(
    { length: Math.ceil(size / chunk) },
    (_, i) => `PATCH ${i * chunk}-${Math.min((i + 1) * chunk, size) - 1}`,
  );
}

function withLimits({ min, max }: { min?: string; max?: string }): Fault {
  return async (request, next) => {
    const response = await next(request);
    if (min !== undefined) response.headers.set('oci-chunk-min-length', min);
    if (max !== undefined) response.headers.set('oci-chunk-max-length', max);
    return response;
  };
}
