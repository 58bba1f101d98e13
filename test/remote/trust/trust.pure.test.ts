import { describe, expect, test } from 'vitest';
import { Registry } from '../../../src/index.ts';
import { normalizeTrust, realmProblem } from '../../../src/remote/trust/trust.ts';

const registry = 'https://reg.test';

describe('realmProblem', () => {
  test.for<[string, string, boolean]>([
    ['https://reg.test/token', registry, true],
    ['https://reg.test:8443/token', registry, true],
    ['HTTPS://REG.TEST/token', registry, true],
    ['https://auth.example/token', registry, false],
    ['http://reg.test/token', 'http://reg.test', true],
    ['https://reg.test/token', 'http://reg.test', true],
    ['http://auth.example/token', 'http://reg.test', false],
    ['http://127.0.0.1:9090/token', 'http://127.0.0.1:5000', true],
    ['http://localhost:9090/token', 'http://127.0.0.1:5000', false],
    ['https://10.0.0.2/token', 'https://10.0.0.1', false],
  ])('none with %s for %s (credentials: %s)', ([realm, origin, hasCredential]) => {
    expect(realmProblem(realm, origin, [], hasCredential)).toBeUndefined();
  });

  const privateRealms = [
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://127.0.0.1/',
    'https://10.0.0.1/',
    'https://0.0.0.0/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://127.1/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://metadata.google.internal/',
  ];

  test.for<[string, RegExp]>([
    ['http://reg.test/token', /^its realm on reg\.test is not https$/],
    ['http://169.254.169.254/latest/meta-data/', /^its realm on 169\.254\.169\.254 is not https$/],
    ...privateRealms.map((realm): [string, RegExp] => [realm, /^\S+ is in a private network$/]),
    ['file:///etc/passwd', /not an http or https URL/],
    ['javascript:alert(1)', /not an http or https URL/],
    ['data:application/json,{"token":"x"}', /not an http or https URL/],
    ['ftp://reg.test/token', /not an http or https URL/],
    ['', /not an http or https URL/],
    ['//evil', /not an http or https URL/],
    ['/token', /not an http or https URL/],
    [' https://reg.test/token', /not an http or https URL/],
    ['https:reg.test/token', /not an http or https URL/],
    ['https://user:pw@auth.test/token', /^its realm has credentials in it$/],
    ['https://reg.test@attacker.example/token', /^its realm has credentials in it$/],
  ])('%s, asked for by https://reg.test, with and without credentials', ([realm, problem]) => {
    expect(realmProblem(realm, registry, [], true)).toMatch(problem);
    expect(realmProblem(realm, registry, [], false)).toMatch(problem);
  });

  test.for(['http://10.0.0.5/token', 'http://0.0.0.0/token', 'http://127.0.0.1:9090/', 'http://[::1]:9090/'])(
    'a public registry on http leads nobody to %s',
    (realm) => {
      expect(realmProblem(realm, 'http://reg.test', [], false)).toMatch(/private network/);
    },
  );

  test.for([
    'https://attacker.example/token',
    'https://reg.test.evil.net/token',
    'https://evilreg.test/token',
    'https://sub.reg.test/token',
    'https://reg.test./token',
  ])('credentials are not for %s; who has none may ask there', (realm) => {
    const { host } = new URL(realm);
    expect(realmProblem(realm, registry, [], true)).toBe(
      `${host} is another host, and would get the credentials of reg.test`,
    );
    expect(realmProblem(realm, registry, [], false)).toBeUndefined();
  });

  test('a listed origin is asked, on http or in a private network too, and no other', () => {
    const listed = ['https://auth.example', 'http://10.0.0.5:8080'];
    for (const realm of ['https://auth.example/token', 'http://10.0.0.5:8080/token']) {
      expect(realmProblem(realm, registry, listed, true)).toBeUndefined();
    }
    for (const realm of [
      'http://auth.example/',
      'https://auth.example:444/',
      'http://10.0.0.5/',
      'https://10.0.0.5/',
    ]) {
      expect(realmProblem(realm, registry, listed, true), realm).toBeDefined();
    }
    expect(realmProblem('https://u:p@auth.example/token', registry, listed, true)).toBeDefined();
    expect(realmProblem('file:///token', registry, ['null'], true)).toBeDefined();
  });
});

describe('trust: origins', () => {
  const all = (origin: string): { realms: string[]; uploads: string[]; pages: string[] } => ({
    realms: [origin],
    uploads: [origin],
    pages: [origin],
  });

  test.for([
    ['HTTPS://Auth.Example.com', 'https://auth.example.com'],
    ['https://auth.example.com/', 'https://auth.example.com'],
    ['https://auth.example.com:443/token?x', 'https://auth.example.com'],
    ['http://[0:0::1]:5000', 'http://[::1]:5000'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('%s is %s', ([given, origin]) => {
    expect(normalizeTrust(all(given!))).toEqual(all(origin!));
  });

  test('any, and what was not said, stay as they are', () => {
    expect(normalizeTrust({ uploads: 'any' })).toEqual({ uploads: 'any' });
    expect(normalizeTrust({})).toEqual({});
  });

  test.for([
    '',
    'auth.example.com',
    'localhost:5000',
    '*',
    'https://',
    'ftp://auth.example.com',
    'u:hunter2@auth.test',
  ])('refused when the client is made: %j', (origin) => {
    for (const name of ['realms', 'uploads', 'pages']) {
      const make = (): Registry => new Registry({ trust: { [name]: [origin] } });
      expect(make).toThrow(new TypeError('A trusted origin must be written as in https://auth.example.com'));
    }
  });
});
