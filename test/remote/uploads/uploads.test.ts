import { describe, expect, test } from 'vitest';
import { isOrasError, MismatchError, NetworkError, type OrasErrorCode, RegistryError } from '../../../src/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { TransferEvent } from '../../../src/options.ts';
import type { TrustOptions } from '../../../src/remote/trust/trust.ts';
import { bytesOf, descriptorOf, rejection, streamOfTexts } from '../../support/content.ts';
import { type Answers, broken, fakeRepository, refusal, status } from '../../support/fake-fetch.ts';

const hello = descriptorOf('hello world');
const content = new Blob(['hello world']);
const session = '/v2/org/hello/blobs/uploads/1?_state=a%20b~';
const start = 'POST /v2/org/hello/blobs/uploads/';
const put = `PUT ${session}&digest=${encodeURIComponent(hello.digest)}`;
const cancel = `DELETE ${session}`;
const once = { retry: { limit: 0 } };
const reason = new Error('enough');

/** A registry that starts the upload, and answers the closing request like this. */
function uploads(answer: (signal: AbortSignal) => Response | Promise<Response>): Answers {
  return {
    [start]: () => status(202, { location: session }),
    [put]: ({ init }) => answer(init.signal!),
    [cancel]: () => status(204),
  };
}

describe('uploads: one POST and one PUT', () => {
  test('to the location the registry names, kept as it is, with type and exact body', async () => {
    const { repository, requests, sent } = fakeRepository(uploads(() => status(201)));
    await repository.push(hello, content);
    expect(sent()).toEqual([start, put]);
    expect(requests[0]!.body).toBeUndefined();
    expect(requests[1]!.headers.get('content-type')).toBe('application/octet-stream');
    expect(await requests[1]!.body!.text()).toBe('hello world');
  });

  test('are complete with 201', async () => {
    const { repository, sent } = fakeRepository(uploads(() => status(201)));
    await repository.push(hello, content);
    expect(sent()).toEqual([start, put]);
  });

  test.for([200, 202, 204])('are complete with %i when HEAD then finds the blob', async (code) => {
    const head = `HEAD /v2/org/hello/blobs/${hello.digest}`;
    const found = { ...uploads(() => status(code)), [head]: () => status(200, { 'content-length': '11' }) };
    const { repository, sent } = fakeRepository(found);
    await repository.push(hello, content);
    expect(sent()).toEqual([start, put, head]);
    for (const missing of [status(404), status(200, { 'content-length': '12' })]) {
      const { repository: other, sent: all } = fakeRepository({ ...found, [head]: () => missing });
      const error = await rejection(other.push(hello, content));
      expect(error).toMatchObject({ code: 'REGISTRY', status: code });
      expect(String(error)).toContain('does not have it');
      // It may need a moment.
      expect([...new Set(all())]).toEqual([start, put, head, cancel]);
    }
  });

  test('are not complete with a web page', async () => {
    const { repository } = fakeRepository(uploads(() => new Response('<html>')));
    expect(await rejection(repository.push(hello, content))).toMatchObject({ code: 'NOT_A_REGISTRY', status: 200 });
  });

  test.for([digestOf(bytesOf('other')), digestOf(bytesOf('other'), 'sha512')])(
    'are a mismatch when the registry says that it stored %s',
    async (said) => {
      const { repository } = fakeRepository(uploads(() => status(201, { 'docker-content-digest': said })));
      const error = await rejection(repository.push(hello, content));
      expect(error).toMatchObject({ code: 'MISMATCH', actual: said });
    },
  );

  test('are complete when the registry says the digest of another algorithm', async () => {
    const said = digestOf(bytesOf('hello world'), 'sha512');
    const { repository } = fakeRepository(uploads(() => status(201, { 'docker-content-digest': said })));
    await repository.push(hello, content);
  });

  test('carry content of an unknown type, though it is called a manifest', async () => {
    const { repository, sent } = fakeRepository(uploads(() => status(201)));
    await repository.push({ ...hello, mediaType: 'application/vnd.example.manifest.v1+json' }, content);
    expect(sent()).toEqual([start, put]);
  });

  test('carry a stream once all of it is there', async () => {
    const { repository, requests } = fakeRepository(uploads(() => status(201)));
    await repository.push(hello, streamOfTexts('hello', ' ', 'world'));
    expect(await requests[1]!.body!.text()).toBe('hello world');
  });

  test('report start, transfer and done', async () => {
    const { repository } = fakeRepository(uploads(() => status(201)));
    const events: TransferEvent[] = [];
    await repository.push(hello, content, { onProgress: (event) => events.push(event) });
    expect(events).toEqual([
      { type: 'start', descriptor: hello },
      { type: 'transfer', descriptor: hello, transferred: 11 },
      { type: 'done', descriptor: hello },
    ]);
  });
});

