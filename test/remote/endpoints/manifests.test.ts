import { describe, expect, test } from 'vitest';
import { inspect } from '../../../src/actions/inspect.ts';
import { buildManifest } from '../../../src/actions/push/pack.ts';
import { blobOf } from '../../../src/bytes/streams.ts';
import {
  InvalidManifestError,
  isOrasError,
  MismatchError,
  NotARegistryError,
  NotFoundError,
  RegistryError,
  TooLargeError,
} from '../../../src/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { maxManifestSize } from '../../../src/oci/manifest.ts';
import { manifestMediaTypes, mediaTypes } from '../../../src/oci/media-types.ts';
import type { AbortOptions } from '../../../src/options.ts';
import type { Repository } from '../../../src/remote/repository.ts';
import { fetchBytes, fetchManifest } from '../../../src/target/content.ts';
import { bytesOf, descriptorOf, endlessStream, rejection } from '../../support/content.ts';
import { fakeRepository, refusal, status } from '../../support/fake-fetch.ts';

const packed = buildManifest({ artifactType: 'test/x' });
const { bytes } = packed;
const { mediaType, digest, size } = packed.descriptor;
const descriptor = { mediaType, digest, size };
const other = descriptorOf('other');
const base = '/v2/org/hello/manifests';

/** An answer with this manifest; headers that are undefined are left out. */
function answer(headers: Record<string, string | undefined> = {}, body: BodyInit | null = bytes): Response {
  const all = { 'content-type': mediaType, 'docker-content-digest': digest, ...headers };
  return new Response(body, { headers: Object.entries(all).filter((entry): entry is [string, string] => !!entry[1]) });
}

const head = (headers: Record<string, string | undefined> = {}): Response =>
  answer({ 'content-length': String(size), ...headers }, null);

type Way = 'GET' | 'HEAD';

describe('manifests: the digest in the header', () => {
  const cases: readonly (readonly [string, string, string | undefined, Way, 'ok' | 'mismatch'])[] = [
    ['M1: tag, none', 'v1', undefined, 'GET', 'ok'],
    ['M2: tag, right', 'v1', digest, 'GET', 'ok'],
    ['M3: tag, wrong', 'v1', other.digest, 'GET', 'mismatch'],
    ['tag, no digest at all', 'v1', 'nonsense', 'GET', 'ok'],
    ['tag, of an unknown algorithm', 'v1', `blake3:${'a'.repeat(64)}`, 'GET', 'ok'],
    ['M4: digest, none', digest, undefined, 'GET', 'ok'],
    ['M5: digest, right', digest, digest, 'GET', 'ok'],
    ['M6: digest, wrong', digest, other.digest, 'GET', 'mismatch'],
    ['digest, right in sha512', digest, digestOf(bytes, 'sha512'), 'GET', 'ok'],
    ['digest, wrong in sha512', digest, digestOf(bytesOf('x'), 'sha512'), 'GET', 'mismatch'],
    ['M2: tag, right', 'v1', digest, 'HEAD', 'ok'],
    ['M4: digest, none', digest, undefined, 'HEAD', 'ok'],
    ['M5: digest, right', digest, digest, 'HEAD', 'ok'],
    ['M6: digest, wrong', digest, other.digest, 'HEAD', 'mismatch'],
  ];

  test.for(cases)('%s (%s, %s, %s): %s', async ([, reference, header, way, expected]) => {
    const headers = { 'docker-content-digest': header };
    const { repository, sent } = fakeRepository(() => (way === 'GET' ? answer(headers) : head(headers)));
    const found =
      way === 'GET' ? repository.fetchReference(reference).then((it) => it.descriptor) : repository.resolve(reference);
    if (expected === 'ok') expect(await found).toEqual(descriptor);
    else expect(await rejection(found)).toBeInstanceOf(MismatchError);
    expect(sent()).toEqual([`${way} ${base}/${reference}`]);
  });

  test('by digest, other bytes are a mismatch whatever the header says (M16)', async () => {
    for (const header of [undefined, digest, other.digest]) {
      const { repository } = fakeRepository(() => answer({ 'docker-content-digest': header }, 'other'));
      expect(await rejection(repository.fetchReference(digest))).toBeInstanceOf(MismatchError);
    }
  });

  test.for([
    ['digest (M1)', { 'docker-content-digest': undefined }],
    ['length (M9)', { 'content-length': undefined }],
    ['length, for it is compressed', { 'content-encoding': 'gzip' }],
    ['length but 0', { 'content-length': '0' }],
    ['type', { 'content-type': undefined }],
    ['type of a manifest', { 'content-type': 'text/html' }],
    ['digest that can be compared', { 'docker-content-digest': digestOf(bytes, 'sha512') }, digest],
  ] as const)('resolve asks with GET when HEAD has no %s', async ([, headers, reference = 'v1']) => {
    const { repository, sent } = fakeRepository({
      [`HEAD ${base}/${reference}`]: () => head(headers),
      [`GET ${base}/${reference}`]: () => answer(),
    });
    expect(await repository.resolve(reference)).toEqual(descriptor);
    expect(sent()).toEqual([`HEAD ${base}/${reference}`, `GET ${base}/${reference}`]);
  });
});

