import { test as base, chromium, expect } from 'playwright/test';
import type { Diagnosis } from '../src/index.ts';
import { type RunningServer, serve } from '../src/node.ts';
import { createRegistryServer, type RegistryServerOptions } from '../src/server.ts';
import { Certificates } from '../test/support/certificates.ts';
import { launchOptions } from '../test/support/chromium.mjs';
import { findExecutable } from '../test/support/executables.mjs';
import type { DiagnosePage } from './fixtures/diagnose-page.ts';
import { type Origin, startOrigin } from './fixtures/origin.ts';

declare const registries: DiagnosePage;

const alice = { username: 'alice', password: 's3cret-pass' };
const auth = { scheme: 'bearer' as const, users: { [alice.username]: alice.password } };

/** Changes the headers of an answer; or gives an answer of its own. */
type Change = (request: Request, headers: Headers) => Response | undefined;

/** Starts the project's own registry, with its answers changed; gives its host. */
type Start = (options: RegistryServerOptions, change?: Change) => Promise<string>;

const test = base.extend<{ start: Start }, { origin: Origin }>({
  origin: [
    async ({ browserName: _ }, use) => {
      const origin = await startOrigin('diagnose-page.ts');
      await use(origin);
      await origin.close();
    },
    { scope: 'worker' },
  ],
  start: async ({ browserName: _ }, use) => {
    const running: RunningServer[] = [];
    await use(async (options, change = () => undefined) => {
      const registry = createRegistryServer(options);
      const server = await serve(async (request) => {
        const response = await registry(request);
        return change(request, response.headers) ?? response;
      });
      running.push(server);
      return server.host;
    });
    await Promise.all(running.map((server) => server.close()));
  },
  page: async ({ page, origin }, use) => {
    await page.goto(origin.url);
    await page.waitForFunction(() => 'registries' in globalThis);
    await use(page);
  },
});

const exposed = (headers: Headers, names: string): undefined => {
  headers.set('access-control-expose-headers', names);
};

for (const [name, options, status] of [
  ['for everybody', {}, 200],
  ['that wants tokens', { auth }, 401],
  ['that wants passwords', { auth: { ...auth, scheme: 'basic' } }, 401],
] as const) {
  test(`diagnose: nothing is wrong with a registry ${name}, and a page can use it`, async ({ page, start }) => {
    const host = await start(options);
    const found = await page.evaluate((it) => registries.diagnose(it), host);
    expect(found).toEqual({ origin: `http://${host}`, status, problems: [], advice: [] });
    expect(await page.evaluate(([it, user]) => registries.pushAndPull(it, user), [host, alice] as const)).toBe(
      'hi from a page',
    );
  });
}

test('diagnose: a registry that knows nothing of other origins', async ({ page, start, origin }) => {
  const host = await start({ cors: false });
  const found: Diagnosis = await page.evaluate((it) => registries.diagnose(it), host);
  expect(found).toMatchObject({ status: undefined, problems: ['cors'] });
  expect(found.advice).toContain(`Access-Control-Allow-Origin: ${origin.url}`);
  const error = await page.evaluate((it) => registries.pushAndPull(it), host);
  expect(error).toMatch(/^NetworkError: .*CORS.*Access-Control-Allow-Origin/);
});

test('diagnose: a registry for pages of another origin', async ({ page, start }) => {
  const host = await start({ cors: { origins: ['https://example.com'] } });
  expect(await page.evaluate((it) => registries.diagnose(it), host)).toMatchObject({ problems: ['cors'] });
});

test('diagnose: nothing listens', async ({ page }) => {
  const refused = page.waitForEvent('requestfailed', (request) => !!request.failure()?.errorText.includes('REFUSED'));
  // A port for privileged programs only, that none uses, and that browsers do not forbid.
  const found = await page.evaluate((it) => registries.diagnose(it), '127.0.0.1:2');
  await refused;
  expect(found).toMatchObject({ status: undefined, problems: ['unreachable'] });
});

