import { describe, expect, test } from 'vitest';
import { Reference } from '../../../src/oci/reference.ts';
import type { Connection } from '../../../src/remote/connection/connection.ts';
import { RegistryClients } from '../../../src/remote/connection/registry-clients.ts';
import { rulesFor } from '../../../src/remote/trust/hosts.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { fakeRegistry, json, type SentRequest, status } from '../../support/fake-fetch.ts';

describe('rulesFor', () => {
  test.for([
    ['docker.io', 'https://auth.docker.io'],
    ['registry.gitlab.com', 'https://gitlab.com'],
  ] as const)('%s is known to have its tokens from %s', ([host, realm]) => {
    expect(rulesFor(host).realms).toEqual([realm]);
    expect(rulesFor(host).challenge).toContain(`realm="${realm}/`);
  });

  test.for(['reg.test', 'docker.io.evil.net', 'evildocker.io', 'constructor', '__proto__', '*.amazonaws.com.evil'])(
    'nothing is known of %s',
    (host) => {
      expect(rulesFor(host)).toEqual({});
    },
  );

  test('the largest chunk is known where a registry takes none that is larger, and may be given', () => {
    expect(rulesFor('ghcr.io').maxChunkSize).toBe(4 * 1024 * 1024);
    expect(rulesFor('reg.test', { 'reg.test': { maxChunkSize: 7 } }).maxChunkSize).toBe(7);
    const connectionOf = (name: string): Connection =>
      new RegistryClients({}, () => undefined).to(Reference.parse(`${name}/org/hello`));
    expect(connectionOf('ghcr.io').maxChunkSize).toBe(4 * 1024 * 1024);
    expect(connectionOf('reg.test').maxChunkSize).toBeUndefined();
  });

  test('the own rules go before the known ones, field by field', () => {
    const rules = rulesFor('docker.io', { 'docker.io': { realms: ['https://mine.test'] } });
    expect(rules.realms).toEqual(['https://mine.test']);
    expect(rules.challenge).toBe(rulesFor('docker.io').challenge);
  });

  test.for([
    ['a.reg.test', 1],
    ['b.a.reg.test', 1],
    ['exact.reg.test', 2],
    ['reg.test', undefined],
    ['areg.test', undefined],
    ['reg.test.evil.net', undefined],
  ] as const)('a pattern stands for all hosts below, an own entry goes before it: %s', ([host, size]) => {
    const own = { '*.reg.test': { maxPageSize: 1 }, 'exact.reg.test': { maxPageSize: 2 } };
    expect(rulesFor(host, own).maxPageSize).toBe(size);
  });
});

describe('hosts: challenges', () => {
  const credentials = { username: 'alice', password: 'hunter2' };
  const basic = `Basic ${btoa('alice:hunter2')}`;
  const authorizations = (requests: SentRequest[]): (string | null)[] =>
    requests.map(({ headers }) => headers.get('authorization'));

  test('one that cannot be read is taken from the rules', async () => {
    const { registry, requests } = fakeRegistry(
      ({ headers }) => (headers.has('authorization') ? json({ tags: ['a'] }) : status(401)),
      { credentials, hosts: { 'reg.test': { challenge: 'Basic realm="known"' } } },
    );
    expect(await itemsOf(registry.tags('reg.test/org/hello'))).toEqual(['a']);
    expect(authorizations(requests)).toEqual([null, basic]);
  });

  test('Docker Hub is known to want a token', async () => {
    const { registry, sent } = fakeRegistry(({ url, headers }) => {
      if (url.startsWith('https://auth.docker.io/token')) return json({ token: 'SECRET' });
      return headers.get('authorization') === 'Bearer SECRET' ? json({ tags: ['a'] }) : status(401);
    });
    expect(await itemsOf(registry.tags('docker.io/library/alpine'))).toEqual(['a']);
    expect(sent()[1]).toBe(
      'GET https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Alibrary%2Falpine%3Apull',
    );
  });

  test('one that can be read goes before the rules', async () => {
    const { registry, requests } = fakeRegistry(
      ({ headers }) =>
        headers.has('authorization') ? json({ tags: [] }) : status(401, { 'www-authenticate': 'Basic realm="x"' }),
      { credentials, hosts: { 'reg.test': { challenge: 'Bearer realm="https://reg.test/token"' } } },
    );
    await itemsOf(registry.tags('reg.test/org/hello'));
    expect(authorizations(requests)).toEqual([null, basic]);
  });

  test.for([
    ['a wrong password', credentials],
    ['none', undefined],
  ] as const)('with %s it is a plain refusal, also in a page', async ([, given]) => {
    const { registry } = fakeRegistry(() => status(401), {
      credentials: given,
      hosts: { 'reg.test': { challenge: 'Basic realm="known"' } },
    });
    expect(await rejection(itemsOf(registry.tags('reg.test/org/hello')))).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'Cannot list the tags of reg.test/org/hello: credentials are needed, or were refused (401)',
    });
  });
});

