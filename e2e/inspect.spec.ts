import { readFileSync } from 'node:fs';
import type { Page, Route } from 'playwright/test';
import { push, pushManifest } from './client.ts';
import { expect, openInspect, test } from './fixtures.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

test('inspect: a deep link shows the sample with its type, digest, sizes, annotations and layers', async ({
  page,
  demo,
}) => {
  const reference = `${demo.registry}/demo/sample:v1`;
  await openInspect(page, demo, reference);
  await expect(page.getByLabel('Reference')).toHaveValue(reference);
  const artifact = page.locator('.artifact');
  await expect(artifact.getByRole('heading', { name: reference })).toBeFocused();
  await expect(artifact).toContainText('OCI manifest');
  await expect(artifact).toContainText('Digest verified');
  await expect(artifact).toContainText('application/vnd.example.sample');
  await expect(artifact).toContainText('3 layers, 1.2 kB in total');
  await expect(artifact.getByRole('row', { name: /image\.description/ })).toContainText('Three small files');
  await expect(page.locator('.item-title')).toHaveText(['hello.txt', 'README.md', 'data/planets.json']);
  await expect(page.locator('.item').first()).toContainText('text/plain');
  await expect(page.locator('.item').first()).toContainText('23 B');
  await expect(page).toHaveTitle(`${reference} · oras-js demo`);
});

test('inspect: a layer is downloaded with its name and its very bytes', async ({ page, demo }) => {
  await openInspect(page, demo, `${demo.registry}/demo/sample:v1`);
  const layer = page.locator('.item').nth(2);
  const download = page.waitForEvent('download');
  await layer.getByRole('button', { name: 'Download (verified)' }).click();
  expect((await download).suggestedFilename()).toBe('planets.json');
  const saved: unknown = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  expect(saved).toContainEqual({ name: 'Earth', moons: ['Moon'] });
  await expect(layer.getByRole('status')).toHaveText('Verified, 127 B');
});

test('inspect: a layer with other bytes than its digest says is not saved', async ({ page, demo }) => {
  await page.route(/\/v2\/demo\/sample\/blobs\//, async (route) => {
    const response = await route.fetch();
    const body = Buffer.from(await response.body());
    body[0] = body[0]! ^ 1;
    await route.fulfill({ response, body });
  });
  let downloads = 0;
  page.on('download', () => {
    downloads += 1;
  });
  await openInspect(page, demo, `${demo.registry}/demo/sample:v1`);
  await page.getByRole('button', { name: 'Download (verified)' }).first().click();
  await expect(page.getByRole('alert')).toContainText('MISMATCH');
  expect(downloads).toBe(0);
});

test('inspect: the raw JSON is there indented, as stored, to copy and to download', async ({ page, demo }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: demo.url });
  const reference = `${demo.registry}/demo/sample:v1`;
  const stored = await (
    await fetch(`http://${demo.registry}/v2/demo/sample/manifests/v1`, { headers: { accept: manifestType } })
  ).text();
  await openInspect(page, demo, reference);
  await page.getByText(/^Raw JSON/).click();
  const shown = page.getByRole('region', { name: 'Raw JSON' });
  await expect(shown).toHaveText(JSON.stringify(JSON.parse(stored), null, 2), { useInnerText: true });
  await page.getByRole('button', { name: 'As stored' }).click();
  expect(await shown.textContent()).toBe(stored);
  await page.getByRole('button', { name: 'Copy raw JSON' }).click();
  await expect(page.getByRole('button', { name: 'Copied: raw JSON' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(stored);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download raw JSON' }).click();
  expect(readFileSync(await (await download).path(), 'utf8')).toBe(stored);
});

test('inspect: a tag that is not there is said in an alert, and Enter asks again', async ({ page, demo }) => {
  await openInspect(page, demo, `${demo.registry}/demo/sample:missing`);
  await expect(page.getByRole('alert')).toContainText('NOT_FOUND');
  await expect(page.getByRole('alert')).toContainText('MANIFEST_UNKNOWN');
  await expect(page.getByLabel('Reference')).toBeFocused();
  await page.getByLabel('Reference').fill('demo/sample:v1');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: `${demo.registry}/demo/sample:v1` })).toBeFocused();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

