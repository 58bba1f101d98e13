import { describe, expect, test } from 'vitest';
import { InvalidReferenceError, NotFoundError, RegistryError, UnsupportedError } from '../../../src/errors.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { referrersTag } from '../../../src/oci/referrers.ts';
import type { ReferrersOptions, ReferrersSource } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import {
  type Answers,
  fakeRegistry,
  fakeRepository,
  json,
  refusal,
  type SentRequest,
  status,
} from '../../support/fake-fetch.ts';

const subjectText = '{"schemaVersion":2}';
const subject = descriptorOf(subjectText, mediaTypes.manifest);
const tag = referrersTag(subject.digest);
const api = `/v2/org/hello/referrers/${subject.digest}`;
const tagUrl = `/v2/org/hello/manifests/${tag}`;
const reason = new Error('enough');

function referrer(name: string, artifactType = 'test/sbom'): Descriptor {
  return { ...descriptorOf(name, mediaTypes.manifest), artifactType, annotations: { name } };
}

const [a, b, c] = [referrer('a'), referrer('b', 'test/signature'), referrer('c')] as const;

function index(manifests: unknown, headers: Record<string, string> = {}, fields: object = {}): Response {
  const value = { schemaVersion: 2, mediaType: mediaTypes.index, manifests, ...fields };
  return json(value, { headers: { 'content-type': mediaTypes.index, ...headers } });
}

/** Lists them at a repository that answers like this, and what was asked. */
async function listed(answers: Answers, options: ReferrersOptions = {}, times = 1) {
  const sources: ReferrersSource[] = [];
  const { repository, requests, sent } = fakeRepository(answers);
  let found: Descriptor[] = [];
  for (let i = 0; i < times; i++) {
    const onSource = (source: ReferrersSource): void => void sources.push(source);
    found = await itemsOf(repository.referrers(subject, { onSource, ...options }));
  }
  return { found, sources, sent, requests };
}

describe('referrers: with the API', () => {
  test('all pages, in their order (F2)', async () => {
    const { found, sent, sources, requests } = await listed({
      [`GET ${api}`]: () => index([a], { link: `<${api}?last=1>; rel="next"` }),
      [`GET ${api}?last=1`]: () => index([b], { link: `<https://reg.test${api}?last=2>; rel=next` }),
      [`GET ${api}?last=2`]: () => index([c]),
    });
    expect(found).toEqual([a, b, c]);
    expect(sent()).toHaveLength(3);
    expect(sources).toEqual(['api']);
    expect(requests[0]?.headers.get('accept')).toBe(mediaTypes.index);
  });

  test('the next page is asked for when it is read', async () => {
    const { repository, sent } = fakeRepository({
      [`GET ${api}`]: () => index([a], { link: `<${api}?last=1>; rel="next"` }),
    });
    for await (const _ of repository.referrers(subject)) break;
    expect(sent()).toEqual([`GET ${api}`]);
  });

  test('none are an empty list, also for a subject that does not exist', async () => {
    expect((await listed(() => index([]))).found).toEqual([]);
    expect((await listed(() => index(null))).found).toEqual([]);
  });

  test.for<[string, Record<string, string>, object]>([
    ['a header (F8)', { 'oci-filters-applied': 'foo, artifactType' }, {}],
    ['an annotation (F9)', {}, { annotations: { 'org.opencontainers.referrers.filtersApplied': 'artifactType' } }],
  ])('what %s says was filtered is not filtered again', async ([, headers, fields]) => {
    const { found, sent } = await listed(() => index([a, b], headers, fields), { artifactType: 'signature/example' });
    expect(found).toEqual([a, b]);
    expect(sent()).toEqual([`GET ${api}?artifactType=signature%2Fexample`]);
  });

  test.for<[string, Record<string, string>]>([
    ['nothing says so', {}],
    ['another filter was applied (F11)', { 'oci-filters-applied': 'foo' }],
    ['the list of filters is empty (F11)', { 'oci-filters-applied': '' }],
    ['a filter only begins like it (F11)', { 'oci-filters-applied': 'artifactTypes' }],
  ])('they are filtered here when %s (F10)', async ([, headers]) => {
    const { repository } = fakeRepository([
      index([a, c], { ...headers, link: `<${api}?last=1>; rel="next"` }),
      index([b, a], headers),
    ]);
    const pages = await itemsOf(repository.referrers(subject, { artifactType: 'test/signature' }).pages());
    expect(pages).toEqual([[b]]);
  });

  test('the page size is asked for, beside the type', async () => {
    const { sent } = await listed(() => index([]), { artifactType: 'a/b', pageSize: 7 });
    expect(sent()).toEqual([`GET ${api}?artifactType=a%2Fb&n=7`]);
  });

  test('an index without its Content-Type is one', async () => {
    const { found, sources } = await listed(() => index([a], { 'content-type': 'application/json' }));
    expect([found, sources]).toEqual([[a], ['api']]);
  });

  test.for<[string, Response | (() => Response), number]>([
    ['a repository that does not exist (F4)', () => refusal(404, 'NAME_UNKNOWN', 'no such name'), 404],
    ['a digest that is refused (F6)', () => refusal(400, 'DIGEST_INVALID'), 400],
    ['no access', () => refusal(403, 'DENIED'), 403],
  ])('%s is an error, and the tag is not asked for', async ([, answer, code]) => {
    const { repository, sent } = fakeRepository(answer as () => Response);
    const error = await rejection(itemsOf(repository.referrers(subject)));
    expect(error).toMatchObject({ status: code });
    expect(error).toBeInstanceOf(code === 404 ? NotFoundError : RegistryError);
    // Nothing was found out by that.
    await rejection(itemsOf(repository.referrers(subject)));
    expect(sent()).toEqual([`GET ${api}`, `GET ${api}`]);
  });
});