test('diagnose: a registry that hides its challenge', async ({ page, start }) => {
  const host = await start({ auth }, (_, headers) => exposed(headers, 'location'));
  const found: Diagnosis = await page.evaluate((it) => registries.diagnose(it), host);
  expect(found).toMatchObject({ status: 401, problems: ['cors-incomplete'] });
  expect(found.advice.join()).toMatch(/Access-Control-Expose-Headers: .*WWW-Authenticate/);
});

test('diagnose: a registry that wants to know who asks before it says who may ask', async ({ page, start }) => {
  // As distribution does when it wants passwords or tokens, whatever headers it is configured to add.
  const refusal = {
    status: 401,
    headers: { 'access-control-allow-origin': '*', 'www-authenticate': 'Basic realm="x"' },
  };
  const host = await start({ auth }, ({ method }) => (method === 'OPTIONS' ? new Response(null, refusal) : undefined));
  const found: Diagnosis = await page.evaluate((it) => registries.diagnose(it), host);
  expect(found).toMatchObject({ status: 401, problems: ['cors-incomplete'] });
  expect(found.advice.join()).toContain('OPTIONS');
  const error = await page.evaluate(([it, user]) => registries.pushAndPull(it, user), [host, alice] as const);
  expect(error).toMatch(/^NetworkError: /);
});

for (const [name, header, value] of [
  ['does not allow to write', 'access-control-allow-methods', 'GET, HEAD'],
  ['does not allow to say who asks', 'access-control-allow-headers', 'accept, content-type'],
] as const) {
  test(`diagnose: a registry that ${name}`, async ({ page, start }) => {
    const host = await start({}, (_, headers) => {
      if (headers.has(header)) headers.set(header, value);
      return undefined;
    });
    const found: Diagnosis = await page.evaluate((it) => registries.diagnose(it), host);
    expect(found).toMatchObject({ status: 200, problems: ['cors-incomplete'] });
  });
}

test('diagnose: nothing is stored', async ({ page, start }) => {
  const seen: string[] = [];
  const host = await start({}, ({ method, url }) => {
    seen.push(`${method} ${new URL(url).pathname}`);
    return undefined;
  });
  await page.evaluate((it) => registries.diagnose(it), host);
  expect(new Set(seen.map((line) => line.split(' ')[1]))).toEqual(new Set(['/v2/']));
});

test('a page pushes and pulls when the registry does not expose its digests', async ({ page, start }) => {
  const host = await start({ auth }, (_, headers) => exposed(headers, 'location, www-authenticate'));
  const result = await page.evaluate(([it, user]) => registries.pushAndPull(it, user), [host, alice] as const);
  expect(result).toBe('hi from a page');
});

test('a page is told what is missing when the registry does not expose where uploads go on', async ({
  page,
  start,
}) => {
  const host = await start({}, (_, headers) => exposed(headers, 'docker-content-digest'));
  const result = await page.evaluate((it) => registries.pushAndPull(it), host);
  expect(result).toMatch(/^RegistryError: .*Location is missing; a page can only read it when CORS exposes Location/);
});

test('diagnose: a page over https, and a registry that is not', async ({ browserName: _, start }) => {
  const openssl = findExecutable('openssl');
  if (openssl === undefined) throw new Error('openssl is not installed');
  const certificates = new Certificates(openssl);
  const origin = await startOrigin('diagnose-page.ts', undefined, certificates.server());
  const { args, ...options } = launchOptions();
  // A name that no browser takes for this machine's own, which may always be called.
  const browser = await chromium.launch({
    ...options,
    args: [...args, '--host-resolver-rules=MAP registry.test 127.0.0.1'],
  });
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    await page.goto(origin.url);
    await page.waitForFunction(() => 'registries' in globalThis);
    const host = (await start({})).replace('127.0.0.1', 'registry.test');
    const found = await page.evaluate((it) => registries.diagnose(it, true), host);
    expect(found).toMatchObject({ status: undefined, problems: ['mixed-content'] });
  } finally {
    await browser.close();
    await origin.close();
    certificates.remove();
  }
});
