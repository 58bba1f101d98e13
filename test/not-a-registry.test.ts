import { isOrasError, Registry } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { itemsOf, rejection } from './support/content.ts';
import { atOnce } from './support/fake-fetch.ts';

const page = '<!doctype html><title>Sign in</title>';
const missing = { mediaType: 'a/b', digest: `sha256:${'a'.repeat(64)}`, size: 7 };

/** Hosts that answer every request alike, as login pages, galleries and captive portals do. */
const hosts: Record<string, (init: RequestInit) => Response> = {
  'a page': ({ method }) => answer(method, 200, { 'content-length': `${page.length}` }),
  'a page of unknown length': ({ method }) => answer(method, 200),
  'a page that is called JSON': ({ method }) =>
    answer(method, 200, { 'content-type': 'application/json', 'content-length': `${page.length}` }),
  'a login page after a redirect': ({ method }) =>
    Object.defineProperties(answer(method, 200), {
      url: { value: 'https://reg.test/login?rd=%2Fv2%2F' },
      redirected: { value: true },
    }),
  'created, with a page': ({ method }) => answer(method, method === 'PUT' ? 202 : 200),
};

function answer(method: string | undefined, status: number, headers: Record<string, string> = {}): Response {
  const all = { 'content-type': 'text/html; charset=utf-8', ...headers };
  return new Response(method === 'HEAD' ? null : page, { status, headers: all });
}

function clientOf(host: string): { registry: Registry; sent: string[] } {
  const sent: string[] = [];
  const fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    sent.push(`${init.method} ${url}`);
    return hosts[host]!(init);
  };
  return { registry: new Registry({ fetch, retry: atOnce, credentials: () => undefined }), sent };
}

describe.each(Object.keys(hosts))('a host that answers everything with %s', (host) => {
  test.for([
    ['a small file', [{ name: 'a.txt', content: 'precious\n' }]],
    ['a large file', [{ name: 'b.bin', content: new Uint8Array(5 * 1024 * 1024) }]],
    ['no file', []],
    ['many files', Array.from({ length: 20 }, (_, i) => ({ name: `${i}`, content: `${i}` }))],
  ] as const)('push: %s is not stored, and an error says why', async ([, files]) => {
    const { registry } = clientOf(host);
    const error = await rejection(registry.push('reg.test/org/x:v1', files));
    expect(error).toMatchObject({ code: 'NOT_A_REGISTRY' });
    expect(String(error)).toContain('answered with a web page, not as a registry');
  });

  test('push: a stream is not stored', async () => {
    const { registry } = clientOf(host);
    const content = new Blob([new Uint8Array(40_000_000)]).stream();
    expect(await rejection(registry.push('reg.test/org/x:v1', [{ name: 'a', content }]))).toMatchObject({
      code: 'NOT_A_REGISTRY',
    });
  });

  test('exists: a blob and a manifest are not there', async () => {
    const { registry } = clientOf(host);
    const repository = registry.repository('reg.test/org/x');
    expect(await repository.exists({ ...missing, mediaType: 'application/octet-stream' })).toBe(false);
    expect(await rejection(repository.exists(missing))).toMatchObject({ code: 'NOT_A_REGISTRY' });
    const manifest = { ...missing, mediaType: 'application/vnd.oci.image.manifest.v1+json' };
    expect(await rejection(repository.exists(manifest))).toMatchObject({ code: 'NOT_A_REGISTRY' });
  });

  test('resolve, inspect, manifest, pull, tags and ping fail with the same code', async () => {
    const { registry } = clientOf(host);
    const repository = registry.repository('reg.test/org/x');
    const calls = [
      () => repository.resolve('v1'),
      () => registry.inspect('reg.test/org/x:v1'),
      () => registry.manifest(`reg.test/org/x@${missing.digest}`),
      () => registry.pull('reg.test/org/x:v1'),
      () => itemsOf(registry.tags('reg.test/org/x')),
      () => registry.ping('reg.test'),
      () => registry.ping('reg.test', { username: 'me', password: 'pw' }),
    ];
    for (const call of calls) {
      const error = await rejection(call());
      expect(isOrasError(error, 'NOT_A_REGISTRY'), `${call}: ${error}`).toBe(true);
    }
  });
});
