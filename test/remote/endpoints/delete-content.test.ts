import { ReferrersError, RegistryError, type Repository, UnsupportedError } from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { InvalidReferenceError, NotFoundError } from '../../../src/errors.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { referrersTag } from '../../../src/oci/referrers.ts';
import type { Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { fakeRegistry, fakeRepository, json, refusal, status } from '../../support/fake-fetch.ts';
import { host, uploadRegistry } from '../../support/upload-registry.ts';

const reference = `${host}/org/files`;
const zero = `sha256:${'0'.repeat(64)}`;
const hello = descriptorOf('hello');
const manifest = { ...hello, mediaType: mediaTypes.manifest };

/** A registry with an image and what is attached to it, and the requests from now on. */
async function withReferrers(names: readonly string[], list: readonly Fault[] = []) {
  const asked: string[] = [];
  const words = new Map<string, string>([[zero, 'nothing']]);
  const watching: Fault = (request, next) => {
    const path = new URL(request.url).pathname.replace('/v2/org/files/', '').replace('manifests/', '');
    const [word] = [...words].find(([text]) => path.includes(text))?.slice(1) ?? [path];
    asked.push(`${request.method} ${path.startsWith('referrers/') ? `referrers of ${word}` : word}`);
    return next(request);
  };
  const it = uploadRegistry([watching, ...list]);
  const { descriptor: subject } = await it.healthy.push(`${reference}:v1`, [{ name: 'a', content: 'subject' }]);
  const tag = referrersTag(subject.digest);
  words.set(tag, 'list').set(subject.digest, 'subject');
  const attached: Descriptor[] = [];
  for (const name of names) {
    const files = [{ name, content: name }];
    const { descriptor } = await it.registry.push(reference, files, { artifactType: `test/${name}`, subject });
    words.set(descriptor.digest, name);
    attached.push(descriptor);
  }
  asked.length = 0;
  // A client that knows nothing yet.
  const repository = it.healthy.repository(reference);
  const { registry } = it;
  const fresh = registry.repository(reference);
  return { ...it, repository: fresh, stored: repository, subject, tag, attached, asked };
}

const without = (...list: Fault[]): Fault[] => [...list, faults.noReferrers()];
const typesOf = async (repository: Repository, subject: Descriptor): Promise<unknown[]> =>
  (await itemsOf(repository.referrers(subject))).map(({ artifactType }) => artifactType);
const isList = (request: Request): boolean => /\/manifests\/sha256-/.test(request.url);
const isDelete = (request: Request): boolean => request.method === 'DELETE';

describe('delete: a manifest', () => {
  test('is deleted with all its tags', async () => {
    const it = await withReferrers([]);
    await it.stored.tag(it.subject, 'v2');
    await it.repository.delete(it.subject);
    expect(await it.stored.exists(it.subject)).toBe(false);
    expect(await itemsOf(it.stored.tags())).toEqual([]);
    // Without a subject, nothing else needs to be known.
    expect(it.asked).toEqual(['GET subject', 'DELETE subject']);
  });

  test('with a subject and the API: it is read, the API is asked for, it is deleted; then only deleted (F20)', async () => {
    const it = await withReferrers([]);
    const push = (name: string): Promise<{ descriptor: Descriptor }> =>
      it.healthy.push(reference, [{ name, content: name }], { artifactType: `test/${name}`, subject: it.subject });
    const [one, two] = [(await push('one')).descriptor, (await push('two')).descriptor];
    await it.repository.delete(one);
    expect(it.asked).toEqual([`GET ${one.digest}`, 'GET referrers of nothing', `DELETE ${one.digest}`]);
    await it.repository.delete(two);
    expect(it.asked.slice(3)).toEqual([`DELETE ${two.digest}`]);
    expect(await typesOf(it.stored, it.subject)).toEqual([]);
  });

  test('after OCI-Subject in the answer to a push, it is only deleted (F20)', async () => {
    const it = await withReferrers(['one']);
    await it.repository.delete(it.attached[0]!);
    expect(it.asked).toEqual(['DELETE one']);
  });

  test('without the API, the list is reduced before it is deleted, and others are kept (F21)', async () => {
    const it = await withReferrers(['one', 'two', 'three'], without());
    await it.repository.delete(it.attached[1]!);
    expect(it.asked).toEqual(['GET two', 'GET referrers of nothing', 'GET list', 'PUT list', 'GET list', 'DELETE two']);
    expect(await typesOf(it.repository, it.subject)).toEqual(['test/one', 'test/three']);
    expect(await it.stored.exists(it.attached[1]!)).toBe(false);
  });

  test('the last one leaves an empty list (F22), which the next one is added to (F14)', async () => {
    const it = await withReferrers(['one'], without());
    await it.repository.delete(it.attached[0]!);
    expect(await typesOf(it.repository, it.subject)).toEqual([]);
    expect(await it.stored.resolve(it.tag)).toMatchObject({ mediaType: mediaTypes.index });
    await it.registry.push(reference, [], { artifactType: 'test/two', subject: it.subject });
    expect(await typesOf(it.repository, it.subject)).toEqual(['test/two']);
    // Nothing but the manifest was deleted (F17).
    expect(it.asked.filter((line) => line.startsWith('DELETE'))).toEqual(['DELETE one']);
  });

  test.for<[string, (it: Awaited<ReturnType<typeof withReferrers>>) => Promise<unknown>]>([
    ['is not there', ({ stored, tag }) => stored.untag(tag)],
    [
      'does not list it',
      async ({ registry, tag, stored, subject }) => {
        await stored.untag(tag);
        await registry.push(reference, [], { artifactType: 'test/other', subject });
      },
    ],
    ['is something else', ({ stored, tag, subject }) => stored.tag(subject, tag)],
  ])('is deleted when the list %s (F23)', async ([, change]) => {
    const it = await withReferrers(['one'], without());
    await change(it);
    it.asked.length = 0;
    await it.repository.delete(it.attached[0]!);
    expect(it.asked).toEqual(['GET one', 'GET referrers of nothing', 'GET list', 'DELETE one']);
    expect(await it.stored.exists(it.attached[0]!)).toBe(false);
  });

  test('the API is asked for once, however many are deleted at the same time (F24)', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const it = await withReferrers(names, without());
    await Promise.all(it.attached.map((one) => it.repository.delete(one)));
    expect(it.asked.filter((line) => line.includes('referrers of'))).toHaveLength(1);
    expect(await typesOf(it.repository, it.subject)).toEqual([]);
  });

  test('a list that another program changed at the same time is read again', async () => {
    const outcomes: (() => Response)[] = [];
    const replaced: Fault = async (request, next) => {
      const outcome = request.method === 'PUT' && isList(request) ? outcomes.shift() : undefined;
      return outcome ? outcome() : next(request);
    };
    const it = await withReferrers(['one', 'two'], without(replaced));
    // What was written is lost, and then another program is faster.
    outcomes.push(
      () => status(201),
      () => refusal(412, 'PRECONDITION_FAILED'),
    );
    await it.repository.delete(it.attached[0]!);
    expect(outcomes).toEqual([]);
    expect(await typesOf(it.repository, it.subject)).toEqual(['test/two']);
  });

  test('is not deleted when the list cannot be written', async () => {
    let isForbidden = false;
    const forbidden = faults.refuse(403, { match: (request) => isForbidden && request.method === 'PUT' });
    const it = await withReferrers(['one'], without(forbidden));
    isForbidden = true;
    const error = await rejection(it.repository.delete(it.attached[0]!));
    expect(error).toBeInstanceOf(ReferrersError);
    expect(error).toMatchObject({ descriptor: it.attached[0], cause: { code: 'DENIED' } });
    expect(it.asked).not.toContain('DELETE one');
  });

  test('is listed again when the registry refuses to delete it', async () => {
    const it = await withReferrers(['one', 'two'], without(faults.refuse(405, { match: isDelete })));
    const error = await rejection(it.repository.delete(it.attached[0]!));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ feature: 'deleting manifests', cause: { status: 405 } });
    expect(await typesOf(it.repository, it.subject)).toEqual(['test/two', 'test/one']);
  });

  test('an abort comes out as it is', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const aborting: Fault = (request, next) => {
      if (request.method === 'PUT' && isList(request) && stop.signal.reason === undefined && armed) stop.abort(reason);
      return next(request);
    };
    let armed = false;
    const it = await withReferrers(['one'], without(aborting));
    armed = true;
    expect(await rejection(it.repository.delete(it.attached[0]!, { signal: stop.signal }))).toBe(reason);
    expect(await it.stored.exists(it.attached[0]!)).toBe(true);
  });

  test('that does not exist is not found', async () => {
    const it = await withReferrers([]);
    expect(await rejection(it.repository.delete(manifest))).toBeInstanceOf(NotFoundError);
  });
});

