import {
  fetchManifest,
  type Index,
  MemoryStorage,
  mediaTypes,
  OciLayout,
  type PackedManifest,
  packManifest,
  pushBlob,
  ReferrersError,
  type Registry,
  type Repository,
} from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { referrersTag } from '../../../src/oci/referrers.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { refusal, status } from '../../support/fake-fetch.ts';
import { described, host, type UploadRegistry, uploadRegistry } from '../../support/upload-registry.ts';

const reference = `${host}/org/files`;
const once = { client: { retry: { limit: 0 } } };

/** A registry without a referrers API, the subject in it, and the name of the tag that lists the referrers. */
async function withSubject(
  list: readonly Fault[] = [],
  settings: Parameters<typeof uploadRegistry>[1] = {},
): Promise<UploadRegistry & { subject: PackedManifest['descriptor']; tag: string }> {
  const it = uploadRegistry([...list, faults.noReferrers()], settings);
  const { descriptor: subject } = await it.healthy.push(`${reference}:v1`, [{ name: 'a', content: 'subject' }]);
  return { ...it, subject, tag: referrersTag(subject.digest) };
}

/** Attaches a file to the subject. */
function attach(
  registry: Registry,
  subject: PackedManifest['descriptor'],
  name: string,
  annotations: Record<string, string> = {},
): Promise<PackedManifest> {
  const files = [{ name, content: `content of ${name}` }];
  return registry.push(reference, files, { artifactType: `test/${name}`, subject, annotations });
}

/** The index under a tag. */
async function indexAt(repository: Repository, tag: string): Promise<Index> {
  const found = await fetchManifest(repository, tag);
  if (found.kind !== 'index') throw new Error(`${tag} is no index`);
  return found.index;
}

async function listed({ healthy, tag }: { healthy: Registry; tag: string }): Promise<(string | undefined)[]> {
  return (await indexAt(healthy.repository(reference), tag)).manifests.map(({ artifactType }) => artifactType);
}

const isTag = ({ url }: Request): boolean => /\/manifests\/sha256-/.test(url);

/** A registry that keeps whatever is stored as the list of referrers, from this one on. */
function keepingList(list: object): { fault: Fault; stored: () => string } {
  let stored = JSON.stringify(list);
  const fault: Fault = async (request, next) => {
    if (!isTag(request)) return next(request);
    if (request.method === 'PUT') stored = await request.text();
    const headers = { 'content-type': mediaTypes.index };
    return request.method === 'PUT' ? status(201) : new Response(stored, { headers });
  };
  return { fault, stored: () => stored };
}

describe('a manifest with a subject, where there is no referrers API', () => {
  test('is listed under the tag of the subject, with its type and all its annotations (F13)', async () => {
    const it = await withSubject();
    const { descriptor } = await attach(it.registry, it.subject, 'one', { b: '2', a: '1' });
    expect(await indexAt(it.healthy.repository(reference), it.tag)).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ ...descriptor, artifactType: 'test/one', annotations: { a: '1', b: '2' } }],
    });
    // The tag is no tag of the artifact.
    expect(await itemsOf(it.healthy.tags(reference))).toEqual([it.tag, 'v1'].sort());
  });

  test('is listed once, however often it is pushed, and after those that were there (F15, F16)', async () => {
    const it = await withSubject();
    for (const name of ['one', 'two', 'one']) await attach(it.registry, it.subject, name);
    expect(await listed(it)).toEqual(['test/one', 'test/two']);
  });

  test.for([2, 8])('%i at the same time are all listed', async (count) => {
    const it = await withSubject();
    const names = Array.from({ length: count }, (_, i) => `${i}`);
    await Promise.all(names.map((name) => attach(it.registry, it.subject, name)));
    expect((await listed(it)).sort()).toEqual(names.map((name) => `test/${name}`));
  });

  test('is listed when it is pushed by its descriptor, as a copy is', async () => {
    const it = await withSubject();
    const layout = new OciLayout(new MemoryStorage());
    const { descriptor, bytes } = await packManifest(layout, { artifactType: 'test/copy', subject: it.subject });
    await pushBlob(it.repository, '{}');
    await it.repository.push(descriptor, new Blob([bytes]));
    expect(await listed(it)).toEqual(['test/copy']);
  });

  test('an index with a subject is listed too', async () => {
    const it = await withSubject();
    const { mediaType, digest, size } = it.subject;
    const index = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [],
      subject: { mediaType, digest, size },
    };
    const bytes = new TextEncoder().encode(JSON.stringify(index));
    await it.repository.push(described(bytes, mediaTypes.index), new Blob([bytes]));
    expect((await indexAt(it.healthy.repository(reference), it.tag)).manifests).toHaveLength(1);
  });

  test('nothing is deleted, and nothing is written when it is listed already (F16, F17)', async () => {
    const it = await withSubject();
    await attach(it.registry, it.subject, 'one');
    it.log.length = 0;
    await attach(it.registry, it.subject, 'two');
    await attach(it.registry, it.subject, 'two');
    expect(it.log.filter((line) => line.startsWith('DELETE'))).toEqual([]);
    // The file once, the manifest twice, and the list once.
    expect(it.log.filter((line) => line.startsWith('PUT'))).toHaveLength(1 + 2 + 1);
  });

  test('a list is written without repeated entries, and without those that name nothing (F18)', async () => {
    const [one, two] = [described(new Uint8Array([1])), described(new Uint8Array([2]))];
    const zero = { mediaType: '', digest: '', size: 0 };
    const list = keepingList({ schemaVersion: 2, manifests: [one, zero, two, { ...one, size: 7 }, {}, two, zero] });
    const it = await withSubject([list.fault]);
    const { descriptor } = await attach(it.registry, it.subject, 'new');
    expect(JSON.parse(list.stored()).manifests).toEqual([one, two, descriptor]);
  });

  test('added, removed and added again, it is listed once, at the end (F19)', async () => {
    const it = await withSubject();
    const { descriptor } = await attach(it.registry, it.subject, 'one');
    await attach(it.registry, it.subject, 'two');
    await it.repository.delete(descriptor);
    await attach(it.registry, it.subject, 'one');
    expect(await listed(it)).toEqual(['test/two', 'test/one']);
  });

  test('what stands in the list is kept as it is, odd entries and unknown fields too', async () => {
    const odd = {
      mediaType: 'a/b; c=d',
      digest: 'sha256:none',
      size: null,
      extra: [1],
      annotations: { z: '1', a: '2' },
    };
    const list = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [odd],
      annotations: { x: 'y' },
      more: true,
    };
    const kept = keepingList({ ...list, manifests: [null, odd] });
    const it = await withSubject([kept.fault]);
    const { descriptor } = await attach(it.registry, it.subject, 'new');
    expect(JSON.parse(kept.stored())).toEqual({ ...list, manifests: [odd, descriptor] });
    // Field by field in the same order, so that nothing of it looks changed.
    expect(kept.stored()).toContain(JSON.stringify(odd));
  });
});

