import { digestOf } from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import { status } from '../../support/fake-fetch.ts';
import { expectStored, small, smallFile } from '../../support/upload-checks.ts';
import {
  host,
  recorder,
  type UploadRegistry,
  type UploadRegistrySettings,
  uploadRegistry,
} from '../../support/upload-registry.ts';

const content = new Blob([small]);
const isMount = ({ url }: Request): boolean => new URL(url).searchParams.has('mount');

/** A registry whose repository `org/source` has the blob, and the requests that reach it since then. */
async function withSource(
  list: readonly Fault[] = [],
  settings: UploadRegistrySettings = {},
): Promise<UploadRegistry & { asked: string[] }> {
  const asked: string[] = [];
  const seen: Fault = (request, next) => {
    const { pathname, searchParams } = new URL(request.url);
    const words = ['from', 'scope'].flatMap((name) => searchParams.getAll(name));
    asked.push([request.method, pathname.replace(/uploads\/.+/, 'uploads/…'), ...words].join(' '));
    return next(request);
  };
  const it = uploadRegistry([seen, ...list], settings);
  await it.healthy.repository(`${host}/org/source`).push(smallFile, content);
  return { ...it, asked };
}

const start = 'POST /v2/org/files/blobs/uploads/';
const put = 'PUT /v2/org/files/blobs/uploads/…';
const cancel = 'DELETE /v2/org/files/blobs/uploads/…';

describe('mounts', () => {
  test('a blob of another repository is not sent, and reported as mounted', async () => {
    const it = await withSource();
    const { events, onProgress } = recorder();
    await it.repository.push(smallFile, content, { mountFrom: ['org/source'], onProgress });
    expect(it.asked).toEqual([`${start} org/source`]);
    expect(events).toEqual([{ type: 'skip', descriptor: smallFile, reason: 'mounted' }]);
    expect(it.sent()).toBe(0);
    await expectStored(it, smallFile);
  });

  test('202: the session that it stands for is used', async () => {
    const it = await withSource([faults.noMount()]);
    const { types, onProgress } = recorder();
    await it.repository.push(smallFile, content, { mountFrom: ['org/source'], onProgress });
    expect(it.asked).toEqual([`${start} org/source`, put]);
    expect(types()).toEqual(['start', 'transfer', 'done']);
    await expectStored(it, smallFile);
  });

  test.for([400, 401, 403, 404, 405, 409, 500])('%i: the content is sent, without a mount', async (code) => {
    const it = await withSource([faults.refuse(code, { match: isMount })]);
    await it.repository.push(smallFile, content, { mountFrom: ['org/source'] });
    expect(it.asked).toContain(`${start} org/source`);
    expect(it.sent()).toBe(smallFile.size);
    await expectStored(it, smallFile);
  });

  test('200 with a web page: the content is sent, without a mount', async () => {
    const page: Fault = async (request, next) => (isMount(request) ? new Response('<html>') : next(request));
    const it = await withSource([page]);
    await it.repository.push(smallFile, content, { mountFrom: ['org/source'] });
    expect(it.asked).toContain(`${start} org/source`);
    expect(it.sent()).toBe(smallFile.size);
    await expectStored(it, smallFile);
  });

  test('a rate limit ends the push', async () => {
    const it = await withSource([faults.refuse(429, { match: isMount })]);
    const error = await rejection(it.repository.push(smallFile, content, { mountFrom: ['org/source'] }));
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect(await it.leftovers()).toEqual([]);
  });

  test.for(['sha256', 'sha512'] as const)('a mount of another digest in %s is a mismatch', async (algorithm) => {
    const digest = digestOf(new Uint8Array(), algorithm);
    const other: Fault = async (request, next) =>
      isMount(request) ? status(201, { 'docker-content-digest': digest }) : next(request);
    const it = await withSource([other]);
    const error = await rejection(it.repository.push(smallFile, content, { mountFrom: ['org/source'] }));
    expect(error).toMatchObject({ code: 'MISMATCH', expected: digestOf(small, algorithm), actual: digest });
  });

  test.for([[[]], [['org/files']]])('from %j there is nothing to mount', async ([mountFrom]) => {
    const it = await withSource();
    await it.repository.push(smallFile, content, { mountFrom: mountFrom! });
    expect(it.asked.filter((line) => line.startsWith(`${start} `))).toEqual([]);
    await expectStored(it, smallFile);
  });

  test('the first repository that has it is mounted, and the session of one that has not is ended', async () => {
    const it = await withSource();
    await it.repository.push(smallFile, content, { mountFrom: ['org/empty', 'org/source', 'org/never'] });
    expect(it.asked).toEqual([`${start} org/empty`, cancel, `${start} org/source`]);
    await expectStored(it, smallFile);
  });

  test('where none of them has it, the content is sent over the last session, and no other is left', async () => {
    const it = await withSource();
    await it.repository.push(smallFile, content, { mountFrom: ['org/empty', 'org/nothing'] });
    expect(it.asked).not.toContain(start);
    expect(await it.leftovers()).toEqual([]);
    await expectStored(it, smallFile);
  });

  test('a push of files mounts what is there, after asking whether the repository has it', async () => {
    const it = await withSource();
    const { types, onProgress } = recorder();
    const files = [{ name: 'a', content }];
    await it.registry.push(`${host}/org/files:v1`, files, { mountFrom: ['org/source'], onProgress });
    expect(it.asked[0]).toMatch(/^HEAD .*sha256/);
    expect(it.asked[1]).toBe(`${start} org/source`);
    expect(types()).toContain('skip mounted');
    expect((await it.healthy.pull(`${host}/org/files:v1`)).files).toHaveLength(1);
  });
});

const unscoped: Fault = async (request, next) => {
  const response = await next(request);
  const challenge = response.headers.get('www-authenticate');
  if (challenge) response.headers.set('www-authenticate', challenge.replace(/,\s*scope="[^"]*"/, ''));
  return response;
};

describe('mounts: tokens', () => {
  const alice = { username: 'alice', password: 's3cret-pass' };
  const users = { [alice.username]: alice.password };

  test('one token is for both repositories', async () => {
    const settings = { client: { credentials: alice }, server: { auth: { scheme: 'bearer', users } as const } };
    // A challenge that names the scopes would do it alone.
    const it = await withSource([unscoped], settings);
    await it.repository.push(smallFile, content, { mountFrom: ['org/source'] });
    const tokens = it.asked.filter((line) => line.includes('/token'));
    expect(tokens).toHaveLength(1);
    expect(tokens[0]).toContain('repository:org/files:pull,push');
    expect(tokens[0]).toContain('repository:org/source:pull');
    expect(it.sent()).toBe(0);
  });

  test.for([401, 403])(
    'a token service that refuses both (%i): the content is sent with a token for one',
    async (code) => {
      const both: Fault = async (request, next) => {
        const { pathname, searchParams } = new URL(request.url);
        const isBoth = pathname === '/token' && searchParams.getAll('scope').join(' ').includes('org/source');
        return isBoth ? status(code) : next(request);
      };
      const settings = { client: { credentials: alice }, server: { auth: { scheme: 'bearer', users } as const } };
      const it = await withSource([both], settings);
      await it.repository.push(smallFile, content, { mountFrom: ['org/source'] });
      expect(it.asked.at(-1)).toBe(put);
      await expectStored(it, smallFile);
    },
  );
});