for (const malformed of ['not a reference', 'HOST/Upper:v1', 'localhost:5000/a@sha256:12', 'localhost:99999/a:b']) {
  test(`inspect: the malformed reference ${malformed} is refused, and nothing is sent`, async ({ page, demo }) => {
    const sent: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(demo.url)) sent.push(request.url());
    });
    await openInspect(page, demo, malformed);
    await expect(page.getByRole('alert')).toContainText('INVALID_REFERENCE');
    await expect(page.getByLabel('Reference')).toHaveAttribute('aria-invalid', 'true');
    expect(sent).toEqual([]);
  });
}

test('inspect: an index shows its platforms, and each leads to its manifest and back', async ({ page, demo }) => {
  const repository = `${demo.registry}/e2e/index`;
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm', variant: 'v7' },
    { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1' },
    { os: 'unknown', architecture: 'unknown' },
  ];
  const manifests = [];
  for (const platform of platforms) {
    const name = `${Object.values(platform).join('-')}.txt`;
    const child = await push(`${repository}:child`, { files: [{ name, content: name }] });
    manifests.push({ ...child, platform });
  }
  const index = { schemaVersion: 2, mediaType: indexType, manifests, annotations: { purpose: 'platforms' } };
  await pushManifest(`${repository}:multi`, JSON.stringify(index));

  await openInspect(page, demo, `${repository}:multi`);
  await expect(page.locator('.artifact')).toContainText('OCI index');
  await expect(page.locator('.artifact')).toContainText('4 manifests, 2');
  await expect(page.locator('.item-title')).toHaveText([
    'linux/amd64',
    'linux/arm/v7',
    'windows/amd64 10.0.17763.1',
    'Attestation (unknown/unknown)',
  ]);
  await expect(page.getByRole('region', { name: 'With the oras command' })).toHaveText(
    `oras pull --plain-http --platform linux/amd64 ${repository}:multi`,
  );
  await page.getByRole('button', { name: 'Inspect linux/arm/v7' }).click();
  await expect(page.getByRole('heading', { name: `${repository}@${manifests[1]!.digest}` })).toBeFocused();
  await expect(page.locator('.item-title')).toHaveText('linux-arm-v7.txt');
  await page.goBack();
  await expect(page.getByRole('heading', { name: `${repository}:multi` })).toBeFocused();
  await expect(page.getByRole('row', { name: /purpose/ })).toContainText('platforms');
});

test('inspect: the tags of the repository are listed when asked for, and each can be opened', async ({
  page,
  demo,
}) => {
  const repository = `${demo.registry}/e2e/tags`;
  for (const tag of ['v1', 'v2', 'latest']) {
    await push(`${repository}:${tag}`, { files: [{ name: `${tag}.txt`, content: tag }] });
  }
  await openInspect(page, demo, `${repository}:v1`);
  await page.getByText('Tags of this repository').click();
  const tags = page.getByRole('list', { name: 'Tags' }).getByRole('button');
  await expect(tags).toHaveText(['latest', 'v1', 'v2']);
  await tags.filter({ hasText: 'v2' }).click();
  await expect(page.getByRole('heading', { name: `${repository}:v2` })).toBeFocused();
  await expect(page.locator('.item-title')).toHaveText('v2.txt');
});

test('inspect: tags come page by page, however short the pages are', async ({ page, demo }) => {
  await page.route('**/v2/demo/sample/tags/list*', (route) => {
    const isFirst = !new URL(route.request().url()).searchParams.has('last');
    const headers = isFirst ? { link: '</v2/demo/sample/tags/list?last=b>; rel="next"' } : {};
    return answer(route, 200, { name: 'demo/sample', tags: isFirst ? ['a', 'b'] : ['c'] }, headers);
  });
  await openInspect(page, demo, `${demo.registry}/demo/sample:v1`);
  await page.getByText('Tags of this repository').click();
  const tags = page.getByRole('list', { name: 'Tags' }).getByRole('button');
  await expect(tags).toHaveText(['a', 'b']);
  await page.getByRole('button', { name: 'More tags' }).click();
  await expect(tags).toHaveText(['a', 'b', 'c']);
  await expect(page.getByRole('button', { name: 'More tags' })).toBeHidden();
});

