import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { chooseFiles, expect, freshFile, startDemo, test } from './fixtures.ts';
import { Started } from './processes.ts';

test('demo: --once pushes, inspects and pulls the sample, says so, and ends with 0', async () => {
  const { code, output, errors } = await startDemo('--once').ended;
  expect(errors).toBe('');
  expect(code).toBe(0);
  expect(output).toMatch(/^Pushed {4}127\.0\.0\.1:\d+\/demo\/sample:v1\n +sha256:[0-9a-f]{64}$/m);
  expect(output).toMatch(/^Inspected application\/vnd\.example\.sample, 3 layers$/m);
  expect(output).toMatch(/^ +data\/planets\.json +application\/json +127 bytes +sha256:/m);
  expect(output).toMatch(/^Pulled {4}3 files, every byte as it was pushed$/m);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`demo: it serves until ${signal}, then ends with 0 and leaves nothing behind`, async () => {
    const temporary = test.info().outputPath();
    const demo = new Started(['demo/dist/server.js', '--port', '0', '--registry-port', '0'], {
      env: { TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    });
    const [, url = ''] = await demo.wrote(/^Page +(\S+)$/m);
    await demo.wrote(/Ctrl-C/);
    expect(readdirSync(temporary)).toHaveLength(1);
    expect(await (await fetch(url)).text()).toContain('<title>oras-js demo</title>');
    expect(await demo.end(signal)).toMatchObject({ code: 0, errors: '' });
    expect(readdirSync(temporary)).toEqual([]);
  });
}

test('demo: what is stored in --storage is there the next time', async () => {
  const storage = test.info().outputPath('storage');
  expect(await startDemo('--once', '--storage', storage).ended).toMatchObject({ code: 0 });
  expect(readdirSync(storage)).not.toEqual([]);
  expect(await startDemo('--once', '--storage', storage).ended).toMatchObject({ code: 0, errors: '' });
});

test('demo: ports in use are said, and others taken', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const taken = String((holder.address() as AddressInfo).port);
  try {
    const demo = startDemo('--port', taken, '--registry-port', taken);
    await demo.wrote(/Ctrl-C/);
    expect(demo.output).toMatch(new RegExp(`^Port ${taken} is in use; the registry is on port \\d+\\.$`, 'm'));
    expect(demo.output).toMatch(new RegExp(`^Port ${taken} is in use; the page is on port \\d+\\.$`, 'm'));
    expect(demo.output).not.toContain(`127.0.0.1:${taken}`);
    expect(await demo.end()).toMatchObject({ code: 0 });
  } finally {
    holder.close();
  }
});

test('demo: a failure is said, and the end is 1', async () => {
  const { code, output, errors } = await startDemo('--once', '--storage', test.info().file).ended;
  expect(code).toBe(1);
  expect(errors).toContain('The demo failed: ');
  expect(output).not.toContain('Pulled');
});

for (const wrong of [['--port', 'http'], ['--registry-port', '70000'], ['--unknown']]) {
  test(`demo: ${wrong.join(' ')} is refused with the usage`, async () => {
    const { code, errors } = await startDemo(...wrong).ended;
    expect(code).toBe(2);
    expect(errors).toContain('Usage: npm start');
  });
}

test('page: only its files are served, with headers that allow nothing else', async ({ demo }) => {
  const found = await fetch(demo.url);
  expect(found.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(found.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
  expect(found.headers.get('content-security-policy')).not.toContain('unsafe');
  expect(found.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await fetch(`${demo.url}/main.js`)).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  for (const name of ['hash-worker', 'deflate-worker']) {
    const worker = await fetch(`${demo.url}/${name}.js`);
    expect(worker.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(worker.headers.get('content-security-policy')).toBe("default-src 'none'; script-src 'wasm-unsafe-eval'");
  }
  expect((await fetch(`${demo.url}/style.css`)).headers.get('content-type')).toBe('text/css; charset=utf-8');
  expect(await (await fetch(`${demo.url}/config.json`)).json()).toEqual({
    registry: demo.registry,
    sample: `${demo.registry}/demo/sample:v1`,
  });
  for (const path of ['/server.js', '/dist/main.js', '/..%2fserver.ts', '/__proto__', '/constructor', '//', '/v2/']) {
    expect((await fetch(demo.url + path)).status, path).toBe(404);
  }
  expect((await fetch(demo.url, { method: 'POST' })).status).toBe(405);
  expect(await statusWithHost(demo.url, 'evil.test')).toBe(421);
  expect(await statusWithHost(`http://${demo.registry}/v2/`, 'evil.test')).toBe(421);
});

test('page: another site cannot read its registry', async ({ demo }) => {
  const allowedFor = async (origin: string): Promise<string | null> =>
    (await fetch(`http://${demo.registry}/v2/`, { headers: { origin } })).headers.get('access-control-allow-origin');
  expect(await allowedFor(demo.url)).toBe(demo.url);
  expect(await allowedFor('https://evil.test')).toBeNull();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`page: it fits into 320 pixels, in ${colorScheme} colours`, async ({ page, demo }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 320, height: 640 });
    const overflow = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await page.goto(demo.url);
    await chooseFiles(page, [freshFile(`${'long-name-'.repeat(12)}.bin`, 10)]);
    expect(await overflow()).toBe(0);
    await page.getByRole('button', { name: 'Push', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Pushed' })).toBeVisible();
    expect(await overflow()).toBe(0);
    await page.getByRole('button', { name: 'Inspect it' }).click();
    await page.getByText(/^Raw JSON/).click();
    expect(await overflow()).toBe(0);
  });
}

test('page: markup cannot get in by a script, either', async ({ context, demo }) => {
  const page = await context.newPage();
  await page.goto(demo.url);
  const refused = page.waitForEvent('console', (message) => /Trusted/i.test(message.text()));
  const inject = (): void => {
    document.body.innerHTML = '<img src=x onerror=alert(1)>';
  };
  await expect(page.evaluate(inject)).rejects.toThrow(/Trusted/);
  await refused;
});

async function statusWithHost(url: string, host: string): Promise<number | undefined> {
  const asked = request(url, { headers: { host } }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}