describe('hosts: the names of Docker Hub', () => {
  const credentials = (host: string): { username: string; password: string } | undefined =>
    host === 'docker.io' ? { username: 'alice', password: 'hunter2' } : undefined;

  test.for(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'Registry-1.Docker.IO'])(
    '%s gets its credentials and its rules',
    async (host) => {
      const { registry, requests } = fakeRegistry(
        ({ url, headers }) => {
          if (url.startsWith('https://auth.docker.io/token')) return json({ token: 'SECRET' });
          return headers.has('authorization') ? json({ tags: ['a'] }) : status(401);
        },
        { credentials },
      );
      expect(String(registry.reference(`${host}/org/hello:v1`))).toBe('docker.io/org/hello:v1');
      expect(await itemsOf(registry.tags(`${host}/org/hello`))).toEqual(['a']);
      expect(requests.map(({ url }) => new URL(url).host)).toEqual([
        'registry-1.docker.io',
        'auth.docker.io',
        'registry-1.docker.io',
      ]);
      expect(requests[1]!.headers.get('authorization')).toBe(`Basic ${btoa('alice:hunter2')}`);
    },
  );
});

describe('hosts: mirrors', () => {
  const user = { username: 'alice', password: 'hunter2' };
  const challenges = [
    'Basic realm="Docker Hub"',
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
  ];

  test('a reference is asked for at the host it names, and nowhere else', async () => {
    const { registry, requests } = fakeRegistry(() => status(503), { retry: { limit: 1, delay: () => 0 } });
    await rejection(registry.inspect('docker.io/library/alpine:3'));
    expect(new Set(requests.map(({ url }) => new URL(url).host))).toEqual(new Set(['registry-1.docker.io']));
  });

  test.for([
    ['a function', { credentials: (host: string) => (host === 'docker.io' ? user : undefined) }],
    ['one for a host', { host: 'docker.io', credentials: user }],
  ] as const)(
    'what mirrors another registry gets nothing of its credentials, whatever it asks for (%s)',
    async ([, own]) => {
      for (const challenge of challenges) {
        const { registry, requests } = fakeRegistry(
          ({ url }) =>
            url.includes('/token') ? json({ token: 'anonymous' }) : status(401, { 'www-authenticate': challenge }),
          own,
        );
        expect(await rejection(registry.inspect('mirror.test/library/alpine:3'))).toMatchObject({
          code: 'UNAUTHORIZED',
        });
        const sent = requests.map(({ headers }) => headers.get('authorization'));
        expect(sent.filter((authorization) => authorization !== null && authorization !== 'Bearer anonymous')).toEqual(
          [],
        );
      }
    },
  );
});

describe('hosts: pages', () => {
  const ecr = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

  test.for([
    [ecr, 5000, '?n=1000'],
    [ecr, 1000, '?n=1000'],
    [ecr, 10, '?n=10'],
    [ecr, undefined, ''],
    ['reg.test', 5000, '?n=5000'],
    ['small.test', 5000, '?n=7'],
  ] as const)('%s, asked for pages of %s, is sent %j', async ([host, pageSize, query]) => {
    const { registry, requests } = fakeRegistry(() => json({ tags: ['a'] }), {
      hosts: { 'small.test': { maxPageSize: 7 } },
    });
    expect(await itemsOf(registry.tags(`${host}/org/hello`, pageSize ? { pageSize } : {}))).toEqual(['a']);
    expect(requests[0]!.url).toBe(`https://${host}/v2/org/hello/tags/list${query}`);
  });
});
