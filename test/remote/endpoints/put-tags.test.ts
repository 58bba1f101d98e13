import { digestOf, InvalidReferenceError, packManifest } from 'oras-js';
import type { Fault } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { fakeRepository, refusal, type SentRequest, status } from '../../support/fake-fetch.ts';
import { host, uploadRegistry } from '../../support/upload-registry.ts';

const text = '{"schemaVersion":2}';
const manifest = descriptorOf(text, mediaTypes.manifest);
const path = '/v2/org/hello/manifests';
const content = (): Blob => new Blob([text]);

/** A registry that stores everything, and says that it took these of the tags that were parameters. */
function taking(taken: (tags: string[]) => string[]) {
  return ({ method, url }: SentRequest): Response => {
    if (method === 'GET') return new Response(text, { headers: { 'content-type': mediaTypes.manifest } });
    const tags = taken(new URL(url).searchParams.getAll('tag'));
    return status(201, tags.length > 0 ? { 'oci-tag': tags.join(', ') } : {});
  };
}

const all = (tags: string[]): string[] => tags;
const none = (): string[] => [];
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `v${i}`);
const at = (...tags: string[]): string[] => tags.map((tag) => `PUT ${path}/${tag}`);

describe('several tags', () => {
  test('are set with one PUT by digest, where the registry takes them', async () => {
    const { repository, sent, requests } = fakeRepository(taking(all));
    await repository.pushTagged(manifest, content(), ['a', 'b', 'c']);
    expect(sent()).toEqual([`PUT ${path}/${manifest.digest}?tag=a&tag=b&tag=c`]);
    expect(await requests[0]?.body?.text()).toBe(text);
    // Now it is known, so two are worth it.
    await repository.pushTagged(manifest, content(), ['a', 'b']);
    expect(sent().slice(1)).toEqual([`PUT ${path}/${manifest.digest}?tag=a&tag=b`]);
  });

  test('are set one by one where it does not, which is tried once', async () => {
    const { repository, sent } = fakeRepository(taking(none));
    await repository.pushTagged(manifest, content(), ['a', 'b', 'c']);
    expect(sent()).toEqual([`PUT ${path}/${manifest.digest}?tag=a&tag=b&tag=c`, ...at('a', 'b', 'c')]);
    await repository.pushTagged(manifest, content(), ['d', 'e', 'f']);
    expect(sent().slice(4)).toEqual(at('d', 'e', 'f'));
  });

  test('two are not worth trying', async () => {
    const { repository, sent } = fakeRepository(taking(all));
    await repository.pushTagged(manifest, content(), ['a', 'b']);
    expect(sent()).toEqual(at('a', 'b'));
  });

  test('those that were not taken are set one by one', async () => {
    const { repository, sent } = fakeRepository(taking((tags) => tags.filter((tag) => tag !== 'b')));
    await repository.pushTagged(manifest, content(), ['a', 'b', 'c']);
    expect(sent().slice(1)).toEqual(at('b'));
  });

  test.for([414, 431])('are set one by one where the request is too long (%d)', async (code) => {
    const { repository, sent } = fakeRepository(({ url }) => status(url.includes('?') ? code : 201));
    await repository.pushTagged(manifest, content(), ['a', 'b', 'c']);
    expect(sent().slice(1)).toEqual(at('a', 'b', 'c'));
  });

  test('ten are set at a time', async () => {
    const { repository, sent } = fakeRepository(taking(all));
    await repository.pushTagged(manifest, content(), names(25));
    expect(sent()).toHaveLength(3);
    expect(sent().map((line) => line.split('tag=').length - 1)).toEqual([10, 10, 5]);
  });

  test('another refusal is an error', async () => {
    const { repository, requests } = fakeRepository(() => refusal(400, 'MANIFEST_INVALID'));
    expect(await rejection(repository.pushTagged(manifest, content(), names(3)))).toMatchObject({ status: 400 });
    expect(requests).toHaveLength(1);
  });

  test('are set to a manifest that is there (M15)', async () => {
    const { repository, sent } = fakeRepository(taking(all));
    await repository.tag(manifest, ['a', 'b', 'c']);
    expect(sent()).toEqual([`GET ${path}/${manifest.digest}`, `PUT ${path}/${manifest.digest}?tag=a&tag=b&tag=c`]);
    await repository.tag(manifest, ['d']);
    expect(sent().slice(3)).toEqual(at('d'));
  });

  test.for<[string, string[]]>([
    ['none (M15)', []],
    ['one that is a digest', ['a', manifest.digest]],
    ['one that is a path', ['a', '../b']],
    ['one that is empty', ['']],
  ])('%s: nothing is sent', async ([, tags]) => {
    const { repository, requests } = fakeRepository({});
    expect(await rejection(repository.pushTagged(manifest, content(), tags))).toBeInstanceOf(InvalidReferenceError);
    expect(await rejection(repository.tag(manifest, tags))).toBeInstanceOf(InvalidReferenceError);
    expect(requests).toEqual([]);
  });

  test.for([1, 2, 3])('%d of a sha512 digest: it is stored under that, too', async (count) => {
    const sha512 = { ...manifest, digest: digestOf(new TextEncoder().encode(text), 'sha512') };
    const taken = fakeRepository(taking(all));
    await taken.repository.pushTagged(sha512, content(), names(count));
    expect(taken.sent()).toEqual([expect.stringContaining(`PUT ${path}/${sha512.digest}?tag=v0`)]);
    const { repository, sent } = fakeRepository(taking(none));
    for (let i = 0; i < 2; i++) await repository.pushTagged(sha512, content(), names(count));
    expect(sent().slice(count + 1)).toEqual([`PUT ${path}/${sha512.digest}`, ...at(...names(count))]);
  });

  test('of a packed manifest are set at once', async () => {
    const puts: string[] = [];
    const watching: Fault = (request, next) => {
      const { pathname, search } = new URL(request.url);
      if (request.method === 'PUT' && pathname.includes('/manifests/')) puts.push(search);
      return next(request);
    };
    const it = uploadRegistry([watching]);
    const tags = ['v1', 'v1.2', 'v1.2.3', 'latest'];
    const { descriptor } = await packManifest(it.repository, { artifactType: 'test/x', tags });
    expect(puts).toEqual(['?tag=v1&tag=v1.2&tag=v1.2.3&tag=latest']);
    const stored = it.healthy.repository(`${host}/org/files`);
    expect(await itemsOf(stored.tags())).toEqual([...tags].sort());
    for (const tag of tags) expect((await stored.resolve(tag)).digest).toBe(descriptor.digest);
  });
});