test('inspect: text of others stays text, whatever is in it', async ({ page, demo }) => {
  const markup = '<img src=x onerror=alert(1)>';
  const repository = `${demo.registry}/e2e/hostile`;
  const { digest, size } = await push(`${repository}:plain`, { files: [{ name: 'x', content: markup }] });
  const blob = await blobOf(`http://${demo.registry}/v2/e2e/hostile/manifests/plain`);
  const annotations = {
    [markup]: '"><svg/onload=alert(1)>',
    'org.opencontainers.image.url': 'javascript:alert(1)',
    'org.opencontainers.image.source': 'data:text/html,<script>alert(1)</script>',
    'org.opencontainers.image.vendor': ' https://example.com" onclick="alert(1)',
    'org.opencontainers.image.documentation': 'https://example.com/docs?a=1&b=2',
    turned: 'photo\u202egpj.exe',
    control: 'a\u0007b\u001b[31m\u009b2J\u0000',
    invisible: 'in\u200bvisible',
    long: 'x'.repeat(10_000),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: `text/html;${markup}`,
    config: blob,
    layers: [
      { ...blob, mediaType: 'text/html', annotations: { 'org.opencontainers.image.title': `../../${markup}.html` } },
    ],
    subject: { mediaType: manifestType, digest, size, artifactType: markup },
    annotations,
  };
  await pushManifest(`${repository}:v1`, JSON.stringify(manifest));

  await openInspect(page, demo, `${repository}:v1`);
  const artifact = page.locator('.artifact');
  await expect(artifact).toContainText(`text/html;${markup}`);
  await expect(page.locator('.item-title')).toHaveText(`../../${markup}.html`);
  const cellOf = (key: string) => artifact.getByRole('row', { name: key }).getByRole('cell');
  await expect(cellOf(markup)).toHaveText('"><svg/onload=alert(1)>');
  await expect(cellOf('image.url')).toHaveText('javascript:alert(1)');
  await expect(cellOf('turned')).toHaveText('photo\\u202egpj.exe');
  await expect(cellOf('control')).toHaveText('a\\u0007b\\u001b[31m\\u009b2J\\u0000');
  await expect(cellOf('invisible')).toHaveText('in\\u200bvisible');
  await expect(cellOf('long')).toHaveText(/^x{2000}… \(8,000 more characters\)$/);

  const links = page.locator('#inspected a');
  await expect(links).toHaveCount(1);
  await expect(links).toHaveAttribute('href', 'https://example.com/docs?a=1&b=2');
  await expect(links).toHaveAttribute('rel', 'noopener noreferrer');
  await expect(page.locator('#inspected').locator('img, svg, script, iframe, style, object')).toHaveCount(0);
  await page.getByText(/^Raw JSON/).click();
  await expect(page.getByRole('region', { name: 'Raw JSON' })).not.toContainText('\u202e');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download (verified)' }).click();
  expect((await download).suggestedFilename()).toBe('_img src=x onerror=alert(1)_.html');
});

