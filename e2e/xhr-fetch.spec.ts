import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { test as base, expect } from 'playwright/test';
import { type Site, startPackageSite, startSite } from './fixtures/site.ts';

declare const oras: typeof import('../src/browser.ts');

/** Lets any page in, as a registry with CORS does. */
const withCors =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'authorization, content-type, content-range');
    response.setHeader('access-control-allow-methods', 'PUT, PATCH');
    response.setHeader('access-control-expose-headers', 'location');
    response.setHeader('access-control-max-age', '7200');
    if (request.method === 'OPTIONS') response.end();
    else listener(request, response);
  };

/** Reads a body to its end, and answers with its length. */
function take(request: IncomingMessage, response: ServerResponse): void {
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  request.on('end', () => response.writeHead(201, { location: '/next' }).end(String(received)));
}

const test = base.extend<{ start: (listener: RequestListener) => Promise<Site> }>({
  page: async ({ page }, use) => {
    const site = await startPackageSite();
    await page.goto(site.url);
    await page.waitForFunction(() => 'oras' in globalThis);
    await use(page);
    await site.close();
  },
  start: async ({ browserName: _ }, use) => {
    const sites: Site[] = [];
    await use(async (listener) => {
      const site = await startSite(withCors(listener));
      sites.push(site);
      return site;
    });
    await Promise.all(sites.map((site) => site.close()));
  },
});

test('xhrFetch: parts of a Blob go over with PATCH, and all of it with PUT, after one preflight', async ({
  page,
  start,
}) => {
  const registry = await start(take);
  const answers = await page.evaluate(async (url) => {
    const content = new Blob([new Uint8Array(3_000_000)]);
    const seen: [number, string, string | null, number | undefined][] = [];
    for (const [method, body] of [
      ['PATCH', content.slice(0, 1_000_000)],
      ['PATCH', content.slice(1_000_000)],
      ['PUT', content],
    ] as const) {
      const sent: number[] = [];
      const headers = { authorization: 'Bearer x', 'content-type': 'application/octet-stream', 'content-range': '0-1' };
      const onSent = (bytes: number): void => {
        sent.push(bytes);
      };
      const response = await oras.xhrFetch(`${url}/upload`, { method, headers, body, onSent, redirect: 'error' });
      seen.push([response.status, await response.text(), response.headers.get('location'), sent.at(-1)]);
      if (response.url !== `${url}/upload` || response.redirected) throw new Error(response.url);
    }
    return seen;
  }, registry.url);
  expect(answers).toEqual([
    [201, '1000000', '/next', 1_000_000],
    [201, '2000000', '/next', 2_000_000],
    [201, '3000000', '/next', 3_000_000],
  ]);
  const preflights = registry.requests.filter((request) => request.startsWith('OPTIONS'));
  expect(preflights.length).toBeLessThanOrEqual(2);
  expect(registry.requests.filter((request) => !request.startsWith('OPTIONS'))).toHaveLength(3);
});

for (const sameOrigin of [true, false]) {
  const where = sameOrigin ? 'within the registry' : 'to another origin';
  test(`xhrFetch: a redirect ${where} is an error where none may be followed, and else is told`, async ({
    page,
    start,
  }) => {
    const store = await start(take);
    const registry = await start((request, response) => {
      if (request.url === '/taken') return take(request, response);
      request.resume();
      const location = sameOrigin ? '/taken' : `${store.url}/taken`;
      request.on('end', () => response.writeHead(307, { location }).end());
    });
    const result = await page.evaluate(async (url) => {
      const put = (redirect: RequestRedirect): Promise<Response> =>
        oras.xhrFetch(url, { method: 'PUT', body: new Blob(['four']), onSent() {}, redirect });
      const failure: unknown = await put('error').catch((error: unknown) => error);
      const { status, redirected, url: from } = await put('follow');
      return { failed: failure instanceof TypeError && failure.message, status, redirected, from };
    }, `${registry.url}/upload`);
    expect(result).toEqual({
      failed: expect.stringContaining('redirect'),
      status: 201,
      redirected: true,
      from: sameOrigin ? `${registry.url}/taken` : `${store.url}/taken`,
    });
  });
}

test('xhrFetch: an answer that comes before all was sent is read', async ({ page, start }) => {
  const registry = await start((request, response) => {
    request.once('data', () => response.writeHead(413, { 'content-type': 'text/plain' }).end('too large'));
    request.resume();
  });
  const answer = await page.evaluate(async (url) => {
    const body = new Blob([new Uint8Array(20_000_000)]);
    const response = await oras.xhrFetch(url, { method: 'PUT', body, onSent() {} });
    return [response.status, await response.text()];
  }, registry.url);
  expect(answer).toEqual([413, 'too large']);
});

test('xhrFetch: an abort, or a listener that fails, ends the connection and rejects with its reason', async ({
  page,
  start,
}) => {
  let ended = 0;
  // Nothing is read before the page is done, so that no upload can be complete by then.
  const held: IncomingMessage[] = [];
  const registry = await start((request) => {
    held.push(request);
    request.once('close', () => ended++);
  });
  const reasons = await page.evaluate(async (url) => {
    const body = new Blob([new Uint8Array(60_000_000)]);
    const abort = new AbortController();
    const left = new Error('the user left');
    const failed = new Error('no such row');
    const put = (onSent: () => void, signal?: AbortSignal): Promise<unknown> =>
      oras.xhrFetch(url, { method: 'PUT', body, onSent, signal: signal ?? null }).catch((error: unknown) => error);
    const first = await put(() => abort.abort(left), abort.signal);
    const second = await put(() => {
      throw failed;
    });
    const never = await put(() => {}, abort.signal);
    return [first === left, second === failed, never === left];
  }, registry.url);
  expect(reasons).toEqual([true, true, true]);
  expect(held).toHaveLength(2);
  // The end of a connection is seen only after what came before it.
  for (const request of held) request.resume();
  await expect.poll(() => ended).toBe(2);
  expect(held.filter(({ complete }) => complete)).toEqual([]);
  expect(registry.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(2);
});

test('xhrFetch: a connection that breaks is a TypeError', async ({ page, start }) => {
  const registry = await start((request) => {
    request.once('data', () => request.destroy());
  });
  const isTypeError = await page.evaluate(
    (url) =>
      oras
        .xhrFetch(url, { method: 'PUT', body: new Blob([new Uint8Array(20_000_000)]), onSent() {} })
        .then(() => false)
        .catch((error: unknown) => error instanceof TypeError),
    registry.url,
  );
  expect(isTypeError).toBe(true);
});
