import { InvalidReferenceError, NotFoundError, UnsupportedError } from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { itemsOf, rejection } from '../../support/content.ts';
import { refusal } from '../../support/fake-fetch.ts';
import { host, pathsBelow, uploadRegistry } from '../../support/upload-registry.ts';

const reference = `${host}/org/files`;

/** A registry with these faults, and a manifest with two tags. */
async function withTags(list: readonly Fault[] = []) {
  const sent: string[] = [];
  const watching: Fault = (request, next) => {
    sent.push(`${request.method} ${request.url.replace(/.*\/(?=[^/]+$)/, '').slice(0, 10)}`);
    return next(request);
  };
  const it = uploadRegistry([watching, ...list]);
  const { descriptor } = await it.healthy.push(`${reference}:v1`, [{ name: 'a', content: 'a' }], { tags: ['v2'] });
  const stored = it.healthy.repository(reference);
  const manifests = async (): Promise<number> => (await pathsBelow(it.storage, 'org/files/_layout/blobs/')).length;
  return { ...it, descriptor, stored, sent, manifests };
}

const isDelete = ({ method }: Request): boolean => method === 'DELETE';
const isTag = (request: Request): boolean => /\/manifests\/v\d$/.test(request.url);
const isDeletedTag = (request: Request): boolean => isDelete(request) && isTag(request);
const isDeletedDigest = (request: Request): boolean => isDelete(request) && !isTag(request);

/** The tag is gone, and nothing else. */
async function expectRemoved(it: Awaited<ReturnType<typeof withTags>>, blobs: number): Promise<void> {
  expect(await itemsOf(it.stored.tags())).toEqual(['v2']);
  expect((await it.stored.resolve('v2')).digest).toBe(it.descriptor.digest);
  expect(await it.manifests()).toBe(blobs);
}

describe('untag: a tag is removed alone', () => {
  test('by the registry, where it can', async () => {
    const it = await withTags();
    const blobs = await it.manifests();
    await it.repository.untag('v1');
    await expectRemoved(it, blobs);
    expect(it.sent.filter((line) => /^(PUT|DELETE)/.test(line))).toEqual(['DELETE v1']);
  });

  test.for<[string, Fault]>([
    ['405', faults.refuse(405, { match: isDeletedTag })],
    [
      '400, as a tag is no digest',
      (request, next) => (isDeletedTag(request) ? Promise.resolve(refusal(400, 'DIGEST_INVALID')) : next(request)),
    ],
  ])('with a manifest of its own where the registry answers %s', async ([, fault]) => {
    const it = await withTags([fault]);
    const blobs = await it.manifests();
    await it.repository.untag('v1');
    await expectRemoved(it, blobs);
    const deleted = it.sent.filter((line) => line.startsWith('DELETE'));
    expect(deleted).toEqual(['DELETE v1', expect.stringMatching(/^DELETE sha256:/), deleted[1]]);
  });

  test('also where a manifest is not found for a moment', async () => {
    let asked = 0;
    const late: Fault = async (request, next) =>
      isDeletedDigest(request) && ++asked <= 3 ? refusal(404, 'MANIFEST_UNKNOWN') : next(request);
    const it = await withTags([faults.refuse(405, { match: isDeletedTag }), late]);
    const blobs = await it.manifests();
    await it.repository.untag('v1');
    await expectRemoved(it, blobs);
  });

  test('the last tag of a manifest leaves the manifest', async () => {
    const it = await withTags([faults.refuse(405, { match: isDeletedTag })]);
    await it.repository.untag('v1');
    await it.repository.untag('v2');
    expect(await itemsOf(it.stored.tags())).toEqual([]);
    expect(await it.stored.exists(it.descriptor)).toBe(true);
  });
});

describe('untag: what cannot be removed', () => {
  test('nothing is changed where the registry deletes nothing', async () => {
    const it = await withTags([faults.refuse(405, { match: isDelete })]);
    const error = await rejection(it.repository.untag('v1'));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ feature: 'deleting manifests' });
    expect(await itemsOf(it.stored.tags())).toEqual(['v1', 'v2']);
    expect(it.sent.filter((line) => line.startsWith('PUT'))).toEqual([]);
  });

  test.for([403, 405])('the tag is moved back where the other manifest cannot be deleted (%d)', async (code) => {
    let isMoved = false;
    const fault: Fault = (request, next) => {
      isMoved ||= request.method === 'PUT';
      return next(request);
    };
    const refused = faults.refuse(code, { match: (request) => isMoved && isDeletedDigest(request) });
    const it = await withTags([fault, faults.refuse(405, { match: isDeletedTag }), refused]);
    isMoved = false;
    await rejection(it.repository.untag('v1'));
    expect((await it.stored.resolve('v1')).digest).toBe(it.descriptor.digest);
  });

  test('the tag is moved back after an abort, which comes out as it is', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const aborting: Fault = async (request, next) => {
      const response = await next(request);
      if (request.method === 'PUT' && isTag(request)) stop.abort(reason);
      return response;
    };
    const it = await withTags([aborting, faults.refuse(405, { match: isDeletedTag })]);
    expect(await rejection(it.repository.untag('v1', { signal: stop.signal }))).toBe(reason);
    expect((await it.stored.resolve('v1')).digest).toBe(it.descriptor.digest);
  });

  test('a registry that deletes the manifest with the tag: it is stored again, and that is an error', async () => {
    const greedy: Fault = async (request, next) => {
      if (!isDeletedTag(request)) return next(request);
      const url = request.url.replace(/[^/]+$/, digest);
      return next(new Request(url, { method: 'DELETE' }));
    };
    let digest = '';
    const it = await withTags([greedy]);
    digest = it.descriptor.digest;
    const error = await rejection(it.repository.untag('v1'));
    expect(error).toMatchObject({ code: 'REGISTRY', method: 'DELETE' });
    expect(String(error)).toContain('deleted its manifest with it');
    expect(await it.stored.exists(it.descriptor)).toBe(true);
  });

  test('a tag that does not exist is not found, and nothing is deleted', async () => {
    const it = await withTags();
    expect(await rejection(it.repository.untag('v3'))).toBeInstanceOf(NotFoundError);
    expect(it.sent.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  test('a digest is no tag', async () => {
    const it = await withTags();
    expect(await rejection(it.repository.untag(it.descriptor.digest))).toBeInstanceOf(InvalidReferenceError);
    expect(it.sent).toEqual([]);
  });
});
