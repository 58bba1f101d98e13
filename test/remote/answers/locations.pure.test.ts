import { describe, expect, test } from 'vitest';
import { RegistryError } from '../../../src/errors.ts';
import { nextLink, uploadLocation, withParameter } from '../../../src/remote/answers/locations.ts';
import { status } from '../../support/fake-fetch.ts';

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

  test('a relative one is that of the answer, and judged by who was asked', () => {
    const redirected = (url: string): Response =>
      Object.defineProperty(status(202, { location: 'u' }), 'url', { value: url });
    expect(uploadLocation(redirected('https://reg.test/moved/here'), from)).toBe('https://reg.test/moved/u');
    const elsewhere = redirected('https://cdn.test/moved/here');
    expect(uploadLocation(elsewhere, from)).toBe('https://cdn.test/moved/u');
    expect(() => uploadLocation(elsewhere, from, [])).toThrow(RegistryError);
    expect(() => uploadLocation(redirected('http://reg.test/here'), from)).toThrow(RegistryError);
  });

  test('refused: another origin, where it is not among those that are trusted', () => {
    const answer = status(202, { location: 'https://cdn.test/u' });
    expect(uploadLocation(answer, from, ['https://cdn.test'])).toBe('https://cdn.test/u');
    for (const trusted of [[], ['https://cdn.test:444', 'http://cdn.test']]) {
      expect(() => uploadLocation(answer, from, trusted)).toThrow(/is on another origin$/);
    }
    expect(uploadLocation(status(202, { location: '/u' }), from, [])).toBe('https://reg.test/u');
  });

  test('a listed origin may be a step down to http, and no other may', () => {
    const down = status(202, { location: 'http://reg.test/u' });
    expect(uploadLocation(down, from, ['http://reg.test'])).toBe('http://reg.test/u');
    const elsewhere = status(202, { location: 'http://cdn.test:8080/u' });
    expect(uploadLocation(elsewhere, from, ['http://cdn.test:8080'])).toBe('http://cdn.test:8080/u');
    for (const trusted of ['any', [], ['https://reg.test'], ['http://reg.test:8080'], ['http://cdn.test']] as const) {
      expect(() => uploadLocation(down, from, trusted)).toThrow(/Location downgrades from https to http$/);
    }
  });

  test.for([
    'https://169.254.169.254/latest',
    'https://10.0.0.1:6443/u',
    'https://localhost:8443/u',
    'https://[::1]/u',
  ])('refused: %s for a public registry, unless it is listed', (location) => {
    const answer = status(202, { location });
    for (const trusted of ['any', undefined, [], ['https://cdn.test']] as const) {
      expect(() => uploadLocation(answer, from, trusted)).toThrow(/private network|another origin/);
    }
    expect(uploadLocation(answer, from, [new URL(location).origin])).toBe(location);
    // A registry that is itself there may send content to its neighbours.
    expect(uploadLocation(answer, 'https://10.0.0.2/v2/a/blobs/uploads/')).toBe(location);
  });

  test.for(['https://user:hunter2@cdn.test/u', 'https://user@cdn.test/u', 'https://cdn.test/u#x', 'ftp://cdn.test/u'])(
    'refused, listed or not: %s',
    (location) => {
      const answer = status(202, { location });
      for (const trusted of ['any', ['https://cdn.test', 'ftp://cdn.test', 'null', location]] as const) {
        expect(() => uploadLocation(answer, from, trusted)).toThrow(RegistryError);
      }
    },
  );

  test('an address with credentials is one that no fetch takes', () => {
    expect(() => new Request('https://user:hunter2@cdn.test/u')).toThrow(TypeError);
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
    ['in single quotes', `<${next}>; rel='next'`],
    ['in single quotes, with more relations', `<${next}>; rel='last next'`],
    ['with spaces around the equals sign', `<${next}>; rel = "next"`],
    ['after a quoted title with quotes', `<${next}>; title="\\", <x>; \\""; rel="next"`],
    ['after a name without a value, and a semicolon too many', `<${next}>; crossorigin;; rel="next";`],
    ['with commas too many', `, ,<${next}>; rel="next",`],
    ['after what cannot be read', `/v2/first; rel="first", <${next}>; rel="next"`],
    ['after 20,000 characters of other links', `${'</docs>; rel="help", '.repeat(1000)}<${next}>; rel="next"`],
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
    ['a help page', '</docs/next>; rel="help"'],
    ['an empty header', ''],
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
    ['a relation that was cut off', `<${next}>; rel="ne`],
    ['something else that cannot be read', '</style.css; rel=preload'],
    ['no brackets', `${next}; rel="next"`],
    ['half a bracket', `<${next}; rel="next"`],
    ['the other half', `${next}>; rel="next"`],
    ['no address at all', 'rel="next"'],
    ['an address that is missing', '; rel="next"'],
    ['no end of the quotes', `<${next}>; rel="next`],
    ['no end of the single quotes', `<${next}>; rel='next`],
    ['quotes of a text editor', `<${next}>; rel=\u0093next\u0094`],
    ['several relations without quotes', `<${next}>; rel=next archive`],
    ['several relations without quotes, the other one first', `<${next}>; rel=archive next`],
    ['no semicolon', `<${next}> rel="next"`],
    ['something after the quotes', `<${next}>; rel="next"x`],
    ['no end of the quotes after another link', `</docs>; rel="help", <${next}>; rel="next`],
    ['an address of more than 8 KiB', `<${next}${'x'.repeat(8192)}>; rel="next"`],
  ])('refused: %s', ([, link]) => {
    expect(() => follow(link!)).toThrow(RegistryError);
    expect(() => follow(link!)).toThrow(/^(?!.*hunter2)/);
  });

  test('a relative one is that of the answer, and judged by who was asked', () => {
    const redirected = (url: string): Response =>
      Object.defineProperty(status(200, { link: '<?last=a>; rel="next"' }), 'url', { value: url });
    const asked = 'https://reg.test/v2/org/hello/tags/list';
    expect(nextLink(redirected('https://reg.test/moved'), asked)).toBe('https://reg.test/moved?last=a');
    expect(() => nextLink(redirected('https://cdn.test/moved'), asked)).toThrow(RegistryError);
    expect(nextLink(redirected('https://cdn.test/moved'), asked, ['https://cdn.test'])).toBe(
      'https://cdn.test/moved?last=a',
    );
  });

  test('a listed origin may be a step down to http, and no other may', () => {
    const down = status(200, { link: '<http://reg.test/2>; rel="next"' });
    expect(nextLink(down, from, ['http://reg.test'])).toBe('http://reg.test/2');
    for (const trusted of [[], ['https://reg.test'], ['http://reg.test:8080']]) {
      expect(() => nextLink(down, from, trusted)).toThrow(/is on another origin$/);
    }
    const named = status(200, { link: '<http://user:hunter2@reg.test/2>; rel="next"' });
    expect(() => nextLink(named, from, ['http://reg.test'])).toThrow(RegistryError);
  });

  test.for([
    ['brackets', '<'.repeat(1e6)],
    ['quotes', `<x>${'"'.repeat(1e6)}`],
    ['relations', `<x>${';rel="   '.repeat(1e5)}`],
    ['spaces', `<x>;rel="${' '.repeat(1e6)}`],
    ['spaces after an address', `<x>${' '.repeat(1e6)}next`],
    ['parameters', `<x>${";a='b;c=d;'".repeat(1e5)} next`],
    ['links', `<x>;a="b,${'<x>;a="b,'.repeat(1e5)}`],
    ['escapes', `<x>;rel="${'\\"'.repeat(5e5)} next`],
  ])('ends with a hostile header: %s', { timeout: 5000 }, ([, link]) => {
    try {
      follow(link!);
    } catch (error) {
      expect(error).toBeInstanceOf(RegistryError);
    }
  });
});
