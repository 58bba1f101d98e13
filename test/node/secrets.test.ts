import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Reference, Registry } from '../../src/index.ts';
import { withAuth } from '../../src/remote/auth.ts';
import { Connection } from '../../src/remote/connection.ts';
import { Repository } from '../../src/remote/repository.ts';
import { createSend } from '../../src/remote/transport.ts';
import { descriptorOf, itemsOf, rejection } from '../support/content.ts';
import { type Answers, fakeFetch, json, refusal, status } from '../support/fake-fetch.ts';

const credentials = { username: 'alice', password: 'hunter2' };
const secrets = /hunter2|SECRET|YWxpY2U6aHVudGVyMg/;
const challenge = { 'www-authenticate': 'Bearer realm="https://reg.test/token?key=SECRET",service="x"' };

/** Every way an error or a client is usually written into a log. */
function logged(value: unknown): string {
  return [
    String(value),
    JSON.stringify(value),
    (value as Error).stack,
    inspect(value, { depth: 20, showHidden: true }),
  ].join('\n');
}

function repositoryOf(answers: Answers): Repository {
  const fetch = withAuth(fakeFetch(answers).fetch, { host: 'reg.test', origin: 'https://reg.test', credentials });
  const reference = Reference.parse('reg.test/org/hello');
  return new Repository(reference, new Connection(reference, 'https://reg.test', createSend(fetch)));
}

/** Lets requests in with a token, and answers them like this. */
function behindToken(answer: (request: { method: string; url: string }) => Response): Answers {
  return (request) => {
    if (request.url.includes('/token')) return json({ token: 'SECRET' });
    if (request.headers.get('authorization') !== 'Bearer SECRET') return status(401, challenge);
    return answer(request);
  };
}

const broken = (): never => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:443') });
};
const hello = descriptorOf('hello');
const push = (repository: Repository): Promise<unknown> => repository.push(hello, new Blob(['hello']));
const pull = (repository: Repository): Promise<unknown> => repository.fetchReference('v1');
const list = (repository: Repository): Promise<unknown> => repository.tags()[Symbol.asyncIterator]().next();
const started = (location: string) => (request: { method: string }) =>
  request.method === 'POST' ? status(202, { location }) : refusal(500, 'UNKNOWN');

describe('secrets: not in what is logged of a failure', () => {
  test.for<[string, Answers, (repository: Repository) => Promise<unknown>]>([
    [
      'the token service refuses',
      (request) => (request.url.includes('/token') ? refusal(401, 'UNAUTHORIZED') : status(401, challenge)),
      pull,
    ],
    [
      'the token service gives nonsense',
      (request) => (request.url.includes('/token') ? json({ token: 'SECRET SECRET' }) : status(401, challenge)),
      pull,
    ],
    [
      'the token service cannot be reached',
      (request) => (request.url.includes('/token') ? broken() : status(401, challenge)),
      push,
    ],
    [
      'the token service is elsewhere',
      () => status(401, { 'www-authenticate': 'Bearer realm="https://u:SECRET@evil.test/token?x=SECRET"' }),
      pull,
    ],
    ['the token is refused', behindToken(() => status(401, challenge)), pull],
    ['the password is refused', () => status(401, { 'www-authenticate': 'Basic realm="x"' }), pull],
    ['access is denied', behindToken(() => refusal(403, 'DENIED')), pull],
    ['a manifest is not there', behindToken(() => refusal(404, 'MANIFEST_UNKNOWN')), pull],
    ['the connection breaks', behindToken(broken), push],
    ['an upload is refused', behindToken(started('/u?_state=SECRET&X-Amz-Signature=SECRET')), push],
    [
      'an upload breaks',
      behindToken((request) => (request.method === 'PUT' ? broken() : status(202, { location: '/u?_state=SECRET' }))),
      push,
    ],
    ['an upload is sent elsewhere', behindToken(started('http://u:SECRET@reg.test/u?_state=SECRET')), push],
    [
      'a list goes on elsewhere',
      behindToken(() =>
        json({ tags: [] }, { headers: { link: '<https://u:SECRET@evil.test/?x=SECRET>; rel="next"' } }),
      ),
      list,
    ],
    [
      'a list goes in a circle',
      behindToken(() => json({ tags: [] }, { headers: { link: '</v2/?x=SECRET>; rel="next"' } })),
      (repository) => itemsOf(repository.tags()),
    ],
  ])('%s', async ([, answers, call]) => {
    const error = await rejection(call(repositoryOf(answers)));
    expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
    expect(logged(error)).not.toMatch(secrets);
  });
});

test('secrets: not in what is logged of a client, a repository or a failure of theirs', async () => {
  const { fetch } = fakeFetch(behindToken(() => refusal(404, 'MANIFEST_UNKNOWN')));
  const registry = new Registry({ credentials, fetch });
  const error = await rejection(registry.inspect('reg.test/org/hello:v1'));
  for (const value of [registry, registry.repository('reg.test/org/hello:v1'), error]) {
    expect(logged(value)).not.toMatch(secrets);
  }
});
