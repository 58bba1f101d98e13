import { afterEach, describe, expect, test, vi } from 'vitest';
import { DeniedError, NotFoundError, RateLimitedError, RegistryError, UnauthorizedError } from '../../src/errors.ts';
import { nextLink, responseError, uploadLocation, withParameter } from '../../src/remote/response.ts';
import { endlessStream } from '../support/content.ts';
import { json, refusal, status } from '../support/fake-fetch.ts';

const request = { method: 'GET', url: 'https://reg.test/v2/org/hello/manifests/v1?x=SECRET', what: 'Cannot pull it' };

afterEach(() => {
  vi.useRealTimers();
});

describe('responseError: kinds', () => {
  test.for([
    [401, UnauthorizedError, 'Cannot pull it: credentials are needed (401)'],
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
      errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }],
    });
  });

  test('several errors are all said and kept, with their details', async () => {
    const errors = [
      { code: 'UNAUTHORIZED', message: 'authentication required', detail: [{ Type: 'repository' }] },
      { code: 'NAME_UNKNOWN', message: '' },
    ];
    const error = await responseError(json({ errors }, { status: 401 }), request);
    expect(error).toMatchObject({ message: 'Cannot pull it: authentication required; name unknown (401)', errors });
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

describe('uploadLocation', () => {
  const from = 'https://reg.test/v2/org/hello/blobs/uploads/';

  function locate(location: string, requestUrl = from): string {
    return uploadLocation(status(202, { location }), requestUrl);
  }

  test.for([
    ['/v2/org/hello/blobs/uploads/1', 'https://reg.test/v2/org/hello/blobs/uploads/1'],
    ['1?_state=a%20b~&x', 'https://reg.test/v2/org/hello/blobs/uploads/1?_state=a%20b~&x'],
    ['https://reg.test/u', 'https://reg.test/u'],
    ['https://reg.test:443/u', 'https://reg.test/u'],
    ['https://cdn.test/u', 'https://cdn.test/u'],
    ['//cdn.test/u', 'https://cdn.test/u'],
    ['https://reg.test:444/u', 'https://reg.test:444/u'],
  ])('%s', ([location, url]) => {
    expect(locate(location!)).toBe(url);
  });

  test('a registry on http may name http and https', () => {
    expect(locate('http://reg.test:5000/u', 'http://reg.test:5000/v2/')).toBe('http://reg.test:5000/u');
    expect(locate('https://cdn.test/u', 'http://reg.test:5000/v2/')).toBe('https://cdn.test/u');
  });

  test.for([
    ['nothing', ''],
    ['a step down to http', 'http://reg.test/u'],
    ['a user', 'https://reg.test@attacker.example/'],
    ['a password', 'https://user:hunter2@reg.test/u'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/plain,x'],
    ['a file', 'file:///etc/passwd'],
    ['a fragment', 'https://reg.test/u#frag'],
    ['an empty fragment', 'https://reg.test/u#'],
    ['a host that is none', 'https://:0/'],
    ['a megabyte', `/${'u'.repeat(1e6)}`],
  ])('refused: %s', ([, location]) => {
    expect(() => locate(location!)).toThrow(RegistryError);
    expect(() => locate(location!)).toThrow(/^(?!.*hunter2).{1,300}$/);
  });

  test('refused: no Location, which may be for want of CORS', () => {
    expect(() => uploadLocation(status(202), from)).toThrow(/is missing; a page can only read it when CORS exposes/);
  });
});

test.for([
  ['https://reg.test/u', 'https://reg.test/u?digest=sha256%3Aab'],
  ['https://reg.test/u?_state=a%20b~&c=+', 'https://reg.test/u?_state=a%20b~&c=+&digest=sha256%3Aab'],
])('withParameter: leaves %s as it is', ([location, url]) => {
  expect(withParameter(location!, 'digest', 'sha256:ab')).toBe(url);
});

describe('nextLink', () => {
  const from = 'https://reg.test/v2/org/hello/tags/list?n=2';
  const next = 'https://reg.test/v2/org/hello/tags/list?n=2&last=b';

  function follow(link: string): string | undefined {
    return nextLink(status(200, { link }), from);
  }

  test.for([
    ['relative to the host', '</v2/org/hello/tags/list?n=2&last=b>; rel="next"'],
    ['relative to the page', '<list?n=2&last=b>; rel="next"'],
    ['absolute', `<${next}>; rel="next"`],
    ['without quotes', `<${next}>; rel=next`],
    ['without a space', `<${next}>;rel="next"`],
    ['with more parameters', `<${next}>; title="a, b"; rel="next"; x=y`],
    ['with more relations', `<${next}>; rel="last next"`],
    ['in capitals', `<${next}>; REL="Next"`],
    ['after another', `</v2/first>; rel="first", <${next}>; rel="next"`],
    ['before another', `<${next}>; rel="next", </v2/first>; rel="first"`],
  ])('is followed %s', ([, link]) => {
    expect(follow(link!)).toBe(next);
  });

  test.for([
    ['no link', undefined],
    ['another relation', `<${next}>; rel="prev"`],
    ['no relation', `<${next}>`],
    ['a relation that only begins alike', `<${next}>; rel="nextish"`],
    ['an unquoted one that only begins alike', `<${next}>; rel=next-archive`],
    ['a parameter that says next', `<${next}>; title="rel=next"`],
  ])('there is none: %s', ([, link]) => {
    expect(nextLink(status(200, link === undefined ? {} : { link }), from)).toBeUndefined();
  });

  test.for([
    ['another host', '<https://attacker.example/v2/x/tags/list>; rel="next"'],
    ['another port', '<https://reg.test:444/v2/x/tags/list>; rel="next"'],
    ['http', '<http://reg.test/v2/x/tags/list>; rel="next"'],
    ['an address of the cloud', '<http://169.254.169.254/latest>; rel="next"'],
    ['another host without a scheme', '<//attacker.example/>; rel="next"'],
    ['a password', '<https://user:hunter2@reg.test/>; rel="next"'],
    ['a script', '<javascript:alert(1)>; rel="next"'],
    ['no address', '<https://:0/>; rel="next"'],
    ['no brackets', `${next}; rel="next"`],
    ['half a bracket', `<${next}; rel="next"`],
    ['the other half', `${next}>; rel="next"`],
  ])('refused: %s', ([, link]) => {
    expect(() => follow(link!)).toThrow(RegistryError);
    expect(() => follow(link!)).toThrow(/^(?!.*hunter2)/);
  });

  test.for([
    ['brackets', '<'.repeat(1e6)],
    ['quotes', `<x>${'"'.repeat(1e6)}`],
    ['relations', `<x>${';rel="   '.repeat(1e5)}`],
    ['spaces', `<x>;rel="${' '.repeat(1e6)}`],
  ])('ends with a hostile header: %s', { timeout: 5000 }, ([, link]) => {
    try {
      follow(link!);
    } catch (error) {
      expect(error).toBeInstanceOf(RegistryError);
    }
  });
});
