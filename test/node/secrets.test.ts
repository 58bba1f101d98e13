import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Credential, isOrasError, Registry, type RegistryOptions, type Repository } from '../../src/index.ts';
import { descriptorOf, itemsOf, rejection } from '../support/content.ts';
import { type Answers, broken, fakeRegistry, json, refusal, type SentRequest, status } from '../support/fake-fetch.ts';

const user: Credential = { username: 'alice', password: 'hunter2' };
/** The password, every token and secret parameter, the password in Basic, and in base64 without its padding. */
const secrets = /hunter2|SECRET|YWxpY2U6aHVudGVyMg|aHVudGVyMg/;
const challenge = { 'www-authenticate': 'Bearer realm="https://reg.test/token?key=SECRET",service="x"' };

/** Every way an error, an event or a client is usually written into a log, its causes too. */
function logged(value: unknown): string {
  const text = [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: 10 }),
    inspect(value, { depth: 10, showHidden: true, getters: true }),
  ];
  for (let link = value; link instanceof Error; link = link.cause) {
    text.push(
      link.name,
      link.message,
      String(link),
      link.stack ?? '',
      JSON.stringify(link),
      JSON.stringify({ ...link }),
    );
  }
  return text.join('\n');
}

/** Lets requests in with a token, and answers them like this. */
function behindToken(answer: (request: SentRequest) => Response): Answers {
  return (request) => {
    if (request.url.includes('/token')) return json({ token: 'SECRET' });
    if (request.headers.get('authorization') !== 'Bearer SECRET') return status(401, challenge);
    return answer(request);
  };
}

/** Answers requests for tokens like this. */
function tokens(answer: (request: SentRequest) => Response): Answers {
  return (request) => (request.url.includes('/token') ? answer(request) : status(401, challenge));
}

/** A failure that quotes the whole URL, as some engines' do. */
const quoting = ({ url }: SentRequest): never => {
  throw new TypeError(`error sending request for url (${url}?token=SECRET)`, {
    cause: Object.assign(new Error('Unable to connect'), { path: `${url}?token=SECRET` }),
  });
};
const withUserinfo = (): never => {
  throw new TypeError(
    'Request cannot be constructed from a URL that includes credentials: https://a:hunter2@reg.test/',
  );
};

const hello = descriptorOf('hello');
type Call = (repository: Repository, registry: Registry) => Promise<unknown>;
const push: Call = (repository) => repository.push(hello, new Blob(['hello']));
const pull: Call = (repository) => repository.fetchReference('v1');
const list: Call = (repository) => itemsOf(repository.tags());
const ping: Call = (_, registry) => registry.ping('reg.test', user);
const started =
  (location: string) =>
  (request: SentRequest): Response =>
    request.method === 'POST' ? status(202, { location }) : refusal(500, 'UNKNOWN');

