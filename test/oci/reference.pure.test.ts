import { describe, expect, test } from 'vitest';
import { InvalidReferenceError } from '../../src/errors.ts';
import { checkRepository, checkTag, isTag, Reference } from '../../src/oci/reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const other = `sha512:${'b2'.repeat(64)}`;

describe('reference: parsing', () => {
  const hosts = ['localhost', 'registry.example.com', 'localhost:5000', '127.0.0.1:5000', '[::1]:5000', 'REG.Example'];

  describe.for(hosts)('%s', (host) => {
    test.for([
      ['', undefined, undefined],
      [':v1', 'v1', undefined],
      [`@${digest}`, undefined, digest],
      [`:v2@${digest}`, 'v2', digest],
      [`:@${digest}`, undefined, digest],
      [`@${other}`, undefined, other],
    ])('hello-world%s', ([rest, tag, expected]) => {
      const reference = Reference.parse(`${host}/hello-world${rest}`);
      expect({ ...reference }).toEqual({ host: host.toLowerCase(), repository: 'hello-world', tag, digest: expected });
      expect(reference.tagOrDigest).toBe(expected ?? tag);
    });
  });

  test.for(['oci://', 'http://', 'https://'])('a leading %s is ignored', (scheme) => {
    expect(String(Reference.parse(`${scheme}ghcr.io/org/hello:v1`))).toBe('ghcr.io/org/hello:v1');
  });

  test.for(['ghcr.io/a', 'ghcr.io/a/b-c/d__e:v1', `[::1]:5000/a@${digest}`, `localhost/a.b:v1@${digest}`])(
    'toString gives what was parsed: %s',
    (text) => {
      expect(String(Reference.parse(text))).toBe(text);
    },
  );

  test.for([
    ['no repository', 'localhost'],
    ['nothing', ''],
    ['no registry', 'hello-world:linux'],
    ['an empty registry', '/hello-world:linux'],
    ['an empty repository', 'localhost/'],
    ['an empty part', 'localhost/a//b'],
    ['a slash at the end', 'localhost/a/'],
    ['capitals in the repository', 'localhost/UPPERCASE/test'],
    ['a tag at the host', 'localhost:v1/hello-world'],
    ['a digest one digit short', `localhost/hello-world@${digest.slice(0, -1)}`],
    ['a digest as tag', `localhost/hello-world:${digest}`],
    ['a digest after a tag and a colon', `localhost/hello-world:foobar:${digest}`],
    ['two at signs', `localhost/hello-world@@${digest}`],
    ['a space before the digest', `localhost/hello-world @${digest}`],
    ['an empty tag', 'localhost:5000/hello:'],
    ['an empty digest', 'localhost:5000/hello@'],
    ['a tag with a character too many', `localhost/hello:${'a'.repeat(129)}`],
    ['a tag with an exclamation mark', 'localhost/hello:INVALID_TAG!'],
    ['a port too high', 'localhost:65536/hello'],
    ['an unfinished IPv6 address', '[::1/hello'],
    ['no IPv6 address in the brackets', '[:::]/hello'],
    ['no IPv4 address', '1.2.3.256/hello'],
    ['an underscore in the host', 'my_registry/hello'],
    ['a user at the host', 'user:password@localhost/hello'],
    ['another scheme', 'ftp://localhost/hello'],
    ['a scheme in capitals', 'HTTPS://localhost/hello'],
    ['a query', 'localhost/hello?x=y'],
    ['a fragment', 'localhost/hello#x'],
    ['a line end', 'localhost/hello:v1\n'],
    ['a backslash', 'localhost/a\\b'],
    ['a percent sign', 'localhost/a%2fb'],
    ['a zero-width space', 'localhost/a\u200bb'],
    ['a way up', 'localhost/a/../b'],
    ['a host and a repository with 256 characters', `localhost/${'a'.repeat(246)}`],
  ])('refused: %s', ([, text]) => {
    expect(() => Reference.parse(text!)).toThrow(InvalidReferenceError);
  });

  test('a host and a repository with 255 characters are taken', () => {
    expect(Reference.parse(`localhost/${'a'.repeat(245)}`).repository).toHaveLength(245);
  });

  test('the message names the part that is wrong, and what was expected', () => {
    expect(() => Reference.parse('localhost/A:v1')).toThrow(/^Invalid repository "A": expected lower-case letters/);
    expect(() => Reference.parse('localhost/a:!')).toThrow(/^Invalid tag "!": expected up to 128/);
    expect(() => Reference.parse('alpine')).toThrow(/as in ghcr\.io\/org\/hello:v1$/);
  });

  test('the message does not repeat a password', () => {
    for (const text of ['https://user:hunter2@ghcr.io/org/hello', 'user:hunter2@ghcr.io/org/hello']) {
      expect(() => Reference.parse(text)).toThrow(/^(?!.*hunter2)/s);
    }
  });
});

