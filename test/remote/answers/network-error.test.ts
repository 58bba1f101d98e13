import { describe, expect, test } from 'vitest';
import { isPermanent, toNetworkError, withoutQuery } from '../../../src/remote/answers/network-error.ts';

const url = 'https://reg.test/v2/org/hello/tags/list?_state=SECRET';
const isPage = 'document' in globalThis;

describe('toNetworkError', () => {
  test('never shows a URL, nor what an engine says of one', () => {
    const failure = new TypeError(
      'Request cannot be constructed from a URL that includes credentials: https://u:hunter2@reg.test/?token=SECRET',
    );
    const error = toNetworkError(failure, 'GET', 'https://u:hunter2@reg.test/a?token=SECRET#SECRET');
    expect(error.message + error.url + JSON.stringify(error)).not.toMatch(/hunter2|SECRET/);
    expect(error.url).toBe('https://reg.test/a');
  });

  test.for<[string, unknown]>([
    ['its message', new TypeError('error sending request for url (https://reg.test/a?token=SECRET)')],
    ['its cause', new TypeError('fetch failed', { cause: new Error('GET https://u:hunter2@reg.test/') })],
    ['a property', Object.assign(new TypeError('Unable to connect'), { path: 'https://reg.test/a?token=SECRET' })],
  ])('keeps no cause that quotes a URL in %s', ([, failure]) => {
    const error = toNetworkError(failure, 'GET', url);
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toMatch(/hunter2|SECRET/);
  });

  test('keeps every other cause, and says what is at its end', () => {
    const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED', { cause: 'x' }) });
    const error = toNetworkError(cause, 'GET', url);
    expect(error.cause).toBe(cause);
    expect(error.message).toMatch(/^GET \S+ failed: connect ECONNREFUSED/);
  });

  test('a circle of causes has an end', () => {
    const circle = new TypeError('round');
    circle.cause = new Error('and round', { cause: circle });
    expect(toNetworkError(circle, 'GET', url).message).toMatch(/failed: and round/);
  });

  test.for([undefined, null, 'text', 42])('takes %j for an error', (failure) => {
    expect(toNetworkError(failure, 'GET', url).message).toMatch(/failed: no answer/);
  });

  test('in a page it speaks of CORS for another origin, and elsewhere it does not', () => {
    const error = toNetworkError(new TypeError('Failed to fetch'), 'GET', url);
    expect(error.maybeCors).toBe(isPage);
    expect(error.message.includes('Access-Control-Allow-Origin')).toBe(isPage);
    if (isPage) expect(toNetworkError(new TypeError('x'), 'GET', `${location.origin}/x`).maybeCors).toBe(false);
  });
});

test.for([
  ['redirect count exceeded', true],
  ['unexpected redirect', true],
  ['connect ECONNREFUSED', false],
  ['undirected', false],
] as const)('isPermanent: %s', ([message, expected]) => {
  expect(isPermanent(new TypeError('fetch failed', { cause: new Error(message) }))).toBe(expected);
  expect(isPermanent(message)).toBe(false);
});

test('withoutQuery: leaves origin and path', () => {
  expect(withoutQuery('https://user:pw@reg.test:5000/a/b?x=y#z')).toBe('https://reg.test:5000/a/b');
});
