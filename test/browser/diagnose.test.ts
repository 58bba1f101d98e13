import { describe, expect, test } from 'vitest';
import { type Diagnosis, diagnose } from '../../src/remote/connection/diagnose.ts';
import { isPrivateHost } from '../../src/remote/trust/address.ts';
import { broken, fakeFetch, type SentRequest, status } from '../support/fake-fetch.ts';

const page = location.origin;
const challenge = { 'www-authenticate': 'Basic realm="x"' };

/** What is found out about a registry that answers like this. */
function of(answers: (request: SentRequest) => Response, origin = 'https://reg.test'): Promise<Diagnosis> {
  return diagnose(fakeFetch(answers).fetch, origin);
}

describe('diagnose: in a page', () => {
  const isOpaque = ({ init }: SentRequest): boolean => init.mode === 'no-cors';
  const headerLines = [
    expect.stringMatching(`^Access-Control-Allow-Origin: ${page}$`),
    expect.stringMatching(/^Access-Control-Allow-Methods: .*PATCH/),
    expect.stringMatching(/^Access-Control-Allow-Headers: .*Authorization/),
    expect.stringMatching(/^Access-Control-Expose-Headers: .*Docker-Content-Digest.*WWW-Authenticate/),
  ];

  test('an answer that cannot be read lacks the headers for it', async () => {
    const found = await of((request) => (isOpaque(request) ? Response.error() : broken()));
    expect(found).toMatchObject({ status: undefined, problems: ['cors'] });
    expect(found.advice.slice(1)).toEqual(headerLines);
  });

  test('one that refuses what a push sends lacks a part of them', async () => {
    const found = await of(({ headers }) => (headers.has('authorization') ? broken() : status(401, challenge)));
    expect(found).toMatchObject({ status: 401, problems: ['cors-incomplete'] });
    expect(found.advice.slice(1)).toEqual(headerLines);
  });

  test('one that hides its challenge says so', async () => {
    const found = await of(() => status(401));
    expect(found).toMatchObject({ status: 401, problems: ['cors-incomplete'] });
    expect(found.advice).toEqual([expect.stringContaining('`challenge`'), headerLines[3]]);
  });

  test('a registry of the page itself needs none of them', async () => {
    expect(await of(() => status(401), page)).toMatchObject({ problems: [] });
  });

  test('a registry on this machine may need a permission, unless the page is there too', async () => {
    const { problems } = await of(broken, 'http://127.0.0.1:5000');
    const isNear = isPrivateHost(location.hostname);
    expect(problems).toEqual(isNear ? ['unreachable'] : ['unreachable', 'local-network']);
  });
});
