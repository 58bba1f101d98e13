import { describe, expect, test } from 'vitest';
import { buildManifest } from '../../../src/actions/push/pack.ts';
import { blobOf } from '../../../src/bytes/streams.ts';
import { isOrasError, MismatchError, NotFoundError, type OrasErrorCode, TooLargeError } from '../../../src/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { maxManifestSize } from '../../../src/oci/manifest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import type { TransferEvent } from '../../../src/options.ts';
import { bytesOf, descriptorOf, rejection, streamOfTexts } from '../../support/content.ts';
import { fakeRepository, refusal, status } from '../../support/fake-fetch.ts';

const { descriptor, bytes } = buildManifest({ artifactType: 'test/x' });
const { digest, mediaType } = descriptor;
const base = '/v2/org/hello/manifests';

describe('manifests: push', () => {
  test('is one PUT under the digest, with type and exact bytes', async () => {
    const { repository, requests, sent } = fakeRepository(() => status(201, { 'docker-content-digest': digest }));
    await repository.push(descriptor, blobOf(bytes));
    expect(sent()).toEqual([`PUT ${base}/${digest}`]);
    expect(requests[0]!.headers.get('content-type')).toBe(mediaType);
    expect(new Uint8Array(await requests[0]!.body!.arrayBuffer())).toEqual(bytes);
  });

  test('with a tag is one PUT under the tag (M17)', async () => {
    const { repository, sent } = fakeRepository(() => status(201));
    await repository.pushReference(descriptor, blobOf(bytes), 'v1');
    expect(sent()).toEqual([`PUT ${base}/v1`]);
  });

  test.for([mediaTypes.index, mediaTypes.dockerManifest, mediaTypes.dockerIndex])(
    'of %s goes there too',
    async (type) => {
      const { repository, sent } = fakeRepository(() => status(201));
      await repository.push({ ...descriptor, mediaType: type }, new Blob([bytes]).stream());
      expect(sent()).toEqual([`PUT ${base}/${digest}`]);
    },
  );

  test.for([200, 202, 204])('is complete with %i when the manifest is then found by its digest', async (code) => {
    const put = `PUT ${base}/v1`;
    const get = `GET ${base}/${digest}`;
    const stored = (): Response => new Response(bytes, { headers: { 'content-type': mediaType } });
    const { repository, sent } = fakeRepository({ [put]: () => status(code), [get]: stored });
    await repository.pushReference(descriptor, blobOf(bytes), 'v1');
    expect(sent()).toEqual([put, get]);
    for (const [missing, expected] of [
      [refusal(404, 'MANIFEST_UNKNOWN'), { code: 'REGISTRY', status: code }],
      [new Response('{}', { headers: { 'content-type': mediaType } }), { code: 'REGISTRY', status: code }],
      [new Response('<html>'), { code: 'NOT_A_REGISTRY' }],
    ] as const) {
      const { repository: other } = fakeRepository({ [put]: () => status(code), [get]: () => missing });
      expect(await rejection(other.pushReference(descriptor, blobOf(bytes), 'v1'))).toMatchObject(expected);
    }
  });

  test('is not complete with a web page', async () => {
    const { repository, sent } = fakeRepository(() => new Response('  <!doctype html>'));
    const error = await rejection(repository.push(descriptor, blobOf(bytes)));
    expect(error).toMatchObject({ code: 'NOT_A_REGISTRY', status: 200, method: 'PUT' });
    expect(String(error)).toContain('answered with a web page, not as a registry');
    expect(sent()).toEqual([`PUT ${base}/${digest}`]);
  });

  test('reports start, transfer and done', async () => {
    const { repository } = fakeRepository(() => status(201));
    const events: TransferEvent[] = [];
    await repository.push(descriptor, blobOf(bytes), { onProgress: (event) => events.push(event) });
    expect(events.map(({ type }) => type)).toEqual(['start', 'transfer', 'done']);
  });

  test.for([
    ['other bytes', ' '.repeat(descriptor.size)],
    ['a byte more', `${new TextDecoder().decode(bytes)} `],
    ['nothing', ''],
  ])('sends nothing for %s', async ([, text]) => {
    const { repository, requests } = fakeRepository(() => status(201));
    for (const content of [new Blob([text!]), streamOfTexts(text!)]) {
      expect(await rejection(repository.push(descriptor, content))).toBeInstanceOf(MismatchError);
    }
    expect(await rejection(repository.pushReference(descriptor, new Blob([text!]), 'v1'))).toBeInstanceOf(
      MismatchError,
    );
    expect(requests).toEqual([]);
  });

  test('sends nothing above 4 MiB', async () => {
    const { repository, requests } = fakeRepository(() => status(201));
    const large = bytesOf(' '.repeat(maxManifestSize + 1));
    const error = await rejection(repository.push({ ...descriptor, size: large.byteLength }, blobOf(large)));
    expect(error).toBeInstanceOf(TooLargeError);
    expect(requests).toEqual([]);
  });

  test.for([
    ['the same digest', digest, 'ok'],
    ['another digest (M13)', descriptorOf('other').digest, 'mismatch'],
    ['a digest of another algorithm', digestOf(bytes, 'sha512'), 'ok'],
    ['what is no digest', 'nonsense', 'ok'],
  ] as const)('the registry says it stored %s', async ([, header, expected]) => {
    const { repository } = fakeRepository(() => status(201, { 'docker-content-digest': header }));
    const pushed = repository.push(descriptor, blobOf(bytes));
    if (expected === 'ok') await pushed;
    else expect(await rejection(pushed)).toBeInstanceOf(MismatchError);
  });

  test.for<[number, string, OrasErrorCode]>([
    [400, 'MANIFEST_INVALID', 'REGISTRY'],
    [401, 'UNAUTHORIZED', 'UNAUTHORIZED'],
    [403, 'DENIED', 'DENIED'],
    [404, 'MANIFEST_BLOB_UNKNOWN', 'REGISTRY'],
    [413, 'SIZE_INVALID', 'REGISTRY'],
    [429, 'TOOMANYREQUESTS', 'RATE_LIMITED'],
  ])('refused with %i %s', async ([code, error, expected]) => {
    const { repository, sent } = fakeRepository(() => refusal(code, error, 'no'), { retry: { limit: 0 } });
    const failure = await rejection(repository.pushReference(descriptor, blobOf(bytes), 'v1'));
    expect(isOrasError(failure, expected), String(failure)).toBe(true);
    expect(failure).toMatchObject({
      message: `Cannot push reg.test/org/hello:v1: no (${code})`,
      errors: [{ code: error, message: 'no' }],
    });
    expect(sent()).toHaveLength(1);
  });
});

describe('manifests: tag', () => {
  test('gets the manifest and stores the same bytes under the tag', async () => {
    const { repository, requests, sent } = fakeRepository({
      [`GET ${base}/${digest}`]: () => new Response(bytes, { headers: { 'content-type': mediaType } }),
      [`PUT ${base}/v2`]: () => status(201),
    });
    await repository.tag(descriptor, 'v2');
    expect(sent()).toEqual([`GET ${base}/${digest}`, `PUT ${base}/v2`]);
    expect(new Uint8Array(await requests[1]!.body!.arrayBuffer())).toEqual(bytes);
    expect(requests[1]!.headers.get('content-type')).toBe(mediaType);
  });

  test('stores nothing when the manifest is not there, or is another (M14)', async () => {
    for (const [answer, type] of [
      [refusal(404, 'MANIFEST_UNKNOWN'), NotFoundError],
      [new Response(' '.repeat(descriptor.size)), MismatchError],
    ] as const) {
      const { repository, sent } = fakeRepository([answer]);
      expect(await rejection(repository.tag(descriptor, 'v2'))).toBeInstanceOf(type);
      expect(sent()).toHaveLength(1);
    }
  });
});