describe('manifests: by reference', () => {
  test('every type that can be read is asked for, and after them any other (M11)', async () => {
    const { repository, requests } = fakeRepository(({ method }) => (method === 'HEAD' ? head() : answer()));
    await repository.fetchReference('v1');
    await repository.resolve('v1');
    const accepts = requests.map(({ headers }) => headers.get('accept')?.split(', '));
    const all = [...manifestMediaTypes, '*/*'];
    expect(accepts).toEqual([all, all]);
  });

  test('the bytes are given as they came', async () => {
    const body = ` {"schemaVersion": 2, "config": ${JSON.stringify(other)}, "layers": []}\n`;
    const { repository } = fakeRepository(() => answer({ 'docker-content-digest': undefined }, body));
    const found = await repository.fetchReference('v1');
    expect(found).toEqual({ descriptor: descriptorOf(body, mediaType), bytes: bytesOf(body) });
  });

  test('parameters of the type are passed over (M8)', async () => {
    const { repository } = fakeRepository(() => answer({ 'content-type': `${mediaType}; charset=utf-8` }));
    expect((await repository.fetchReference('v1')).descriptor).toEqual(descriptor);
  });

  test.for([undefined, '', 'text/plain', 'application/json; charset=utf-8'])(
    'a manifest that came as %j is what it says itself',
    async (type) => {
      const { repository } = fakeRepository(() => answer({ 'content-type': type }, blobOf(bytes).slice(0, size, '')));
      expect((await repository.fetchReference('v1')).descriptor).toEqual(descriptor);
    },
  );

  test('a manifest nobody says the type of is refused', async () => {
    const headers = { 'content-type': 'text/plain', 'docker-content-digest': undefined };
    const { repository } = fakeRepository(() => answer(headers, '{"schemaVersion":2}'));
    const error = await rejection(repository.fetchReference('v1'));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ url: `https://reg.test${base}/v1` });
  });

  test('a web page with a status of success is no manifest, whatever its type', async () => {
    for (const type of ['text/html', mediaType]) {
      const { repository } = fakeRepository(() =>
        answer({ 'content-type': type, 'docker-content-digest': undefined }, '\ufeff\n <html>'),
      );
      for (const call of [repository.fetchReference('v1'), repository.fetch(descriptor)]) {
        expect(await rejection(call)).toBeInstanceOf(NotARegistryError);
      }
    }
  });

  test.for(['1', '5000', 'x'])('a wrong length of %s changes nothing (M10)', async (length) => {
    const { repository } = fakeRepository(() => answer({ 'content-length': length }));
    expect((await repository.fetchReference('v1')).descriptor).toEqual(descriptor);
  });

  test('a manifest that is also an index is refused', async () => {
    const both = JSON.stringify({ ...packed.manifest, manifests: [] });
    const { repository } = fakeRepository(() => answer({ 'docker-content-digest': undefined }, both));
    expect(await rejection(fetchManifest(repository, 'v1'))).toBeInstanceOf(InvalidManifestError);
  });

  test('a manifest that came as an index is refused', async () => {
    const { repository } = fakeRepository(() => answer({ 'content-type': mediaTypes.index }));
    expect(await rejection(fetchManifest(repository, 'v1'))).toBeInstanceOf(InvalidManifestError);
  });
});