describe('uploads: refused beforehand', () => {
  test.for(['hello worl', 'hello world!', ''])('content of another size: %j', async (text) => {
    const { repository, requests } = fakeRepository(() => status(202));
    expect(await rejection(repository.push(hello, new Blob([text])))).toBeInstanceOf(MismatchError);
    expect(await rejection(repository.push(hello, streamOfTexts(text)))).toBeInstanceOf(MismatchError);
    expect(requests).toEqual([]);
  });

  test('a stream with another digest', async () => {
    const { repository, requests } = fakeRepository(() => status(202));
    expect(await rejection(repository.push(hello, streamOfTexts('hello', ' worlD')))).toBeInstanceOf(MismatchError);
    expect(requests).toEqual([]);
  });
});

describe('uploads: refused by the registry', () => {
  test.for<[number, string, OrasErrorCode]>([
    [401, 'UNAUTHORIZED', 'UNAUTHORIZED'],
    [403, 'DENIED', 'DENIED'],
    [404, 'NAME_UNKNOWN', 'NOT_FOUND'],
    [400, 'NAME_INVALID', 'REGISTRY'],
    [200, 'UNKNOWN', 'REGISTRY'],
    [503, 'UNAVAILABLE', 'REGISTRY'],
  ])('POST is answered with %i %s', async ([code, error, expected]) => {
    const { repository, sent } = fakeRepository({ [start]: () => refusal(code, error, 'some error') }, once);
    const failure = await rejection(repository.push(hello, content));
    expect(isOrasError(failure, expected), String(failure)).toBe(true);
    expect(failure).toMatchObject({
      message: `Cannot push ${hello.digest} to reg.test/org/hello: some error (${code})`,
      errors: [{ code: error, message: 'some error' }],
    });
    expect(sent()).toEqual([start]);
  });

  test.for<[number, string, OrasErrorCode]>([
    [400, 'DIGEST_INVALID', 'REGISTRY'],
    [401, 'UNAUTHORIZED', 'UNAUTHORIZED'],
    [404, 'BLOB_UPLOAD_UNKNOWN', 'REGISTRY'],
    [413, 'SIZE_INVALID', 'REGISTRY'],
    [503, 'UNAVAILABLE', 'REGISTRY'],
  ])('PUT is answered with %i %s, and the session is cancelled', async ([code, error, expected]) => {
    const { repository, sent } = fakeRepository(
      uploads(() => refusal(code, error)),
      once,
    );
    const events: string[] = [];
    const failure = await rejection(repository.push(hello, content, { onProgress: ({ type }) => events.push(type) }));
    expect(isOrasError(failure, expected), String(failure)).toBe(true);
    expect(failure).toMatchObject({ errors: [{ code: error }] });
    expect(sent()).toEqual([start, put, cancel]);
    expect(events).toEqual(['start']);
  });

  test.for([
    ['another kind of answer', () => status(404)],
    ['no answer', broken],
  ] as const)('a session that cannot be cancelled changes nothing: %s', async ([, answer]) => {
    const { repository } = fakeRepository({ ...(uploads(() => refusal(400, 'X')) as object), [cancel]: answer });
    expect(await rejection(repository.push(hello, content))).toMatchObject({ errors: [{ code: 'X' }] });
  });

  test('a connection that breaks is a network error, and the session is cancelled', async () => {
    const { repository, sent } = fakeRepository(uploads(broken), once);
    expect(await rejection(repository.push(hello, content))).toBeInstanceOf(NetworkError);
    expect(sent()).toEqual([start, put, cancel]);
  });
});

