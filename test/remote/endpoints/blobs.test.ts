import { describe, expect, test } from 'vitest';
import { readChunks } from '../../../src/bytes/streams.ts';
import {
  InvalidReferenceError,
  isOrasError,
  MismatchError,
  NetworkError,
  NotFoundError,
  type OrasErrorCode,
  UnsupportedError,
} from '../../../src/errors.ts';
import { fetchBytes } from '../../../src/target/content.ts';
import type { Descriptor } from '../../../src/types.ts';
import { bytesOf, descriptorOf, endlessStream, rejection, textOf } from '../../support/content.ts';
import { fakeRepository, refusal, status } from '../../support/fake-fetch.ts';

const hello = descriptorOf('hello world');
const path = `/v2/org/hello/blobs/${hello.digest}`;
const isPage = 'document' in globalThis;
const reason = new Error('enough');

function answer(body: BodyInit | null, headers: Record<string, string> = {}): Response {
  return new Response(body, { headers });
}

describe('blobs: fetch', () => {
  test('gives what the registry gives, after one request', async () => {
    const { repository, sent } = fakeRepository(() => answer('hello world'));
    expect(await textOf(await repository.fetch(hello))).toBe('hello world');
    expect(sent()).toEqual([`GET ${path}`]);
  });

  test('asks for no compression, and with no header that would need a preflight', async () => {
    const { repository, requests } = fakeRepository(() => answer('hello world'));
    await repository.fetch(hello);
    const { headers } = requests[0]!;
    if (!isPage) expect(headers.get('accept-encoding')).toBe('identity');
    expect([...headers.keys()].filter((name) => !['accept', 'accept-encoding'].includes(name))).toEqual([]);
    expect((headers.get('accept') ?? '').length).toBeLessThan(128);
  });

  test.for<[string, Record<string, string>]>([
    ['a digest of other content', { 'docker-content-digest': descriptorOf('other').digest }],
    ['a length too large', { 'content-length': '12' }],
    ['a length too small', { 'content-length': '10' }],
    ['a length that is none', { 'content-length': 'x' }],
    ['another type', { 'content-type': 'text/html' }],
  ])('the bytes decide, not %s in the header', async ([, headers]) => {
    const { repository } = fakeRepository(() => answer('hello world', headers));
    expect(await textOf(await repository.fetch(hello))).toBe('hello world');
  });

  test.for([
    ['other bytes', 'hello worlD'],
    ['a byte more', 'hello world!'],
    ['a byte less', 'hello worl'],
    ['nothing', null],
  ])('fails before its end for %s', async ([, body]) => {
    const { repository } = fakeRepository(() => answer(body!, { 'docker-content-digest': hello.digest }));
    expect(await rejection(fetchBytes(repository, hello))).toBeInstanceOf(MismatchError);
  });

  test('stops reading what is too long', async () => {
    const { stream, given, cancelled } = endlessStream();
    const { repository } = fakeRepository(() => answer(stream));
    const read = readChunks(await repository.fetch({ ...hello, size: 100_000 }), () => {});
    expect(await rejection(read)).toBeInstanceOf(MismatchError);
    await cancelled;
    expect(given()).toBeLessThan(1_000_000);
  });

  test('an empty blob may come without a body', async () => {
    const { repository } = fakeRepository(() => answer(null));
    expect(await textOf(await repository.fetch(descriptorOf('')))).toBe('');
  });

  test('cancelling the stream cancels the request', async () => {
    const { stream, cancelled } = endlessStream();
    const { repository } = fakeRepository(() => answer(stream));
    await (await repository.fetch({ ...hello, size: 1e9 })).cancel(reason);
    expect(await cancelled).toBe(reason);
  });

  test('a connection that breaks is a network error', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new TypeError('terminated'));
      },
    });
    const { repository } = fakeRepository(() => answer(body));
    const error = await rejection(fetchBytes(repository, hello));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ url: `https://reg.test${path}` });
  });

  test('an abort fails the stream with the reason of the signal, though nothing comes any more', async () => {
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>(
      {
        start: (stream) => stream.enqueue(bytesOf('hello')),
        pull: () => new Promise(() => {}),
      },
      { highWaterMark: 0 },
    );
    const { repository } = fakeRepository(() => answer(body));
    const stream = await repository.fetch(hello, { signal: controller.signal });
    expect(await rejection(readChunks(stream, () => controller.abort(reason)))).toBe(reason);
  });

  test.for<[number, OrasErrorCode]>([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'NOT_FOUND'],
    [206, 'REGISTRY'],
    [400, 'REGISTRY'],
    [416, 'REGISTRY'],
    [501, 'REGISTRY'],
  ])('%i is %s', async ([code, expected]) => {
    const { repository } = fakeRepository(() => refusal(code, 'BLOB_UNKNOWN', 'blob unknown'));
    const error = await rejection(repository.fetch(hello));
    expect(isOrasError(error, expected), String(error)).toBe(true);
    expect(error).toMatchObject({
      message: `Cannot fetch ${hello.digest} of reg.test/org/hello: blob unknown (${code})`,
      errors: [{ code: 'BLOB_UNKNOWN', message: 'blob unknown' }],
    });
  });
});

