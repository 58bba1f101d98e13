import { describe, expect, test } from 'vitest';
import { type Diagnosis, diagnose } from '../../../src/remote/connection/diagnose.ts';
import { endlessStream, rejection } from '../../support/content.ts';
import { broken, fakeFetch, fakeRegistry, type SentRequest, status, unanswered } from '../../support/fake-fetch.ts';

const challenge = { 'www-authenticate': 'Basic realm="x"' };

/** What is found out about a registry that answers like this. */
function of(answers: (request: SentRequest) => Response, origin = 'https://reg.test'): Promise<Diagnosis> {
  return diagnose(fakeFetch(answers).fetch, origin);
}

describe('diagnose: anywhere', () => {
  test.for([200, 401, 404, 503])('nothing is wrong with a registry that answers %i', async (code) => {
    expect(await of(() => status(code, challenge))).toEqual({
      origin: 'https://reg.test',
      status: code,
      problems: [],
      advice: [],
    });
  });

  test('a web page is no registry, unless it says that it is one', async () => {
    const page = (headers: Record<string, string> = {}): Response => new Response('<html>', { headers });
    const found = await of(() => page());
    expect(found.problems[0]).toBe('not-a-registry');
    expect(found.advice[0]).toMatch(/^Check that https:\/\/reg\.test is right: .*answered with a web page/);
    const named = await of(() => page({ 'docker-distribution-api-version': 'registry/2.0' }));
    expect(named.problems).not.toContain('not-a-registry');
  });

  test.for([401, 403, 502])('a page with %i may be that of what is before a registry', async (code) => {
    expect((await of(() => new Response('<html>', { status: code }))).problems).not.toContain('not-a-registry');
  });

  test('who does not answer cannot be reached', async () => {
    const found = await of(broken);
    expect(found).toMatchObject({ status: undefined, problems: ['unreachable'] });
    expect(found.advice[0]).toMatch(/^Check that https:\/\/reg\.test is right, that the registry runs/);
  });

  test('an abort rejects with its reason', async () => {
    const reason = new Error('enough');
    const { fetch } = fakeFetch(() => status(200));
    expect(await rejection(diagnose(fetch, 'https://reg.test', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test('an answer that does not come in time is none', async () => {
    const { registry, requests } = fakeRegistry(unanswered, { timeouts: { answer: 0 } });
    expect(await registry.diagnose('reg.test')).toMatchObject({ status: undefined, problems: [expect.anything()] });
    expect(requests.every(({ init }) => init.signal!.aborted)).toBe(true);
  });

  test('the bodies of answers are not left open', async () => {
    const streams = [endlessStream(), endlessStream()];
    const { fetch, requests } = fakeFetch((_, number) => new Response(streams[number]!.stream));
    await diagnose(fetch, 'https://reg.test');
    await Promise.all(requests.map((_, number) => streams[number]!.cancelled));
  });

  test('it sends no credentials and no cookies, and stores nothing', async () => {
    const { registry, requests } = fakeRegistry(() => status(401, challenge), {
      credentials: { username: 'alice', password: 'hunter2' },
    });
    await registry.diagnose('docker.io');
    for (const { method, url, headers, body, init } of requests) {
      // The PUT is for its preflight: at this address there is nothing to be stored.
      expect([url, init.credentials, body]).toEqual(['https://registry-1.docker.io/v2/', 'omit', undefined]);
      expect(['GET', 'PUT']).toContain(method);
      expect([null, `Basic ${btoa(':')}`]).toContain(headers.get('authorization'));
    }
  });
});
