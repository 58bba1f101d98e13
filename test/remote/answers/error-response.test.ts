import { afterEach, describe, expect, test, vi } from 'vitest';
import { DeniedError, NotFoundError, RateLimitedError, RegistryError, UnauthorizedError } from '../../../src/errors.ts';
import { responseError } from '../../../src/remote/answers/error-response.ts';
import { endlessStream } from '../../support/content.ts';
import { json, refusal, status } from '../../support/fake-fetch.ts';

const request = { method: 'GET', url: 'https://reg.test/v2/org/hello/manifests/v1?x=SECRET', what: 'Cannot pull it' };

const isPage = 'document' in globalThis;
/** What a page is told where no challenge can be read. */
const hidden = isPage
  ? '; this page cannot read how to authenticate: CORS must expose WWW-Authenticate to it, or ' +
    "`hosts` give the registry's `challenge`"
  : '';

afterEach(() => {
  vi.useRealTimers();
});

describe('responseError: kinds', () => {
  test.for([
    [401, UnauthorizedError, `Cannot pull it: credentials are needed, or were refused (401)${hidden}`],
    [403, DeniedError, 'Cannot pull it: access is denied (403)'],
    [404, RegistryError, 'Cannot pull it: not found (404)'],
    [429, RateLimitedError, 'Cannot pull it: unexpected answer (429)'],
    [400, RegistryError, 'Cannot pull it: unexpected answer (400)'],
    [500, RegistryError, 'Cannot pull it: unexpected answer (500)'],
    [200, RegistryError, 'Cannot pull it: unexpected answer (200)'],
  ] as const)('%i without a body', async ([code, type, message]) => {
    const error = await responseError(status(code), request);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toBe(message);
    expect(error).toMatchObject({
      status: code,
      method: 'GET',
      url: 'https://reg.test/v2/org/hello/manifests/v1',
      errors: [],
    });
  });

  test('404 is NotFoundError where something is looked for, with the errors of the registry', async () => {
    const error = await responseError(refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown'), {
      ...request,
      missing: 'r',
    });
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      message: 'Cannot pull it: manifest unknown (404)',
      reference: 'r',
      status: 404,
      method: 'GET',
      url: 'https://reg.test/v2/org/hello/manifests/v1',
      errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }],
    });
  });

  test('a detail that is nested too deeply is left out', async () => {
    const text = (depth: number): string =>
      `{"errors":[{"code":"X","detail":${'['.repeat(depth)}${']'.repeat(depth)}}]}`;
    const errorOf = (body: string): Promise<unknown> =>
      responseError(new Response(body, { status: 400 }), { method: 'GET', url: 'https://reg.test/v2/', what: 'x' });
    expect(await errorOf(text(30_000))).toMatchObject({ errors: [{ code: 'X' }] });
    expect(JSON.stringify(await errorOf(text(30_000)))).not.toContain('detail');
    expect(JSON.stringify(await errorOf(text(20)))).toContain('detail');
  });

  test('several errors are all said and kept, with their details', async () => {
    const errors = [
      { code: 'UNAUTHORIZED', message: 'authentication required', detail: [{ Type: 'repository' }] },
      { code: 'NAME_UNKNOWN', message: '' },
    ];
    const error = await responseError(json({ errors }, { status: 401 }), request);
    expect(error).toMatchObject({
      message: `Cannot pull it: authentication required; name unknown (401)${hidden}`,
      errors,
    });
  });

  test('null is what is not set', async () => {
    const errors = [null, { code: null, message: null, detail: null }, { code: 'DENIED', message: null, detail: null }];
    const { message, ...error } = (await responseError(json({ errors }, { status: 403 }), request)) as DeniedError;
    expect(message).toBe('Cannot pull it: denied (403)');
    expect(error.errors).toEqual([
      { code: '', message: '' },
      { code: 'DENIED', message: '' },
    ]);
    for (const body of [null, { errors: null }]) {
      const { message } = await responseError(json(body, { status: 403 }), request);
      expect(message).toBe('Cannot pull it: access is denied (403)');
    }
  });

  test.for([
    ['5', 5000],
    ['0', 0],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
  ] as const)('429 with Retry-After %j waits %j ms', async ([header, wait]) => {
    vi.useFakeTimers({ toFake: ['Date'], now: 30_000 });
    const error = await responseError(status(429, { 'retry-after': header }), request);
    expect((error as RateLimitedError).retryAfter).toBe(wait);
  });
});