describe('blobs: exists', () => {
  test.for([
    [200, true],
    [404, false],
  ] as const)('%i: %s', async ([code, expected]) => {
    const { repository, sent } = fakeRepository(() => status(code));
    expect(await repository.exists(hello)).toBe(expected);
    expect(sent()).toEqual([`HEAD ${path}`]);
  });

  test.for<[number, OrasErrorCode]>([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [501, 'REGISTRY'],
  ])('%i is no answer: %s', async ([code, expected]) => {
    const { repository } = fakeRepository(() => status(code));
    const error = await rejection(repository.exists(hello));
    expect(isOrasError(error, expected), String(error)).toBe(true);
  });

  test.for([400, 403, 405, 501])('%i may be a refusal of HEAD: it is asked again with GET', async (code) => {
    const { repository, sent } = fakeRepository(({ method }) => status(method === 'HEAD' ? code : 200));
    expect(await repository.exists(hello)).toBe(true);
    expect(sent()).toEqual([`HEAD ${path}`, `GET ${path}`]);
  });

  test.for([401, 408, 410, 429, 500, 503])('%i is none: it is not asked again with GET', async (code) => {
    const { repository, requests } = fakeRepository(() => status(code, { 'www-authenticate': 'Basic realm="x"' }), {
      retry: { limit: 0 },
    });
    expect(await rejection(repository.exists(hello))).toMatchObject({ status: code, method: 'HEAD' });
    expect(requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  test('an abort while the words of a refusal are waited for rejects with its reason', async () => {
    const controller = new AbortController();
    const { repository } = fakeRepository(({ method }) => {
      if (method === 'HEAD') return status(403);
      return new Response(new ReadableStream({ pull: () => controller.abort(reason) }), { status: 403 });
    });
    expect(await rejection(repository.exists(hello, { signal: controller.signal }))).toBe(reason);
  });
});

test.for<[string, unknown]>([
  ['invalid-digest', InvalidReferenceError],
  ['sha256:../../../v2/other/blobs/x', InvalidReferenceError],
  [`sha256:${'A'.repeat(64)}`, InvalidReferenceError],
  [`${hello.digest}\n`, InvalidReferenceError],
  ['__proto__:x', InvalidReferenceError],
  ['md5:d41d8cd98f00b204e9800998ecf8427e', UnsupportedError],
])('blobs: nothing is sent for the digest %j', async ([digest, type]) => {
  const { repository, requests } = fakeRepository(() => status(200));
  const bad: Descriptor = { ...hello, digest };
  for (const call of [repository.fetch(bad), repository.exists(bad), repository.push(bad, new Blob(['hello world']))]) {
    expect(await rejection(call)).toBeInstanceOf(type);
  }
  expect(requests).toEqual([]);
});

test('blobs: other places a descriptor names are never asked', async () => {
  const { repository, sent } = fakeRepository(() => status(404));
  const elsewhere = { ...hello, urls: ['https://attacker.example/l', 'http://169.254.169.254/'] };
  expect(await rejection(repository.fetch(elsewhere))).toBeInstanceOf(NotFoundError);
  expect(sent()).toEqual([`GET ${path}`]);
});