describe('delete: a blob', () => {
  test('is deleted', async () => {
    const it = uploadRegistry();
    const blob = descriptorOf('blob', 'application/octet-stream');
    await it.repository.push(blob, new Blob(['blob']));
    await it.repository.delete(blob);
    expect(await it.healthy.repository(reference).exists(blob)).toBe(false);
    expect(await rejection(it.repository.delete(blob))).toMatchObject({ code: 'NOT_FOUND', reference: blob.digest });
  });

  test('or a manifest of an unknown type is deleted as what it is', async () => {
    const { repository, sent } = fakeRepository({
      [`DELETE /v2/org/hello/blobs/${hello.digest}`]: () => refusal(404, 'BLOB_UNKNOWN'),
      [`GET /v2/org/hello/manifests/${hello.digest}`]: () =>
        new Response('hello', { headers: { 'content-type': 'a/b' } }),
      [`DELETE /v2/org/hello/manifests/${hello.digest}`]: () => status(202),
    });
    await repository.delete({ ...hello, mediaType: 'test/unknown' });
    expect(sent()).toHaveLength(3);
  });
});

describe('delete: answers of registries', () => {
  const known = { hosts: { 'reg.test': { referrers: 'api' } } } as const;

  test.for([200, 202, 204])('%d is success (B22)', async (code) => {
    const { repository, sent } = fakeRepository(() => status(code), known);
    await repository.delete(manifest);
    expect(sent()).toEqual([`DELETE /v2/org/hello/manifests/${hello.digest}`]);
  });

  test.for<[string, () => Response, object]>([
    ['a web page', () => new Response('<html>'), { code: 'NOT_A_REGISTRY' }],
    ['405', () => status(405), { code: 'UNSUPPORTED', feature: 'deleting manifests' }],
    ['400 UNSUPPORTED', () => refusal(400, 'UNSUPPORTED', 'not here'), { code: 'UNSUPPORTED' }],
    ['400 of another code', () => refusal(400, 'DIGEST_INVALID'), { code: 'REGISTRY', status: 400 }],
    ['403', () => refusal(403, 'DENIED'), { code: 'DENIED' }],
    ['404', () => refusal(404, 'MANIFEST_UNKNOWN'), { code: 'NOT_FOUND', status: 404 }],
  ])('%s is an error', async ([, answer, expected]) => {
    const { repository, requests } = fakeRepository(answer, known);
    const error = await rejection(repository.delete(manifest));
    expect(error).toMatchObject(expected);
    expect(String(error)).toContain('Cannot delete reg.test/org/hello@sha256:');
    expect(requests).toHaveLength(1);
  });

  test('what to do is said when the registry does not delete', async () => {
    const { repository } = fakeRepository(() => refusal(405, 'UNSUPPORTED', 'The operation is unsupported.'), known);
    expect(String(await rejection(repository.delete(hello)))).toBe(
      `UnsupportedError: Cannot delete the blob ${hello.digest} of reg.test/org/hello: The operation is unsupported. (405): ` +
        'it does not delete blobs this way; allow it in the configuration of the registry, or use its own page or API',
    );
  });

  test.for<[string, number, object | undefined]>([
    ['a failure that may have deleted it is success', 503, undefined],
    ['a rate limit is not', 429, { code: 'NOT_FOUND' }],
  ])('a 404 after %s', async ([, first, expected]) => {
    const answers = [status(first), refusal(404, 'MANIFEST_UNKNOWN')];
    const { repository, requests } = fakeRepository(answers, known);
    const deleting = repository.delete(manifest);
    if (expected) expect(await rejection(deleting)).toMatchObject(expected);
    else await deleting;
    expect(requests).toHaveLength(2);
  });

  test('failures are retried up to the limit', async () => {
    const { repository, requests } = fakeRepository(() => status(503), {
      ...known,
      retry: { limit: 2, delay: () => 0 },
    });
    expect(await rejection(repository.delete(manifest))).toBeInstanceOf(RegistryError);
    expect(requests).toHaveLength(3);
  });

  test('the API is missing, too, where its path is called an unknown repository', async () => {
    const subject = descriptorOf('subject', mediaTypes.manifest);
    const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.manifest, layers: [], subject });
    const { repository, sent } = fakeRepository(({ method, url }) => {
      if (method === 'DELETE') return status(202);
      if (url.includes('/referrers/')) return refusal(404, 'NAME_UNKNOWN');
      const headers = { 'content-type': mediaTypes.manifest };
      return url.endsWith(referrersTag(subject.digest)) ? status(404) : new Response(text, { headers });
    });
    await repository.delete(descriptorOf(text, mediaTypes.manifest));
    expect(sent().map((line) => line.split(' ')[0])).toEqual(['GET', 'GET', 'GET', 'DELETE']);
  });

  test.for(['sha256:abc', 'v1', ''])('%j is no digest, and nothing is sent (B23)', async (digest) => {
    const { repository, requests } = fakeRepository({});
    for (const mediaType of [mediaTypes.manifest, 'application/octet-stream']) {
      expect(await rejection(repository.delete({ mediaType, digest, size: 1 }))).toBeInstanceOf(InvalidReferenceError);
    }
    expect(requests).toEqual([]);
  });

  test('the token is for delete; a service that knows no such scope gives one for push', async () => {
    const scopes: (string | null)[] = [];
    const answer = (refused: string) =>
      fakeRegistry(
        ({ url, headers }) => {
          const { pathname, searchParams } = new URL(url);
          if (pathname === '/token') {
            const scope = searchParams.get('scope');
            scopes.push(scope);
            return scope === refused ? refusal(400, 'UNKNOWN') : json({ token: 'abc' });
          }
          const challenge = 'Bearer realm="https://reg.test/token",service="reg"';
          return headers.has('authorization') ? status(202) : status(401, { 'www-authenticate': challenge });
        },
        { ...known, credentials: { username: 'alice', password: 'hunter2' } },
      ).registry.repository('reg.test/org/hello');
    await answer('none').delete(manifest);
    expect(scopes).toEqual(['repository:org/hello:delete']);
    scopes.length = 0;
    await answer('repository:org/hello:delete').delete(manifest);
    expect(scopes).toEqual(['repository:org/hello:delete', 'repository:org/hello:pull,push']);
  });
});