describe('referrers: without the API', () => {
  const fallbacks: [string, () => Response][] = [
    ['404 (F3)', () => status(404)],
    ['404 as a text', () => new Response('404 page not found\n', { status: 404 })],
    ['404 of another code', () => refusal(404, 'UNKNOWN')],
    ['a web page (F5)', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['JSON that is no index (F5)', () => json({ a: 1 }, { headers: { 'content-type': 'text/html' } })],
  ];

  test.for(fallbacks)('they are those under the tag when it answers %s', async ([, answer]) => {
    const answers = { [`GET ${api}`]: answer, [`GET ${tagUrl}`]: () => index([a, b]) };
    const { found, sent, sources } = await listed(answers, {}, 2);
    expect(found).toEqual([a, b]);
    expect(sources).toEqual(['tag', 'tag']);
    // The second time it is known.
    expect(sent()).toEqual([`GET ${api}`, `GET ${tagUrl}`, `GET ${tagUrl}`]);
  });

  test('they are filtered by type', async () => {
    const answers = {
      [`GET ${api}?artifactType=test%2Fsbom`]: () => status(404),
      [`GET ${tagUrl}`]: () => index([a, b]),
    };
    expect((await listed(answers, { artifactType: 'test/sbom' })).found).toEqual([a]);
  });

  test.for<[string, () => Response]>([
    ['is not there (F7)', () => status(404)],
    ['is not there, nor the repository', () => refusal(404, 'NAME_UNKNOWN')],
    ['is a manifest', () => json({ manifests: [a] }, { headers: { 'content-type': mediaTypes.manifest } })],
    ["is Docker's list", () => json({ manifests: [a] }, { headers: { 'content-type': mediaTypes.dockerIndex } })],
    ['has no list', () => index({ a: 1 })],
    ['has a list of nothing', () => index([null, {}, { digest: 'sha256:none', size: 1 }, 7])],
    ['is no JSON', () => new Response('{', { headers: { 'content-type': mediaTypes.index } })],
  ])('there are none when the tag %s', async ([, answer]) => {
    const { found } = await listed({ [`GET ${api}`]: () => status(404), [`GET ${tagUrl}`]: answer });
    expect(found).toEqual([]);
  });

  test('there are none when the tag is the subject itself, as at GitLab (F27)', async () => {
    const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [a, b] });
    const own = descriptorOf(text, mediaTypes.index);
    const { repository } = fakeRepository(({ url }) =>
      url.includes('/referrers/')
        ? status(404)
        : new Response(text, { headers: { 'content-type': mediaTypes.index, 'docker-content-digest': own.digest } }),
    );
    expect(await itemsOf(repository.referrers(own))).toEqual([]);
  });

  test('a web page under the tag is an error, not an empty list', async () => {
    const { repository } = fakeRepository(() => new Response('<html>'));
    expect(await rejection(itemsOf(repository.referrers(subject)))).toMatchObject({ code: 'NOT_A_REGISTRY' });
  });

  test('an index above 4 MiB under the tag is too large (M12)', async () => {
    const { repository } = fakeRepository(({ url }) =>
      url.includes('/referrers/') ? status(404) : index([], {}, { x: 'x'.repeat(4 * 1024 * 1024) }),
    );
    expect(await rejection(itemsOf(repository.referrers(subject)))).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('the tag of a sha512 digest is cut to what tags can have (F1)', async () => {
    const digest = `sha512:${'ab'.repeat(64)}`;
    const { repository, sent } = fakeRepository(() => status(404));
    await itemsOf(repository.referrers({ digest }));
    expect(sent()[1]).toBe(`GET /v2/org/hello/manifests/sha512-${'ab'.repeat(32)}`);
  });
});

describe('referrers: how they are found', () => {
  const without: Answers = ({ url }: SentRequest) => (url.includes('/referrers/') ? status(404) : index([a]));

  test('is found out once, however many ask at the same time (F24)', async () => {
    const { repository, sent } = fakeRepository(without);
    const lists = await Promise.all(Array.from({ length: 8 }, () => itemsOf(repository.referrers(subject))));
    expect(lists).toEqual(Array.from({ length: 8 }, () => [a]));
    expect(sent().filter((line) => line.includes('/referrers/'))).toHaveLength(1);
  });

  test('is shared by all that have the repository from one client, and is each repository’s own', async () => {
    const { registry, sent } = fakeRegistry(without);
    const asked = (): number => sent().filter((line) => line.includes('/referrers/')).length;
    for (const name of ['org/hello', 'org/hello:v1', 'org/other']) {
      await itemsOf(registry.repository(`reg.test/${name}`).referrers(subject));
    }
    expect(asked()).toBe(2);
    // Another credential may see another registry.
    registry.setTokenAuth('other');
    await itemsOf(registry.repository('reg.test/org/hello').referrers(subject));
    expect(asked()).toBe(3);
  });

  test('is asked by the next one when the first fails', async () => {
    const { repository } = fakeRepository((_, number) => (number === 0 ? refusal(403, 'DENIED') : index([a])));
    const [first, second] = await Promise.allSettled([
      itemsOf(repository.referrers(subject)),
      itemsOf(repository.referrers(subject)),
    ]);
    expect([first.status, second]).toEqual(['rejected', { status: 'fulfilled', value: [a] }]);
  });

  test.for<['api' | 'tag', string]>([
    ['tag', `GET ${tagUrl}`],
    ['api', `GET ${api}`],
  ])('is not asked for where the rules of the host say %s (F25)', async ([referrers, request]) => {
    const { repository, sent } = fakeRepository(() => index([a]), { hosts: { 'reg.test': { referrers } } });
    expect(await itemsOf(repository.referrers(subject))).toEqual([a]);
    expect(sent()).toEqual([request]);
  });

  test('a 404 of an API that is known to be there looks under the tag, and the API stays known', async () => {
    let isMissing = false;
    const { repository, sent } = fakeRepository(({ url }) =>
      url.includes('/referrers/') && isMissing ? status(404) : index([a]),
    );
    await itemsOf(repository.referrers(subject));
    isMissing = true;
    expect(await itemsOf(repository.referrers(subject))).toEqual([a]);
    isMissing = false;
    await itemsOf(repository.referrers(subject));
    expect(sent()).toEqual([`GET ${api}`, `GET ${api}`, `GET ${tagUrl}`, `GET ${api}`]);
  });
});

describe('referrers: bad input', () => {
  test.for([
    ['', InvalidReferenceError],
    ['v1', InvalidReferenceError],
    ['sha256:abc', InvalidReferenceError],
    [`sha1:${'a'.repeat(40)}`, UnsupportedError],
  ] as const)('%j is no digest (F1)', ([digest, type]) => {
    const { repository, requests } = fakeRepository({});
    expect(() => repository.referrers({ digest })).toThrow(type);
    expect(() => repository.referrers(subject, { pageSize: 0 })).toThrow(RangeError);
    expect(requests).toEqual([]);
  });

  test('each is listed once, and never the subject itself', async () => {
    const self = { ...subject, artifactType: 'test/sbom' };
    const { found } = await listed([
      index([a, self, a], { link: `<${api}?last=1>; rel="next"` }),
      index([...Array.from({ length: 100_000 }, () => ({ digest: a.digest, size: 1 })), b, self]),
    ]);
    expect(found).toEqual([a, b]);
  });

  const many = (from: number, count: number): object[] =>
    Array.from({ length: count }, (_, i) => ({
      mediaType: mediaTypes.manifest,
      digest: `sha256:${(from + i).toString(16).padStart(64, '0')}`,
      size: 1,
    }));

  test('100,000 are listed, and more are too many', async () => {
    const page = (from: number, more: boolean): Response =>
      index(many(from, 25_000), more ? { link: `<${api}?last=${from}>; rel="next"` } : {});
    const { found } = await listed((_, number) => page(number * 25_000, number < 3));
    expect(found).toHaveLength(100_000);
    const { repository, requests } = fakeRepository((_, number) => page(number * 25_000, true));
    expect(await rejection(itemsOf(repository.referrers(subject)))).toMatchObject({ code: 'TOO_LARGE' });
    expect(requests).toHaveLength(5);
  });

  test('pages in a circle, or elsewhere, end the list', async () => {
    const circle = fakeRepository(() => index([a], { link: `<${api}>; rel="next"` }));
    expect(await rejection(itemsOf(circle.repository.referrers(subject)))).toMatchObject({ code: 'REGISTRY' });
    const away = fakeRepository(() => index([a], { link: '<https://evil.test/>; rel="next"' }));
    expect(await rejection(itemsOf(away.repository.referrers(subject)))).toMatchObject({ code: 'REGISTRY' });
    expect(away.requests).toHaveLength(1);
  });

  test('a later page that is no index is an error', async () => {
    const { repository } = fakeRepository([index([a], { link: `<${api}?last=1>; rel="next"` }), status(404)]);
    expect(await rejection(itemsOf(repository.referrers(subject)))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an abort comes out as it is, also while another finds out', async () => {
    const first = new AbortController();
    const second = new AbortController();
    let arrive = (): void => {};
    const reached = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { repository } = fakeRepository(
      ({ init }) =>
        new Promise((_, reject) => {
          init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
          arrive();
        }),
    );
    const asking = rejection(itemsOf(repository.referrers(subject, { signal: first.signal })));
    const waiting = rejection(itemsOf(repository.referrers(subject, { signal: second.signal })));
    await reached;
    second.abort(reason);
    expect(await waiting).toBe(reason);
    first.abort(reason);
    expect(await asking).toBe(reason);
  });

  test('an error of onSource ends it as it is', async () => {
    const { repository } = fakeRepository(() => index([a]));
    const fails = [
      () => Promise.reject(reason),
      () => {
        throw new NotFoundError('mine', 'x');
      },
    ];
    expect(await rejection(itemsOf(repository.referrers(subject, { onSource: fails[0] })))).toBe(reason);
    expect(await rejection(itemsOf(repository.referrers(subject, { onSource: fails[1] })))).toMatchObject({
      message: 'mine',
    });
  });
});