test('inspect: an index cannot put words into the commands that are copied', async ({ page, demo }) => {
  const repository = `${demo.registry}/e2e/hostile-index`;
  const child = await push(`${repository}:child`, { files: [{ name: 'x', content: 'x' }] });
  const manifests = [{ ...child, platform: { os: 'linux; reboot', architecture: "amd64'+evil()+'" } }];
  await pushManifest(`${repository}:v1`, JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
  await openInspect(page, demo, `${repository}:v1`);
  await expect(page.locator('.item-title')).toHaveText("linux; reboot/amd64'+evil()+'");
  await expect(page.getByText('With the oras command')).toHaveCount(0);
});

test('inspect: of very many annotations the first are shown, and all are in the raw JSON', async ({ page, demo }) => {
  const reference = `${demo.registry}/e2e/many:v1`;
  const annotations = Object.fromEntries(
    Array.from({ length: 50_000 }, (_, i) => [`key-${i}`, `a value ${i}`.repeat(2)]),
  );
  await push(reference, { files: [{ name: 'x', content: 'x' }], annotations });
  await openInspect(page, demo, reference);
  await expect(page.locator('.artifact').getByRole('row')).toHaveCount(101);
  await expect(page.locator('.artifact')).toContainText('and 49,900 more annotations');
  await page.getByText(/^Raw JSON/).click();
  await expect(page.getByRole('region', { name: 'Raw JSON' })).toContainText(/… \([\d,]+ more characters\)$/);
});

test('inspect: what a registry says in an error stays text, too', async ({ page, demo }) => {
  const message = '<img src=x onerror=alert(1)>\u202e';
  await serveRegistry(page, 'hostile.test', (route) =>
    answer(route, 404, { errors: [{ code: '<script>alert(1)</script>', message }] }),
  );
  await openInspect(page, demo, 'hostile.test/a/b:v1');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('<script>alert(1)</script>');
  await expect(alert).toContainText('onerror=alert(1)>\\u202e');
  await expect(alert.locator('img, script')).toHaveCount(0);
});

test('inspect: credentials go to the registry they were typed for, and are forgotten with it', async ({
  page,
  demo,
}) => {
  const asked: { host: string; authorization: string | undefined }[] = [];
  for (const host of ['private.test', 'other.test']) {
    await serveRegistry(page, host, (route) => {
      const { authorization } = route.request().headers();
      asked.push({ host, authorization });
      const isKnown = authorization === `Basic ${Buffer.from('ann:secret').toString('base64')}`;
      return isKnown
        ? answer(route, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'known but not there' }] })
        : answer(route, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'who is it?' }] });
    });
  }
  await openInspect(page, demo, 'private.test/a/b:v1');
  await expect(page.getByRole('alert')).toContainText('UNAUTHORIZED');
  await page.getByRole('button', { name: 'Enter credentials' }).click();
  await expect(page.getByLabel('User name')).toBeFocused();
  await expect(page.locator('#credentials-host')).toHaveText('private.test');
  await page.getByLabel('User name').fill('ann');
  await page.getByLabel('Password or token').fill('secret');
  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(page.getByRole('alert')).toContainText('known but not there');
  await expect(page).not.toHaveURL(/secret|ann/);

  await page.getByLabel('Reference').fill('other.test/a/b:v1');
  await page.getByLabel('Reference').press('Tab');
  await expect(page.getByLabel('Password or token')).toHaveValue('');
  await expect(page.getByLabel('User name')).toHaveValue('');
  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(page.getByRole('alert')).toContainText('who is it?');
  expect(asked.filter(({ host, authorization }) => host === 'other.test' && authorization)).toEqual([]);

  const before = asked.length;
  await page.goBack();
  await expect(page.getByLabel('Reference')).toHaveValue('private.test/a/b:v1');
  await expect(page.getByRole('alert')).toContainText('who is it?');
  expect(asked.slice(before)).toContainEqual({ host: 'private.test', authorization: undefined });
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([0, 0, '']);
});

/** The descriptor of the first layer of a manifest. */
async function blobOf(manifestUrl: string): Promise<{ mediaType: string; digest: string; size: number }> {
  const { layers } = await (await fetch(manifestUrl, { headers: { accept: manifestType } })).json();
  const [{ digest, size }] = layers;
  return { mediaType: 'application/octet-stream', digest, size };
}

/** Answers for a registry that is on no network. */
async function serveRegistry(page: Page, host: string, handle: (route: Route) => Promise<void>): Promise<void> {
  await page.route(`https://${host}/**`, (route) =>
    route.request().method() === 'OPTIONS' ? answer(route, 204, undefined) : handle(route),
  );
}

function answer(route: Route, status: number, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  return route.fulfill({
    status,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, accept',
      'access-control-expose-headers': 'www-authenticate, link',
      'content-type': 'application/json',
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="test"' } : {}),
      ...headers,
    },
    body: body === undefined ? '' : JSON.stringify(body),
  });
}
