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
  isPut,
  kib,
  pushChunks,
  small,
  smallFile,
} from '../../support/upload-checks.ts';
import { uploadRegistry } from '../../support/upload-registry.ts';

describe('uploads: connections that break', () => {
  test.for([false, true])('in one request: what arrived is not sent again (kept: %s)', async (kept) => {
    const it = uploadRegistry([faults.cutUpload(600_000, { times: 1, kept })]);
    await it.repository.push(file, content);
    await expectStored(it);
    expect(it.sent()).toBe(kept ? 1_500_000 + 900_000 : 3_000_000);
    expect(count(it, 'POST')).toBe(1);
  });

  test('after one byte, which the registry calls none: the digest shows it, and a new session has all of it', async () => {
    const it = uploadRegistry([faults.silentAppend(), faults.cutUpload(1, { times: 1, kept: true })]);
    await it.repository.push(file, content);
    await expectStored(it);
  });

  test.for([false, true])('in a chunk: it goes on from what the registry has (kept: %s)', async (kept) => {
    const it = uploadRegistry([
      faults.cutUpload(30 * kib, { match: (request) => isPatch(request) && second(request), times: 1, kept }),
    ]);
    await pushChunks(it);
    expect(it.log.slice(0, 5)).toEqual([
      'POST',
      'PATCH 0-102399',
      'PATCH 102400-204799',
      'GET',
      kept ? 'PATCH 133120-235519' : 'PATCH 102400-204799',
    ]);
  });

  test('after the answer to a chunk was lost, it is not sent again', async () => {
    const it = uploadRegistry([faults.loseAnswer({ match: isPatch, times: 3 })]);
    await pushChunks(it);
    expect(it.sent()).toBe(small.length);
  });

  test('after the end was stored, but the answer to it was lost', async () => {
    const chunks = uploadRegistry([faults.loseAnswer({ match: isPut, times: 1 })]);
    await pushChunks(chunks);
    expect(chunks.sent()).toBe(small.length);
    const whole = uploadRegistry([faults.loseAnswer({ match: isPut, times: 1 })]);
    await whole.repository.push(file, content);
    await expectStored(whole);
    expect(whole.sent()).toBe(file.size);
    expect(whole.log).toEqual(['POST', 'PUT 1500000', 'GET', 'HEAD']);
  });

  test('failures count from the last progress: more of them than tries end well', async () => {
    const it = uploadRegistry([faults.cutUpload(10 * kib, { kept: true })], {
      client: { retry: { limit: 1, delay: () => 0 } },
    });
    await pushChunks(it);
    expect(count(it, 'PATCH')).toBeGreaterThan(20);
  });

  test.for([0, 3])('without progress it ends after %i more tries, and the session is gone', async (limit) => {
    const it = uploadRegistry([faults.cutUpload(10 * kib)], { client: { retry: { limit, delay: () => 0 } } });
    const pushing = it.repository.push(smallFile, new Blob([small]), { chunkSize: 100 * kib });
    expect(await rejection(pushing)).toMatchObject({ code: 'NETWORK' });
    expect(count(it, 'PATCH')).toBe(limit + 1);
    expect(await it.leftovers()).toEqual([]);
  });

  test('a file that can no longer be read is an error that says so, and nothing is left', async () => {
    const it = uploadRegistry([faults.disconnect({ match: isPatch })]);
    const gone = new Blob([small]);
    const unreadable = (): Promise<never> => Promise.reject(new DOMException('changed', 'NotReadableError'));
    gone.slice = (start, end) => Object.assign(new Blob([small]).slice(start, end), { arrayBuffer: unreadable });
    const error = await rejection(it.repository.push(smallFile, gone, { chunkSize: 100 * kib }));
    expect(error).toMatchObject({ code: 'FILE', errno: 'NotReadableError', path: smallFile.digest });
    expect(count(it, 'PATCH')).toBe(1);
    expect(await it.leftovers()).toEqual([]);
  });
});

function second({ headers }: Request): boolean {
  return headers.get('content-range')?.startsWith('102400-') === true;
}

describe('uploads: content that is wrong', () => {
  test('is refused in one piece at once, and in chunks after one more try', async () => {
    const wrong = { ...smallFile, digest: file.digest };
    const whole = uploadRegistry();
    await expectFailure(whole, whole.repository.push(wrong, new Blob([small])), 400);
    expect(whole.log).toEqual(['POST', `PUT ${small.length}`, 'DELETE']);
    const chunks = uploadRegistry();
    await expectFailure(chunks, chunks.repository.push(wrong, new Blob([small]), { chunkSize: 100 * kib }), 400);
    expect(count(chunks, 'PUT')).toBe(2);
  });
});

describe('uploads: aborted', () => {
  test.for(['POST', 'PATCH', 'PUT'])('at a %s: it rejects with the reason, and no session is left', async (method) => {
    const reason = new Error('the user left');
    const abort = new AbortController();
    const stopping: Fault = async (request, next) => {
      const response = await next(request);
      if (request.method === method) abort.abort(reason);
      return response;
    };
    const it = uploadRegistry([stopping]);
    const pushing = it.repository.push(smallFile, new Blob([small]), { chunkSize: 100 * kib, signal: abort.signal });
    expect(await rejection(pushing)).toBe(reason);
    // What a session is called is in the answer to the POST, which nobody waited for.
    await expect.poll(() => it.leftovers()).toHaveLength(method === 'POST' ? 1 : 0);
  });
});
