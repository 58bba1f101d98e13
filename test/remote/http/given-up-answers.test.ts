import { describe, expect, test } from 'vitest';
import { isOrasError } from '../../../src/errors.ts';
import { descriptorOf, rejection } from '../../support/content.ts';
import { fakeRegistry, fakeRepository, json, type SentRequest } from '../../support/fake-fetch.ts';

const credentials = { username: 'alice', password: 'secret' };
const challenge = { 'www-authenticate': 'Bearer realm="https://reg.test/token"' };
const hello = descriptorOf('hello');

/** A body that has failed before anybody looks at it, as that of a connection that broke. */
function failed(init: ResponseInit): Response {
  const body = new ReadableStream({ start: (controller) => controller.error(new TypeError('terminated')) });
  return new Response(body, init);
}

describe('an answer that nobody reads', () => {
  test('whose body has failed is as good as any: a push', async () => {
    const { repository, sent } = fakeRepository(
      ({ headers, method, url }) => {
        if (url.includes('/token')) return json({ token: 'abc' });
        if (!headers.has('authorization')) return failed({ status: 401, headers: challenge });
        if (method === 'HEAD') return failed({ status: 405 });
        if (method === 'GET') return new Response(null, { status: 404 });
        return failed({ status: method === 'POST' ? 202 : 201, headers: { location: '/v2/org/hello/u/1' } });
      },
      { credentials },
    );
    await repository.push(hello, new Blob(['hello']));
    await repository.push(hello, new Blob(['hello']).stream(), { chunkSize: 2 });
    await repository.pushReference(
      descriptorOf('{}', 'application/vnd.oci.image.manifest.v1+json'),
      new Blob(['{}']),
      'v1',
    );
    expect(await repository.exists(hello)).toBe(false);
    expect(sent().length).toBeGreaterThan(8);
  });

  test('whose body has failed is as good as any: before another try', async () => {
    const answers = [failed({ status: 503 }), json({})];
    const { registry, requests } = fakeRegistry((_, number) => answers[number]!);
    await registry.ping('reg.test');
    expect(requests).toHaveLength(2);
  });

  test('is cancelled when its challenge cannot be answered', async () => {
    for (const realm of ['https://reg.test/token', 'http://evil.test/']) {
      let isCancelled = false;
      const cancel = (): void => {
        isCancelled = true;
      };
      const body = new ReadableStream({ cancel }, { highWaterMark: 0 });
      const headers = { 'www-authenticate': `Bearer realm="${realm}"` };
      const { registry } = fakeRegistry(({ url }: SentRequest) =>
        url.includes('/token') ? new Response(null, { status: 403 }) : new Response(body, { status: 401, headers }),
      );
      const error = await rejection(registry.inspect('reg.test/org/hello:v1'));
      expect(isOrasError(error, 'DENIED') || isOrasError(error, 'UNAUTHORIZED')).toBe(true);
      expect(isCancelled).toBe(true);
    }
  });
});