describe('reference: Docker Hub', () => {
  test('its API is on another host', () => {
    const reference = Reference.parse('docker.io/library/alpine:3');
    expect([reference.host, reference.apiHost]).toEqual(['docker.io', 'registry-1.docker.io']);
    expect(Reference.parse('ghcr.io/org/hello').apiHost).toBe('ghcr.io');
  });

  test('its other name becomes the usual one', () => {
    expect(String(Reference.parse('index.docker.io/library/alpine:3'))).toBe('docker.io/library/alpine:3');
  });

  test.for([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3', 'docker.io/library/alpine:3'],
    ['org/hello', 'docker.io/org/hello:latest'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['localhost/hello', 'localhost/hello'],
    ['ghcr.io/org/hello', 'ghcr.io/org/hello'],
    ['registry:5000/hello', 'registry:5000/hello'],
    ['Registry/hello', 'registry/hello'],
  ])('as default host: %s', ([text, expected]) => {
    expect(String(Reference.parse(text!, { defaultHost: 'docker.io' }))).toBe(expected);
  });

  test('another default host adds nothing', () => {
    expect(String(Reference.parse('org/hello:v1', { defaultHost: 'localhost:5000' }))).toBe(
      'localhost:5000/org/hello:v1',
    );
    expect(Reference.parse('hello', { defaultHost: 'localhost:5000' }).tagOrDigest).toBeUndefined();
  });
});

describe('reference: in its repository', () => {
  const repository = Reference.parse('registry.example.com/hello-world:old');

  test.for([
    ['foobar', 'registry.example.com/hello-world:foobar'],
    [digest, `registry.example.com/hello-world@${digest}`],
    [undefined, 'registry.example.com/hello-world'],
  ])('with %s', ([reference, expected]) => {
    expect(String(repository.with(reference))).toBe(expected);
  });

  test.for(['', 'a/b', `foobar@${digest}`, '@x', `${digest}0`, 'sha256:..'])('with refuses %j', (reference) => {
    expect(() => repository.with(reference)).toThrow(InvalidReferenceError);
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(repository)).toBe(true);
  });
});

describe('reference: tags and repositories', () => {
  test.for(['v1', '_', 'A.b-C_d', '1', 'constructor', '__proto__', 'a'.repeat(128)])('a tag: %s', (tag) => {
    expect(isTag(tag)).toBe(true);
    expect(() => checkTag(tag)).not.toThrow();
  });

  test.for(['', '.x', '-x', 'a/b', 'a:b', 'a'.repeat(129), '..', 'v1\n', 'ä', '<script>', '\u001b[2J'])(
    'no tag: %j',
    (tag) => {
      expect(isTag(tag)).toBe(false);
      expect(() => checkTag(tag)).toThrow(InvalidReferenceError);
    },
  );

  test.for(['a', '0', 'a/b/c', 'a.b', 'a_b', 'a__b', 'a-b', 'a---b', 'library/alpine'])('a repository: %s', (name) => {
    expect(() => checkRepository(name)).not.toThrow();
  });

  test.for([
    '',
    '../x',
    'a//b',
    'a/../b',
    'A/b',
    'a%2fb',
    'a?x',
    'a#x',
    'a\\b',
    'a/_catalog\n',
    'a\u200bb',
    'a..b',
    'a___b',
    '-a',
    'a-',
    'a._b',
    '/a',
    'a/',
  ])('no repository: %j', (name) => {
    expect(() => checkRepository(name)).toThrow(InvalidReferenceError);
  });

  test.for([
    ['many letters', `${'a'.repeat(30)}!`],
    ['many separators', `${'a-'.repeat(1e5)}!`],
    ['very many letters', 'a'.repeat(1e6)],
    ['as many separators as fit', `${'a-'.repeat(126)}!`],
    ['as many letters as fit', `${'a'.repeat(254)}!`],
    ['as many slashes as fit', `${'a/'.repeat(126)}!`],
  ])('no repository, and not in exponential time: %s', { timeout: 5000 }, ([, name]) => {
    expect(() => checkRepository(name!)).toThrow(InvalidReferenceError);
    expect(() => Reference.parse(`localhost/${name}`)).toThrow(InvalidReferenceError);
  });
});