describe('manifests: of other types', () => {
  const types = [
    'application/vnd.oci.artifact.manifest.v1+json',
    'application/vnd.cncf.oras.artifact.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ];
  const text = '{"blobs":[]}';

  test.for([...types, 'application/vnd.example.unheard-of'])('%s: its bytes by reference, no more', async (type) => {
    const { repository, requests } = fakeRepository(({ headers }) => {
      if (!headers.get('accept')?.endsWith(', */*')) return refusal(404, 'MANIFEST_UNKNOWN');
      return answer({ 'content-type': type, 'docker-content-digest': undefined }, text);
    });
    expect(await repository.fetchReference('v1')).toEqual({
      descriptor: descriptorOf(text, type),
      bytes: bytesOf(text),
    });
    const error = await rejection(inspect(repository, 'v1'));
    expect(error).toMatchObject({ code: 'UNSUPPORTED', feature: `manifests of type ${type}` });
    expect(requests).toHaveLength(2);
  });

  test.for(types)('%s: its bytes by descriptor, at the endpoint of manifests', async (type) => {
    const described = descriptorOf(text, type);
    const { repository, requests, sent } = fakeRepository(({ method }) =>
      method === 'PUT'
        ? status(201)
        : answer(
            { 'content-type': type, 'content-length': '12', 'docker-content-digest': undefined },
            method === 'HEAD' ? null : text,
          ),
    );
    expect(await fetchBytes(repository, described)).toEqual(bytesOf(text));
    expect(await repository.exists(described)).toBe(true);
    await repository.push(described, new Blob([text]));
    expect(sent()).toEqual(['GET', 'HEAD', 'PUT'].map((method) => `${method} ${base}/${described.digest}`));
    expect(requests[2]!.headers.get('content-type')).toBe(type);
  });

  test.for(['+json', ''])('what resolve gave can be fetched and tagged, of an unknown type%s too', async (suffix) => {
    const type = `application/vnd.example.unheard-of${suffix}`;
    const { digest } = descriptorOf(text, type);
    const { repository, sent } = fakeRepository(({ method, url }) => {
      if (!url.includes('/manifests/')) return refusal(404, 'BLOB_UNKNOWN');
      return method === 'PUT'
        ? status(201)
        : answer({ 'content-type': type, 'docker-content-digest': undefined }, text);
    });
    const found = await repository.resolve('v1');
    expect(found).toEqual(descriptorOf(text, type));
    expect(await fetchBytes(repository, found)).toEqual(bytesOf(text));
    await repository.tag(found, 'v2');
    const [, , blob, manifest, again, put] = sent();
    expect(await repository.exists(found)).toBe(true);
    expect([blob, manifest]).toEqual([`GET /v2/org/hello/blobs/${digest}`, `GET ${base}/${digest}`]);
    expect([again, put]).toEqual([`GET ${base}/${digest}`, `PUT ${base}/v2`]);
  });

  test('a layer that is not there is not looked for as a manifest, and nothing large is', async () => {
    const layer = descriptorOf(text, 'application/vnd.oci.image.layer.v1.tar+gzip');
    const large = { ...descriptorOf(text, 'application/vnd.example.unheard-of+json'), size: maxManifestSize + 1 };
    for (const described of [layer, large]) {
      const { repository, sent } = fakeRepository(() => refusal(404, 'BLOB_UNKNOWN'));
      expect(await rejection(repository.fetch(described))).toMatchObject({ code: 'NOT_FOUND' });
      expect(sent()).toEqual([`GET /v2/org/hello/blobs/${described.digest}`]);
    }
  });

  test('a manifest that is said to be larger than 4 MiB is not kept in memory', async () => {
    const { stream, given } = endlessStream();
    const { repository } = fakeRepository(() => answer({}, stream));
    const reader = (await repository.fetch({ ...descriptor, size: 2 ** 40 })).getReader();
    await reader.read();
    expect(given()).toBeLessThan(1024 * 1024);
    await reader.cancel();
  });

  test('a blob of JSON that is not there is missing as a blob', async () => {
    const { repository } = fakeRepository(({ url }) =>
      refusal(404, url.includes('/manifests/') ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN'),
    );
    const error = await rejection(repository.fetch(descriptorOf(text, 'application/json')));
    expect(error).toMatchObject({ code: 'NOT_FOUND', errors: [{ code: 'BLOB_UNKNOWN' }] });
  });

  test('content of an unknown type is a blob (M18)', async () => {
    const { repository, sent } = fakeRepository(() => new Response(text));
    const described = descriptorOf(text, 'application/vnd.example.unheard-of');
    expect(await fetchBytes(repository, described)).toEqual(bytesOf(text));
    expect(sent()).toEqual([`GET /v2/org/hello/blobs/${described.digest}`]);
  });

  test('a type with a parameter is that type', async () => {
    const { repository, requests, sent } = fakeRepository(() => answer());
    expect(await fetchBytes(repository, { ...descriptor, mediaType: `${mediaType}; charset=utf-8` })).toEqual(bytes);
    expect(sent()).toEqual([`GET ${base}/${digest}`]);
    expect(requests[0]!.headers.get('accept')).toBe(`${mediaType}, */*`);
  });

  test.for([
    ['an OCI manifest', { schemaVersion: 2, config: other, layers: [] }, mediaTypes.manifest],
    ['an OCI index', { schemaVersion: 2, mediaType: '', manifests: [] }, mediaTypes.index],
    ["Docker's schema 1", { schemaVersion: 1, fsLayers: [] }, types[2]],
    ['what calls itself so', { mediaType: 'application/vnd.example' }, 'application/vnd.example'],
  ] as const)('%s that a server of files gives is known by its fields', async ([, value, expected]) => {
    const headers = { 'content-type': 'binary/octet-stream', 'docker-content-digest': undefined };
    const { repository } = fakeRepository(() => answer(headers, JSON.stringify(value)));
    expect((await repository.fetchReference('v1')).descriptor.mediaType).toBe(expected);
  });
});

describe('manifests: size', () => {
  const largest = bytesOf(' '.repeat(maxManifestSize));

  test('4 MiB are read (M12)', async () => {
    const { repository } = fakeRepository(() => answer({ 'docker-content-digest': undefined }, largest));
    expect((await repository.fetchReference('v1')).descriptor.size).toBe(maxManifestSize);
  });

  test('more than 4 MiB are not (M12)', async () => {
    const body = new Blob([largest, ' ']);
    const { repository } = fakeRepository(() => answer({}, body));
    expect(await rejection(repository.fetchReference('v1'))).toMatchObject({ code: 'TOO_LARGE', limit: 4_194_304 });
  });

  test('nothing is read of what says it is larger', async () => {
    const { stream, cancelled } = endlessStream();
    const { repository } = fakeRepository(() => answer({ 'content-length': '4194305' }, stream));
    expect(await rejection(repository.fetchReference('v1'))).toMatchObject({ code: 'TOO_LARGE', actual: 4_194_305 });
    await cancelled;
  });

  test('what does not end is cancelled', async () => {
    const { stream, cancelled } = endlessStream();
    const { repository } = fakeRepository(() => answer({}, stream));
    expect(await rejection(repository.fetchReference('v1'))).toBeInstanceOf(TooLargeError);
    await cancelled;
  });
});

describe('manifests: by descriptor', () => {
  test('its own type is asked for first, at the endpoint of manifests (M11)', async () => {
    const { repository, requests, sent } = fakeRepository(() => answer());
    expect(await fetchBytes(repository, descriptor)).toEqual(bytes);
    expect(sent()).toEqual([`GET ${base}/${digest}`]);
    expect(requests[0]!.headers.get('accept')).toBe(`${mediaType}, */*`);
  });

  test('the digest decides, not the type it came as (M7)', async () => {
    const { repository } = fakeRepository(() => answer({ 'content-type': 'application/json' }));
    expect(await fetchBytes(repository, descriptor)).toEqual(bytes);
  });

  test('other bytes are a mismatch', async () => {
    const { repository } = fakeRepository(() => answer({}, ' '.repeat(size)));
    expect(await rejection(fetchBytes(repository, descriptor))).toBeInstanceOf(MismatchError);
  });

  test('a wrong digest in another algorithm is a mismatch', async () => {
    const wrong = digestOf(bytesOf('x'), 'sha512');
    const { repository } = fakeRepository(() => answer({ 'docker-content-digest': wrong }));
    expect(await rejection(fetchBytes(repository, descriptor))).toMatchObject({ code: 'MISMATCH', expected: wrong });
  });

  test('a size that HEAD says and GET does not: the digest decides', async () => {
    const { repository, sent } = fakeRepository(({ method }) =>
      method === 'HEAD' ? head({ 'content-length': '7' }) : answer(),
    );
    const found = await repository.resolve('v1');
    expect(found.size).toBe(7);
    expect(await fetchBytes(repository, found)).toEqual(bytes);
    expect((await fetchManifest(repository, found)).descriptor).toEqual(descriptor);
    expect(sent().slice(0, 3)).toEqual([`HEAD ${base}/v1`, `GET ${base}/${digest}`, `HEAD ${base}/${digest}`]);
  });

  test('a wrong size that the registry does not say is a mismatch', async () => {
    const { repository } = fakeRepository(({ method }) => (method === 'HEAD' ? head() : answer()));
    const error = await rejection(repository.fetch({ ...descriptor, size: 7 }));
    expect(error).toMatchObject({ code: 'MISMATCH', expected: 7, actual: size });
  });

  test.for([
    ['as HEAD says', head(), true],
    ['404', status(404), false],
  ] as const)('exists: %s', async ([, response, expected]) => {
    const { repository, sent } = fakeRepository([response]);
    expect(await repository.exists(descriptor)).toBe(expected);
    expect(sent()).toEqual([`HEAD ${base}/${digest}`]);
  });

  test('exists: GET decides where HEAD proves nothing', async () => {
    const { repository } = fakeRepository(({ method }) => (method === 'HEAD' ? status(200) : answer()));
    expect(await repository.exists(descriptor)).toBe(true);
    const { repository: none } = fakeRepository(({ method }) =>
      method === 'HEAD' ? status(200) : refusal(404, 'MANIFEST_UNKNOWN'),
    );
    expect(await none.exists(descriptor)).toBe(false);
  });
});

describe('manifests: not there', () => {
  test('resolve, fetchReference, fetch: NotFoundError with the words of the registry', async () => {
    const { repository } = fakeRepository(({ method }) =>
      method === 'HEAD' ? status(404) : refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown'),
    );
    for (const call of [repository.resolve('v1'), repository.fetchReference('v1')]) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error).toMatchObject({
        message: 'Cannot pull reg.test/org/hello:v1: manifest unknown (404)',
        reference: 'reg.test/org/hello:v1',
        errors: [{ code: 'MANIFEST_UNKNOWN' }],
      });
    }
    expect(await rejection(repository.fetch(descriptor))).toMatchObject({ code: 'NOT_FOUND', reference: digest });
  });

  test.for([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [400, 'REGISTRY'],
  ] as const)('%i is %s', async ([code, expected]) => {
    const { repository } = fakeRepository(() => refusal(code, 'X'));
    for (const call of [repository.resolve('v1'), repository.fetchReference('v1'), repository.fetch(descriptor)]) {
      const error = await rejection(call);
      expect(isOrasError(error, expected), String(error)).toBe(true);
    }
  });
});

describe('manifests: an abort while the words of a refusal are waited for', () => {
  const reason = new Error('enough');
  test.for<[string, (repository: Repository, options: AbortOptions) => Promise<unknown>]>([
    ['fetchReference', (repository, options) => repository.fetchReference('v1', options)],
    ['fetch', (repository, options) => repository.fetch(descriptor, options)],
    ['push', (repository, options) => repository.push(descriptor, blobOf(bytes), options)],
  ])('%s rejects with its reason', async ([, call]) => {
    const controller = new AbortController();
    const { repository } = fakeRepository(
      () => new Response(new ReadableStream({ pull: () => controller.abort(reason) }), { status: 403 }),
    );
    expect(await rejection(call(repository, { signal: controller.signal }))).toBe(reason);
  });
});