const cases: [string, Answers, Call, RegistryOptions?][] = [
  ['the token service refuses the password', tokens(() => refusal(401, 'UNAUTHORIZED')), pull],
  ['the token service fails', tokens(() => new Response('oops', { status: 500 })), pull],
  ['the token service denies', tokens(() => refusal(403, 'DENIED')), ping],
  ['the token service gives nonsense', tokens(() => json({ token: 'SECRET SECRET' })), pull],
  ['the token service gives a text', tokens(() => new Response('SECRET')), pull],
  ['the token service cannot be reached', tokens(broken), push],
  ['the token service cannot be reached, and the engine quotes it', tokens(quoting), pull],
  [
    'the token service does not know OAuth2',
    tokens(() => status(405)),
    pull,
    { credentials: { identityToken: 'SECRET-IDENTITY', username: 'alice' } },
  ],
  [
    'the token service is elsewhere',
    () => status(401, { 'www-authenticate': 'Bearer realm="https://u:SECRET@evil.test/token?x=SECRET"' }),
    pull,
  ],
  [
    'the token service is not trusted',
    () => status(401, { 'www-authenticate': 'Bearer realm="https://evil.test/token?x=SECRET"' }),
    pull,
  ],
  ['the token is refused', behindToken(() => status(401, challenge)), pull],
  ['a token of the caller is refused', () => status(401, challenge), list, { credentials: { token: 'SECRET' } }],
  ...['SECRET\nX', 'SECRET\0', 'SECRET–', ''].map((token): (typeof cases)[number] => [
    `a token of the caller cannot be sent: ${JSON.stringify(token)}`,
    () => status(401, challenge),
    list,
    { credentials: { token } },
  ]),
  ['the password is refused', () => status(401, { 'www-authenticate': 'Basic realm="x"' }), pull],
  ['the scheme is unknown', () => status(401, { 'www-authenticate': 'Negotiate SECRET==' }), pull],
  ['access is denied', behindToken(() => refusal(403, 'DENIED')), pull],
  ['a manifest is not there', behindToken(() => refusal(404, 'MANIFEST_UNKNOWN')), pull],
  ['the rate is limited', behindToken(() => status(429, { 'retry-after': '3600' })), pull],
  ['the registry fails', behindToken(() => status(503)), list],
  ['the connection breaks', behindToken(broken), push],
  ['the connection breaks, and the engine quotes the URL', behindToken(quoting), push],
  ['the engine refuses a URL with credentials', behindToken(withUserinfo), list],
  [
    'there are too many redirects',
    behindToken(() => {
      throw new TypeError('fetch failed', { cause: new Error('redirect count exceeded') });
    }),
    pull,
  ],
  ['an upload is refused', behindToken(started('/u?_state=SECRET&X-Amz-Signature=SECRET')), push],
  [
    'an upload breaks',
    behindToken((request) =>
      request.method === 'PUT' ? quoting(request) : status(202, { location: '/u?_state=SECRET' }),
    ),
    push,
  ],
  ['an upload is sent elsewhere', behindToken(started('http://u:SECRET@reg.test/u?_state=SECRET')), push],
  [
    'an upload is sent to another origin',
    behindToken(started('https://cdn.test/u?sig=SECRET')),
    push,
    { trust: { uploads: [] } },
  ],
  [
    'a list goes on elsewhere',
    behindToken(() => json({ tags: [] }, { headers: { link: '<https://u:SECRET@evil.test/?x=SECRET>; rel="next"' } })),
    list,
  ],
  [
    'a list goes in a circle',
    behindToken(() => json({ tags: [] }, { headers: { link: '</v2/?x=SECRET>; rel="next"' } })),
    list,
  ],
  [
    'a body breaks',
    behindToken(() => new Response(new ReadableStream({ pull: (body) => body.error(new TypeError('terminated')) }))),
    pull,
  ],
];

describe('secrets: not in what is logged of a failure, of its client, and of what an observer is told', () => {
  test.for(cases)('%s', async ([, answers, call, options]) => {
    const told: unknown[] = [];
    const { registry } = fakeRegistry(answers, {
      credentials: user,
      onRequest: (request) => told.push(request),
      onResponse: (response) => told.push(response),
      onWarning: (warning) => told.push(warning),
      ...options,
    });
    const repository = registry.repository('reg.test/org/hello');
    const error = await rejection(call(repository, registry));
    expect(isOrasError(error), String(error)).toBe(true);
    expect(told.length).toBeGreaterThan(1);
    for (const value of [error, registry, repository, ...told]) expect(logged(value)).not.toMatch(secrets);
  });
});

describe('secrets: not in what is logged of a client', () => {
  test.for<[string, Registry]>([
    ['new', new Registry({ credentials: user })],
    ['with a function', new Registry({ credentials: () => user })],
  ])('%s', ([, registry]) => {
    registry.setBasicAuth('alice', 'hunter2');
    expect(logged(registry)).not.toMatch(secrets);
    registry.setTokenAuth('SECRET');
    expect(logged(registry)).not.toMatch(secrets);
    expect(logged(registry.repository('reg.test/org/hello:v1'))).not.toMatch(secrets);
  });

  test('that has a token, and of what it gives', async () => {
    const { registry } = fakeRegistry(
      behindToken(() => json({ tags: ['a'] }, { headers: { warning: '299 - "old"' } })),
      { credentials: user },
    );
    const repository = registry.repository('reg.test/org/hello');
    const tags = repository.tags();
    expect(await itemsOf(tags)).toEqual(['a']);
    const found = await registry.diagnose('reg.test');
    for (const value of [registry, repository, tags, found]) expect(logged(value)).not.toMatch(secrets);
  });
});

test('secrets: an address pasted whole with a password is not quoted', async () => {
  const { registry } = fakeRegistry(() => status(200));
  for (const call of [
    () => registry.ping('alice:hunter2@reg.test'),
    async () => registry.repository('https://alice:hunter2@reg.test/org/hello:v1'),
    () => registry.diagnose('alice:hunter2@reg.test'),
  ]) {
    expect(logged(await rejection(call()))).not.toMatch(secrets);
  }
});