describe('responseError: 401', () => {
  test.for([
    ['Negotiate', 'negotiate'],
    ['Digest realm="x", nonce="y"', 'digest'],
    ['NTLM, Negotiate abc==', 'ntlm or negotiate'],
    ['AWS4-HMAC-SHA256', 'aws4-hmac-sha256'],
  ])('names what is asked for and not supported: %s', async ([header, schemes]) => {
    const error = await responseError(status(401, { 'www-authenticate': header! }), request);
    expect(error).toBeInstanceOf(UnauthorizedError);
    expect(error.message).toBe(
      `Cannot pull it: credentials are needed, or were refused (401); it asks for authentication by ${schemes}, which is not supported`,
    );
  });

  test.for(['Basic realm="x"', 'Bearer realm="x"', 'Negotiate, Basic realm="x"', '', '=='])(
    'says nothing of the kind for %j',
    async (header) => {
      const { message } = await responseError(status(401, { 'www-authenticate': header }), request);
      expect(message).toBe('Cannot pull it: credentials are needed, or were refused (401)');
    },
  );

  test('says what to do about a challenge that is hidden, in a page of another origin and of the registry only', async () => {
    expect((await responseError(status(401), request)).message.endsWith(hidden)).toBe(true);
    const others = [{ ...request, isTokenService: true }, ...(isPage ? [{ ...request, url: location.href }] : [])];
    for (const other of others) {
      expect((await responseError(status(401), other)).message).toBe(
        'Cannot pull it: credentials are needed, or were refused (401)',
      );
    }
    expect((await responseError(status(403), request)).message).toBe('Cannot pull it: access is denied (403)');
  });
});

describe('responseError: hostile bodies', () => {
  test('errors are read whatever the type of the body', async () => {
    const body = '{"errors":[{"code":"DENIED","message":"no"}]}';
    const response = new Response(body, { status: 400, headers: { 'content-type': 'text/plain' } });
    expect((await responseError(response, request)).message).toBe('Cannot pull it: no (400)');
  });

  test.for([
    ['HTML', '<html>404 page not found</html>'],
    ['nothing', ''],
    ['no errors', '{"message":"x"}'],
    ['one error, as Docker Hub writes it', '{"code":"X","message":"x"}'],
    ['more than is read', `{"errors":[{"code":"X"}],"x":"${'x'.repeat(70_000)}"}`],
    ['errors that are no list', '{"errors":{"code":"X"}}'],
    ['an empty list', '{"errors":[]}'],
    ['a list of anything', '{"errors":[1,null,"x"]}'],
    ['null', 'null'],
    ['nested lists', '['.repeat(60_000)],
  ])('%s: the status remains', async ([, body]) => {
    const error = await responseError(new Response(body, { status: 400 }), request);
    expect(error).toMatchObject({ message: 'Cannot pull it: unexpected answer (400)', status: 400, errors: [] });
  });

  test('an endless body is not read to its end', async () => {
    const { stream, given, cancelled } = endlessStream();
    const error = await responseError(new Response(stream, { status: 500 }), request);
    expect(error).toMatchObject({ status: 500, errors: [] });
    await cancelled;
    expect(given()).toBeLessThan(1_000_000);
  });

  test('control characters become spaces, and long messages end', async () => {
    const message = `a\u001b[2J\u009b2J\r\n${'x'.repeat(5000)}`;
    const error = await responseError(refusal(400, 'X\u0007', message), request);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(JSON.stringify(error) + error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]|\\u00|\\r/);
    expect(error.message.length).toBeLessThan(1200);
  });

  test('fields that are no text are left out', async () => {
    const errors = [{ code: 1, message: { toString: 'x' } }];
    expect(await responseError(json({ errors }, { status: 400 }), request)).toMatchObject({
      errors: [{ code: '', message: '' }],
    });
  });
});

describe('responseError: abort', () => {
  const reason = new Error('enough');

  test('before the body is there: its reason, and nothing is read on', async () => {
    const { stream, cancelled } = endlessStream(1);
    const response = new Response(stream, { status: 503 });
    const signal = AbortSignal.abort(reason);
    await expect(responseError(response, { ...request, signal })).rejects.toBe(reason);
    await cancelled;
  });

  test('while the body is read: its reason, at once', async () => {
    const controller = new AbortController();
    const cancel = vi.fn();
    const response = new Response(new ReadableStream({ cancel }), { status: 404 });
    const failed = responseError(response, { ...request, missing: 'v1', signal: controller.signal });
    controller.abort(reason);
    await expect(failed).rejects.toBe(reason);
    expect(cancel).toHaveBeenCalledOnce();
  });

  test('of a request whose body breaks by it: its reason', async () => {
    const controller = new AbortController();
    const body = new ReadableStream({
      pull(stream) {
        controller.abort(reason);
        stream.error(new DOMException('aborted', 'AbortError'));
      },
    });
    const failed = responseError(new Response(body, { status: 500 }), { ...request, signal: controller.signal });
    await expect(failed).rejects.toBe(reason);
  });

  test('none: the error of the registry', async () => {
    const { signal } = new AbortController();
    const error = await responseError(refusal(403, 'DENIED', 'no'), { ...request, signal });
    expect(error).toMatchObject({ code: 'DENIED', message: 'Cannot pull it: no (403)' });
  });
});