describe('a manifest with a subject, where the registry lists it', () => {
  test('OCI-Subject in the answer: no tag is written, and nothing is asked (F12)', async () => {
    const it = uploadRegistry();
    const { descriptor } = await it.healthy.push(`${reference}:v1`, [{ name: 'a', content: 'subject' }]);
    await attach(it.registry, descriptor, 'one');
    expect(it.log.filter((line) => line.startsWith('GET'))).toEqual([]);
    expect(await itemsOf(it.healthy.tags(reference))).toEqual(['v1']);
  });

  test('OCI-Subject is hidden from a page that the referrers API answers: no tag is written', async () => {
    const hidden: Fault = async (request, next) => {
      const response = await next(request);
      response.headers.delete('oci-subject');
      return Object.defineProperty(response, 'type', { value: 'cors' });
    };
    const it = uploadRegistry([hidden]);
    const { descriptor } = await it.healthy.push(`${reference}:v1`, [{ name: 'a', content: 'subject' }]);
    await attach(it.registry, descriptor, 'one');
    expect(it.log.filter((line) => line.startsWith('GET'))).toEqual(['GET']);
    expect(await itemsOf(it.healthy.tags(reference))).toEqual(['v1']);
    const without = uploadRegistry([hidden, faults.noReferrers()]);
    const { descriptor: subject } = await without.healthy.push(`${reference}:v1`, [{ name: 'a', content: 'subject' }]);
    await attach(without.registry, subject, 'one');
    expect(await listed({ ...without, tag: referrersTag(subject.digest) })).toEqual(['test/one']);
  });
});

describe('a list of referrers that others change at the same moment', () => {
  test('is read again, and written once more', async () => {
    let left = 2;
    const replaced: Fault = async (request, next) => {
      // What was written is lost, as another program has read the list before.
      if (request.method === 'PUT' && isTag(request) && left-- > 0) return status(201);
      return next(request);
    };
    const it = await withSubject([replaced]);
    await attach(it.registry, it.subject, 'one');
    expect(await listed(it)).toEqual(['test/one']);
    expect(left).toBe(-1);
  });

  test('is written on condition of its ETag, and 412 is no failure', async () => {
    const conditions: (string | null)[] = [];
    const conditional: Fault = async (request, next) => {
      if (request.method === 'PUT' && isTag(request)) {
        conditions.push(request.headers.get('if-match'));
        if (conditions.length === 2) return refusal(412, 'PRECONDITION_FAILED');
      }
      return next(request);
    };
    const it = await withSubject([conditional]);
    await attach(it.registry, it.subject, 'one');
    await attach(it.registry, it.subject, 'two');
    expect(await listed(it)).toEqual(['test/one', 'test/two']);
    expect(conditions).toEqual([null, expect.stringMatching(/^"sha256:/), expect.stringMatching(/^"sha256:/)]);
  });

  test('is given up after as many tries as there are retries', async () => {
    const lost: Fault = async (request, next) =>
      request.method === 'PUT' && isTag(request) ? status(201) : next(request);
    const it = await withSubject([lost], { client: { retry: { limit: 3, delay: () => 0 } } });
    const error = await rejection(attach(it.registry, it.subject, 'one'));
    expect(error).toMatchObject({ code: 'REFERRERS' });
    expect(String(error)).toContain('overwritten by other programs');
  });
});