describe('uploads: aborted', () => {
  test('while the content is sent: the session is cancelled with a signal of its own', async () => {
    const controller = new AbortController();
    const { repository, sent } = fakeRepository(
      uploads((signal) => {
        controller.abort(reason);
        return Promise.reject(signal.reason);
      }),
    );
    expect(await rejection(repository.push(hello, content, { signal: controller.signal }))).toBe(reason);
    expect(sent()).toEqual([start, put, cancel]);
  });

  test('before: nothing is sent', async () => {
    const { repository, requests } = fakeRepository({});
    expect(await rejection(repository.push(hello, content, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(requests).toEqual([]);
  });

  test('while a stream is waited for: nothing is sent, and the stream is cancelled', async () => {
    const controller = new AbortController();
    let cancelled: unknown;
    const stream = new ReadableStream<Uint8Array>({
      start: (chunks) => chunks.enqueue(bytesOf('hello')),
      pull: () => {
        controller.abort(reason);
        return new Promise(() => {});
      },
      cancel: (why) => {
        cancelled = why;
      },
    });
    const { repository, requests } = fakeRepository({});
    expect(await rejection(repository.push(hello, stream, { signal: controller.signal }))).toBe(reason);
    expect([requests, cancelled]).toEqual([[], reason]);
  });
});

describe('uploads: to another place', () => {
  function authorized(location: string, trust: TrustOptions = {}): ReturnType<typeof fakeRepository> {
    const answers: Answers = ({ method, url, headers }) => {
      const own = new URL(url).origin === 'https://reg.test';
      if (own && !headers.has('authorization')) return status(401, { 'www-authenticate': 'Basic realm="x"' });
      return method === 'POST' ? status(202, { location }) : status(201);
    };
    return fakeRepository(answers, { credentials: { username: 'alice', password: 'hunter2' }, trust });
  }

  test.for(['https://storage.example/u', '//storage.example/u', 'https://reg.test:444/u'])(
    'no credentials go to %s',
    async (location) => {
      const { repository, requests } = authorized(location);
      await repository.push(hello, content);
      const names = requests.map(({ method, headers }) => `${method} ${headers.has('authorization')}`);
      expect(names).toEqual(['POST false', 'POST true', 'PUT false']);
    },
  );

  test('the own host is sent them, with its port said or not', async () => {
    const { repository, requests } = authorized('https://reg.test:443/u');
    await repository.push(hello, content);
    expect(requests.at(-1)!.headers.has('authorization')).toBe(true);
  });

  test.for([
    ['no other', []],
    [
      'another than the one that is listed',
      ['https://cdn.test', 'http://storage.example', 'https://storage.example:444'],
    ],
  ] as const)('nothing goes to another origin where the caller trusts %s', async ([, uploads]) => {
    const { repository, requests } = authorized('https://storage.example/u', { uploads });
    expect(await rejection(repository.push(hello, content))).toMatchObject({
      message: expect.stringMatching(/the registry's Location is on another origin$/),
    });
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  test('content goes to a listed origin, and credentials do not', async () => {
    const { repository, requests } = authorized('https://storage.example/u', { uploads: ['https://storage.example'] });
    await repository.push(hello, content);
    expect(requests.at(-1)!.url).toMatch(/^https:\/\/storage\.example\/u\?digest=/);
    expect(requests.at(-1)!.headers.has('authorization')).toBe(false);
  });

  test.for([
    '',
    'https://reg.test@attacker.example/',
    'https://u:p@reg.test/u',
    'javascript:x',
    '/u#x',
    'file:///etc/passwd',
    `/${'u'.repeat(1e6)}`,
  ])('nothing goes to %j, whatever is trusted', async (location) => {
    const { repository, requests } = authorized(location, { uploads: ['http://reg.test', 'https://attacker.example'] });
    expect(await rejection(repository.push(hello, content))).toBeInstanceOf(RegistryError);
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });
});
