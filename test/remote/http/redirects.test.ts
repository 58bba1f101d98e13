import { createRegistryServer } from 'oras-js/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { NetworkError } from '../../../src/errors.ts';
import { Registry, type RegistryOptions } from '../../../src/index.ts';
import type { Fetch } from '../../../src/remote/http/fetch.ts';
import { withRedirectRules } from '../../../src/remote/http/redirects.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { fakeFetch, fakeRegistry, json, type Sent } from '../../support/fake-fetch.ts';

const reference = 'reg.test/org/hello:v1';
const plain = 'http://cdn.test';

/** An answer that comes from elsewhere, and whether its body was given up. */
function from(url: string, body = 'hi'): { response: Response; isCancelled: () => boolean } {
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(body)),
    cancel: () => {
      isCancelled = true;
    },
  });
  const response = Object.defineProperty(new Response(stream), 'url', { value: url });
  return { response, isCancelled: () => isCancelled };
}

const calls: [string, (registry: Registry) => Promise<unknown>][] = [
  ['inspect', (registry) => registry.inspect(reference)],
  ['pull', (registry) => registry.pull(reference)],
  ['tags', (registry) => itemsOf(registry.tags(reference))],
  ['ping', (registry) => registry.ping('reg.test')],
  ['resolve', (registry) => registry.repository(reference).resolve('v1')],
  ['exists', (registry) => registry.repository(reference).exists(descriptorOf('hi'))],
  ['fetch', (registry) => registry.repository(reference).fetch(descriptorOf('hi'))],
  ['fetchRange', (registry) => registry.repository(reference).fetchRange(descriptorOf('hi'), 0, 1)],
];

describe('a redirect from https to http', () => {
  test.for(calls)('%s: it is refused, once, before the answer is read', async ([, call]) => {
    const { response, isCancelled } = from(`${plain}/x?secret=1`);
    const { registry, requests } = fakeRegistry(() => response);
    const error = await rejection(call(registry));
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as Error).message).toMatch(
      /from https to plain http on cdn\.test, which trust\.redirects does not list/,
    );
    expect(JSON.stringify([error, (error as Error).message])).not.toContain('secret');
    expect(error).toMatchObject({ maybeCors: false });
    expect([requests.length, isCancelled()]).toEqual([1, true]);
  });

  test('it is followed to an origin that is listed, and to no other', async () => {
    const tags = (url: string): Response =>
      Object.defineProperty(json({ name: 'org/hello', tags: ['v1'] }), 'url', { value: url });
    const options: RegistryOptions = { trust: { redirects: ['HTTP://cdn.test:80/anything'] } };
    const listed = fakeRegistry(() => tags(`${plain}/tags`), options);
    expect(await itemsOf(listed.registry.tags(reference))).toEqual(['v1']);
    const other = fakeRegistry(() => tags('http://cdn.test:8080/tags'), options);
    expect(await rejection(itemsOf(other.registry.tags(reference)))).toBeInstanceOf(NetworkError);
  });

  test.for([
    ['https', 'https://reg.test', 'https://cdn.test/x'],
    ['http, of a registry on http', 'http://reg.test', 'http://cdn.test/x'],
    ['somewhere that cannot be seen', 'https://reg.test', ''],
  ] as const)('a redirect to %s is followed', async ([, origin, url]) => {
    const { response } = from(url);
    const fetch = withRedirectRules(async () => response);
    expect(await fetch(`${origin}/v2/`)).toBe(response);
  });

  test('a fetch that looks before it follows gets the list', async () => {
    const { registry, requests } = fakeRegistry(() => json({ tags: [] }), { trust: { redirects: [plain] } });
    await itemsOf(registry.tags(reference));
    expect(requests[0]?.init.plainRedirects).toEqual([plain]);
  });

  test('a listed origin must be one', () => {
    expect(() => new Registry({ trust: { redirects: ['cdn.test'] } })).toThrow(TypeError);
  });
});

/** The embedded registry as a fetch, as a runtime that makes a Request of its parameters has it. */
function embedded(): Fetch {
  const handler = createRegistryServer({
    auth: { scheme: 'bearer', users: { alice: 'secret' } },
  });
  return async (url, init) => handler(new Request(url, init as RequestInit));
}

describe("a runtime without redirect: 'error'", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** What workerd does, and how often it was tried. */
  function withoutError(): { refused: () => number } {
    let refused = 0;
    class WorkerRequest extends Request {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        if (init?.redirect === 'error') {
          refused++;
          throw new TypeError(
            'Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented)',
          );
        }
        super(input, init);
      }
    }
    vi.stubGlobal('Request', WorkerRequest);
    return { refused: () => refused };
  }

  const client = (fetch: Fetch, retry?: RegistryOptions['retry']): Registry =>
    new Registry({ fetch, retry, credentials: { username: 'alice', password: 'secret' } });

  test('content is pushed and pulled with bearer tokens, and it is found out once', async () => {
    const { refused } = withoutError();
    const registry = client(embedded(), { limit: 0 });
    await registry.push(reference, [
      { name: 'a', content: 'hi' },
      { name: 'b', content: new Blob(['there']).stream() },
    ]);
    const { files } = await registry.pull(reference);
    expect(await Promise.all(files.map(async (file) => (await file.blob()).text()))).toEqual(['hi', 'there']);
    expect(await itemsOf(registry.tags(reference))).toEqual(['v1']);
    expect(refused()).toBe(1);
  });

  test.for([
    ['a redirect', () => new Response('x', { status: 307, headers: { location: 'https://evil.test/' } })],
    [
      'a redirect that cannot be seen',
      () => Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' }),
    ],
  ] as const)('%s of a request with a body is refused, and not tried again', async ([, answer]) => {
    withoutError();
    const { fetch, requests, sent } = fakeFetch(({ method }) => {
      if (method === 'HEAD') return new Response(null, { status: 404 });
      if (method === 'POST') return new Response(null, { status: 202, headers: { location: '/v2/org/hello/u/1' } });
      return method === 'PUT' ? answer() : new Response(null, { status: 204 });
    });
    const error = await rejection(
      client(fetch, { delay: () => 0 })
        .repository(reference)
        .push(descriptorOf('hi'), new Blob(['hi'])),
    );
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as Error).message).toMatch(/unexpected redirect$/);
    expect(sent().filter((request) => request.startsWith('PUT'))).toHaveLength(1);
    expect(requests.map(({ init }: Sent['requests'][number]) => init.redirect)).not.toContain('error');
  });

  test('a redirect of a token service is refused', async () => {
    withoutError();
    const handler = embedded();
    const fetch: Fetch = async (url, init) =>
      url.includes('/token') ? new Response(null, { status: 302, headers: { location: '/x' } }) : handler(url, init);
    const error = await rejection(client(fetch).inspect(reference));
    expect((error as Error).message).toMatch(/unexpected redirect$/);
  });
});

test("a runtime with redirect: 'error' is asked for it", async () => {
  const { registry, requests } = fakeRegistry(() => new Response(null, { status: 201 }));
  await registry
    .repository(reference)
    .push(descriptorOf('{}', 'application/vnd.oci.image.manifest.v1+json'), new Blob(['{}']));
  expect(requests[0]?.init.redirect).toBe('error');
});