describe('a manifest that cannot be listed', () => {
  /** The tag stands for something that is no list. */
  const answers = (make: (subject: Uint8Array) => [BodyInit, string]): Fault => {
    let subject: Uint8Array = new Uint8Array();
    return async (request, next) => {
      if (request.method !== 'GET' || !isTag(request)) return next(request);
      const url = request.url.replace(/sha256-/, 'sha256:');
      subject = new Uint8Array(await (await next(new Request(url, { headers: request.headers }))).arrayBuffer());
      const [body, type] = make(subject);
      return new Response(body, { headers: { 'content-type': type } });
    };
  };

  test.for<[string, Fault]>([
    [
      'the subject itself, as at GitLab',
      answers((subject) => [subject as Uint8Array<ArrayBuffer>, mediaTypes.manifest]),
    ],
    [
      'the subject itself, called an index',
      answers((subject) => [subject as Uint8Array<ArrayBuffer>, mediaTypes.index]),
    ],
    ['a manifest', answers(() => ['{"schemaVersion":2,"layers":[]}', mediaTypes.manifest])],
    ["Docker's list", answers(() => ['{"schemaVersion":2,"manifests":[]}', mediaTypes.dockerIndex])],
    ['an index whose list is none', answers(() => ['{"schemaVersion":2,"manifests":{}}', mediaTypes.index])],
    ['no JSON', answers(() => ['{', mediaTypes.index])],
    ['nested too deeply', answers(() => [`{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, mediaTypes.index])],
    ['a web page', answers(() => ['<html>', 'text/html'])],
    ['more than 4 MiB', answers(() => [new Uint8Array(4 * 1024 * 1024 + 1), mediaTypes.index])],
    ['what may not be read', faults.refuse(403, { match: (request) => request.method === 'GET' && isTag(request) })],
    ['what may not be written', faults.refuse(403, { match: (request) => request.method === 'PUT' && isTag(request) })],
  ])('as the tag is %s: stays, and the error has its descriptor', async ([, fault]) => {
    let writes = 0;
    const counting: Fault = (request, next) => {
      if (request.method === 'PUT' && isTag(request)) writes++;
      return next(request);
    };
    const it = await withSubject([counting, fault], once);
    const error = await rejection(attach(it.registry, it.subject, 'one'));
    expect(error).toBeInstanceOf(ReferrersError);
    const { descriptor } = error as ReferrersError;
    expect(descriptor.artifactType).toBe('test/one');
    expect(await it.healthy.repository(reference).exists(descriptor)).toBe(true);
    expect(writes).toBeLessThanOrEqual(1);
    expect(String(error)).toContain(it.subject.digest);
  });

  test('gets all its tags', async () => {
    const forbidden = faults.refuse(403, { match: (request) => request.method === 'PUT' && isTag(request) });
    const it = await withSubject([forbidden], once);
    const options = { artifactType: 'test/x', subject: it.subject, tags: ['one', 'two', 'three'] };
    expect(await rejection(packManifest(it.repository, options))).toBeInstanceOf(ReferrersError);
    expect(await itemsOf(it.healthy.tags(reference))).toEqual(['one', 'three', 'two', 'v1']);
  });

  test('what it stands for is not replaced', async () => {
    const it = await withSubject();
    await it.healthy.repository(reference).tag(it.subject, it.tag);
    await rejection(attach(it.registry, it.subject, 'one'));
    expect((await it.healthy.repository(reference).resolve(it.tag)).digest).toBe(it.subject.digest);
  });

  test('an abort comes out as it is while another update of the tag is waited for', async () => {
    let arrive = (): void => {};
    const reached = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const hanging: Fault = async (request, next) => {
      if (!isTag(request)) return next(request);
      arrive();
      return new Promise(() => {});
    };
    const it = await withSubject([hanging]);
    const first = new AbortController();
    const ended = rejection(it.registry.push(reference, [], { subject: it.subject, signal: first.signal }));
    await reached;
    const reason = new Error('enough');
    const second = new AbortController();
    const onProgress = ({ type }: { type: string }): void => {
      if (type === 'done') queueMicrotask(() => second.abort(reason));
    };
    const { signal } = second;
    expect(
      await rejection(
        it.registry.push(reference, [{ name: 'b', content: 'y' }], { subject: it.subject, signal, onProgress }),
      ),
    ).toBe(reason);
    first.abort(reason);
    expect(await ended).toBe(reason);
  });

  test('an abort comes out as it is', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const aborting: Fault = async (request, next) => {
      if (isTag(request)) stop.abort(reason);
      return next(request);
    };
    const it = await withSubject([aborting]);
    const { signal } = stop;
    const files = [{ name: 'a', content: 'x' }];
    expect(await rejection(it.registry.push(reference, files, { subject: it.subject, signal }))).toBe(reason);
  });
});
