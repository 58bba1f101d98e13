import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import {
  type Answers,
  broken,
  fakeRegistry,
  json,
  refusal,
  type SentRequest,
  status,
} from '../../support/fake-fetch.ts';

const alice = { username: 'alice', password: 'hunter2' };
const basic = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`;
const letsIn =
  (...accepted: string[]): Answers =>
  ({ headers }: SentRequest) =>
    accepted.includes(headers.get('authorization') ?? '-')
      ? status(200)
      : status(401, { 'www-authenticate': 'Basic realm="x"' });

describe('ping', () => {
  test.for([200, 404])('%i is a registry', async (code) => {
    const { registry, sent } = fakeRegistry(() => status(code));
    await registry.ping('reg.test');
    expect(sent()).toEqual(['GET /v2/']);
  });

  test.for<[number, string]>([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [301, 'REGISTRY'],
    [503, 'REGISTRY'],
  ])('%i is %s', async ([code, expected]) => {
    const { registry } = fakeRegistry(() => refusal(code, 'X', 'no'));
    expect(await rejection(registry.ping('reg.test'))).toMatchObject({
      code: expected,
      message: `Cannot use reg.test: no (${code})`,
    });
  });

  test('no answer is a network error', async () => {
    const { registry } = fakeRegistry(broken);
    expect(await rejection(registry.ping('reg.test'))).toMatchObject({ code: 'NETWORK', url: 'https://reg.test/v2/' });
  });

  test('an abort rejects with its reason', async () => {
    const { registry, requests } = fakeRegistry(() => status(200));
    const reason = new Error('enough');
    expect(await rejection(registry.ping('reg.test', undefined, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(requests).toEqual([]);
  });

  test('with a credential it is that one that is tried, whatever was used before', async () => {
    const { registry, requests } = fakeRegistry(letsIn(basic('alice', 'hunter2')), { credentials: alice });
    await registry.ping('reg.test');
    expect(await rejection(registry.ping('reg.test', { username: 'bob', password: 'wrong' }))).toMatchObject({
      code: 'UNAUTHORIZED',
    });
    await registry.ping('reg.test');
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual([
      null,
      basic('alice', 'hunter2'),
      null,
      basic('bob', 'wrong'),
      basic('alice', 'hunter2'),
    ]);
  });

  test.for([
    [{ username: 'alice', password: 'hunter2' }, basic('alice', 'hunter2')],
    [{ token: 'SECRET' }, 'Bearer SECRET'],
  ])('a registry that lets everybody in gets the credential all the same: %j', async ([credential, authorization]) => {
    const { registry, requests } = fakeRegistry(({ headers }) => status(headers.has('authorization') ? 204 : 200));
    await registry.ping('reg.test', credential as typeof alice);
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual([null, authorization]);
  });

  test('a registry that lets everybody in may refuse the credential', async () => {
    const { registry } = fakeRegistry(({ headers }) =>
      headers.has('authorization') ? refusal(401, 'X', 'who?') : status(200),
    );
    expect(await rejection(registry.ping('reg.test', alice))).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  test('a credential that is asked for is sent once', async () => {
    const { registry, requests } = fakeRegistry(letsIn(basic('alice', 'hunter2')));
    await registry.ping('reg.test', alice);
    expect(requests).toHaveLength(2);
  });

  test('404 says nothing of a credential', async () => {
    const { registry, requests } = fakeRegistry(() => status(404));
    expect(await rejection(registry.ping('reg.test', alice))).toMatchObject({
      code: 'REGISTRY',
      status: 404,
      message: 'Cannot find out whether reg.test takes these credentials: not found (404)',
    });
    expect(requests.every(({ headers }) => !headers.has('authorization'))).toBe(true);
  });

  test('docker.io is asked where its API is', async () => {
    const { registry, sent } = fakeRegistry(() => status(200));
    await registry.ping('docker.io');
    await registry.ping('localhost:5000');
    expect(sent()).toEqual(['GET https://registry-1.docker.io/v2/', 'GET http://localhost:5000/v2/']);
  });

  test('a host that is none is refused before', async () => {
    const { registry, requests } = fakeRegistry(() => status(200));
    expect(await rejection(registry.ping('reg.test/path'))).toMatchObject({ code: 'INVALID_REFERENCE' });
    expect(await rejection(registry.ping('alice:hunter2@reg.test'))).toMatchObject({ code: 'INVALID_REFERENCE' });
    expect(requests).toEqual([]);
  });
});

describe('setBasicAuth and setTokenAuth', () => {
  const asked = (requests: SentRequest[]): (string | null)[] =>
    requests.map(({ headers }) => headers.get('authorization'));

  test('are used from then on, also by repositories that are there already', async () => {
    const { registry, requests } = fakeRegistry((request) =>
      request.headers.has('authorization')
        ? json({ tags: [] })
        : status(401, { 'www-authenticate': 'Basic realm="x"' }),
    );
    const repository = registry.repository('reg.test/org/hello');
    const list = async (): Promise<void> => {
      for await (const _ of repository.tags()) expect.unreachable();
    };
    expect(await rejection(list())).toMatchObject({ code: 'UNAUTHORIZED' });
    registry.setBasicAuth('alice', 'hunter2');
    await list();
    registry.setTokenAuth('SECRET');
    await list();
    await registry.ping('reg.test').catch(() => {});
    expect(asked(requests)).toEqual([null, basic('alice', 'hunter2'), 'Bearer SECRET', null, 'Bearer SECRET']);
  });

  test('take the place of what the constructor got', async () => {
    const { registry, requests } = fakeRegistry(letsIn(basic('bob', 'pw'), 'Bearer SECRET'), { credentials: alice });
    registry.setBasicAuth('bob', 'pw');
    await registry.ping('reg.test');
    registry.setTokenAuth('SECRET');
    await registry.ping('reg.test');
    expect(asked(requests)).toEqual([null, basic('bob', 'pw'), null, 'Bearer SECRET']);
  });
});

describe('credentials by host', () => {
  test('one that is given with a host is for that host only, also when it is set later', async () => {
    const { registry, requests } = fakeRegistry(letsIn('nobody'), { host: 'reg.test', credentials: alice });
    for (const host of ['reg.test.evil.net', 'reg.test:5000', 'reg.test']) await rejection(registry.ping(host));
    registry.setBasicAuth('bob', 'pw');
    for (const host of ['reg.test.evil.net', 'reg.test']) await rejection(registry.ping(host));
    const sent = requests.map(({ url, headers }) => [new URL(url).host, headers.get('authorization')]);
    expect(sent.filter(([, authorization]) => authorization !== null)).toEqual([
      ['reg.test', basic('alice', 'hunter2')],
      ['reg.test', basic('bob', 'pw')],
    ]);
  });

  test.for(['reg.test.evil.net', 'evilreg.test', 'test', 'reg.test:5000'])(
    'those of reg.test are not for %s',
    async (host) => {
      const asked: string[] = [];
      const { registry, requests } = fakeRegistry(letsIn('nobody'), {
        credentials: (name) => {
          asked.push(name);
          return name === 'reg.test' ? alice : undefined;
        },
      });
      expect(await rejection(registry.ping(host))).toMatchObject({ code: 'UNAUTHORIZED' });
      expect(asked).toEqual([host]);
      expect(requests.every(({ headers }) => !headers.has('authorization'))).toBe(true);
    },
  );
});

describe('ping: what is no registry', () => {
  const page = (headers: Record<string, string> = {}, text = '<!doctype html><title>Sign in</title>'): Response =>
    new Response(text, { headers: { 'content-type': 'text/html; charset=utf-8', ...headers } });
  const api = { 'docker-distribution-api-version': 'registry/2.0' };

  /** An answer that a redirect led to. */
  const from = (url: string, response: Response): Response =>
    Object.defineProperties(response, { url: { value: url }, redirected: { value: true } });

  test.for<[string, () => Response]>([
    ['a web page', () => page()],
    ['a web page after white space', () => page({}, '\ufeff \r\n\t<html>')],
    ['a web page that is called JSON', () => page({ 'content-type': 'application/json' })],
    ['a long web page', () => page({}, `<html>${' '.repeat(100_000)}`)],
    ['a login page of the same host', () => from('https://reg.test/login', page())],
    ['JSON of another origin', () => from('https://login.test/v2/', json({}, { headers: api }))],
    ['a web page of another origin', () => from('https://login.test/', page())],
  ])('%s: an error, and it gets no credential', async ([, answer]) => {
    const { registry, requests } = fakeRegistry(() => answer());
    for (const credential of [undefined, alice]) {
      const error = await rejection(registry.ping('reg.test', credential));
      expect(error).toMatchObject({ code: 'NOT_A_REGISTRY', status: 200, url: 'https://reg.test/v2/' });
      expect(String(error)).toMatch(/not as a registry|not answer as a registry/);
    }
    expect(requests.map(({ headers }) => headers.has('authorization'))).toEqual([false, false]);
  });

  test.for<[string, () => Response]>([
    ['true, called text/html, as Quay', () => page({}, 'true')],
    ['a page with the header of registries', () => page(api)],
    ['nothing', () => status(200)],
    ['an empty object', () => json({})],
  ])('%s: a registry', async ([, answer]) => {
    const { registry, requests } = fakeRegistry(() => answer());
    await registry.ping('reg.test', alice);
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual([null, basic('alice', 'hunter2')]);
  });

  test('a body that breaks: a network error', async () => {
    const broken = (): Response =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) }));
    const { registry } = fakeRegistry(broken, { retry: { limit: 0 } });
    expect(await rejection(registry.ping('reg.test', alice))).toMatchObject({ code: 'NETWORK' });
  });

  test('a page behind a password: an error', async () => {
    const { registry } = fakeRegistry(({ headers }) =>
      headers.has('authorization') ? page() : status(401, { 'www-authenticate': 'Basic realm="x"' }),
    );
    expect(await rejection(registry.ping('reg.test', alice))).toMatchObject({ code: 'NOT_A_REGISTRY' });
  });
});
