import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import { refusal } from '../../support/fake-fetch.ts';
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

describe('uploads: a registry that takes no chunks', () => {
  test.for([404, 405, 400, 501])('%i: one request for everything in a new session', async (status) => {
    const it = uploadRegistry([faults.refuse(status, { match: isPatch })]);
    await pushChunks(it);
    expect(it.log).toEqual(['POST', 'PATCH 0-102399', 'HEAD', 'DELETE', 'POST', `PUT ${small.length}`]);
  });

  test('though the connection broke once: one request for everything, as often as it takes', async () => {
    const it = uploadRegistry([faults.refuse(405, { match: isPatch }), faults.cutUpload(1_000_000, { times: 2 })]);
    await it.repository.push(file, content);
    await expectStored(it);
    expect(count(it, 'PATCH')).toBeLessThanOrEqual(1);
  });
});

describe('uploads: sessions', () => {
  test('the newest Location is used, as no older one is known', async () => {
    await pushChunks(uploadRegistry([faults.newLocations()]));
  });

  test('an answer without a Location leaves it where it was', async () => {
    await pushChunks(uploadRegistry([faults.noLocation({ match: isPatch })]));
  });

  test('a Location that became stale with an answer that was lost: a new session', async () => {
    const it = uploadRegistry([faults.loseAnswer({ match: isPatch, times: 1 }), faults.newLocations()]);
    await it.repository.push(smallFile, new Blob([small]), { chunkSize: 100 * kib });
    expect(await it.storedDigest(smallFile)).toBe(smallFile.digest);
    expect(count(it, 'POST')).toBe(2);
  });

  test.for([
    ['absolute', faults.absoluteLocation()],
    ['relative to the request', faults.relativeLocation()],
  ] as const)('a Location that is %s', async ([, fault]) => {
    await pushChunks(uploadRegistry([fault]));
  });

  test('a Location elsewhere: chunks and the end of it go there', async () => {
    const hosts = new Set<string>();
    const seen: Fault = (request, next) => {
      if (isPatch(request) || isPut(request)) hosts.add(new URL(request.url).host);
      return next(request);
    };
    await pushChunks(uploadRegistry([seen, faults.foreignLocation('http://other.example:81')]));
    expect([...hosts]).toEqual(['other.example:81']);
  });

  test.for([0, 1, 2])('one that expires after %i chunks: all of it in a new one', async (chunks) => {
    const it = uploadRegistry([expireAfter(chunks, 1)]);
    await pushChunks(it);
    expect(count(it, 'POST')).toBe(2);
  });

  test('one that expires before its end: a new one', async () => {
    const it = uploadRegistry([faults.expireUpload({ match: isPut, times: 1 })]);
    await pushChunks(it);
    expect(count(it, 'POST')).toBe(2);
    const whole = uploadRegistry([faults.expireUpload({ match: isPut, times: 1 })]);
    await whole.repository.push(file, content);
    await expectStored(whole);
  });

  test.for([400, 404])(
    'one that the registry cannot go on with (%i BLOB_UPLOAD_INVALID): a new one',
    async (status) => {
      const invalid = (times: number): Fault => {
        let left = times;
        return async (request, next) =>
          isPut(request) && left-- > 0 ? refusal(status, 'BLOB_UPLOAD_INVALID') : next(request);
      };
      const it = uploadRegistry([invalid(2)]);
      await it.repository.push(file, content);
      await expectStored(it);
      expect(count(it, 'POST')).toBe(3);
      const always = uploadRegistry([invalid(Number.POSITIVE_INFINITY)]);
      await expectFailure(always, always.repository.push(file, content), status);
      expect(count(always, 'PUT')).toBe(5);
    },
  );

  test.for([0, 2])('a registry that forgets every session is an error (retries: %i)', async (limit) => {
    for (const chunks of [0, 1]) {
      const settings = { client: { retry: { limit, delay: () => 0 } } };
      const it = uploadRegistry([expireAfter(chunks, Number.POSITIVE_INFINITY)], settings);
      const pushing = it.repository.push(smallFile, new Blob([small]), { chunkSize: 100 * kib });
      expect(await rejection(pushing)).toMatchObject({ status: 404, errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }] });
      expect(count(it, 'POST')).toBe(limit + 1);
      expect(await it.leftovers()).toEqual([]);
    }
  });
});

/** Forgets sessions of which it has so many chunks. */
function expireAfter(chunks: number, times: number): Fault {
  const taken = new Map<string, number>();
  const match = ({ url, method }: Request): boolean => {
    const { pathname } = new URL(url);
    if (method !== 'PATCH') return false;
    taken.set(pathname, (taken.get(pathname) ?? 0) + 1);
    return taken.get(pathname)! > chunks;
  };
  return faults.expireUpload({ match, times });
}
