import { createHash } from 'node:crypto';
import { expect, type Page, test } from 'playwright/test';
import { type Site, withPackageSite } from './fixtures/site.ts';

declare const oras: typeof import('../src/browser.ts');

const size = 8_000_000;
const right = `sha256:${createHash('sha256').update(Buffer.alloc(size, 7)).digest('hex')}`;

/** Hashes in a page, and tells which workers were started. */
async function hashIn(page: Page, site: Site): Promise<{ digest: string; workers: string[] }> {
  const workers: string[] = [];
  page.on('worker', (worker) => workers.push(worker.url()));
  await page.goto(site.url);
  await page.waitForFunction(() => 'oras' in globalThis);
  const digest = await page.evaluate((length) => oras.hashInWorker(new Blob([new Uint8Array(length).fill(7)])), size);
  return { digest, workers };
}

test('hashInWorker: the built worker is one file, and runs', async ({ page }) => {
  await withPackageSite({}, async (site) => {
    const { digest, workers } = await hashIn(page, site);
    expect(digest).toBe(right);
    expect(workers).toEqual([`${site.url}/browser/hash-worker.js`]);
    expect(site.requests.filter((request) => request.endsWith('.js')).sort()).toEqual([
      'GET /browser/hash-worker.js',
      'GET /oras.min.js',
    ]);
  });
});

test('hashInWorker: a package from another origin has its worker, too', async ({ page }) => {
  await withPackageSite({}, (cdn) =>
    withPackageSite({ from: cdn.url }, async (site) => {
      const { digest, workers } = await hashIn(page, site);
      expect(digest).toBe(right);
      expect(workers).toEqual([expect.stringMatching(/^blob:/)]);
      expect(cdn.requests).toContain('GET /browser/hash-worker.js');
    }),
  );
});

const own = "default-src 'none'; script-src 'self' 'unsafe-inline'";

test('hashInWorker: the worker does without WebAssembly where the policy allows none', async ({ page }) => {
  await withPackageSite({ policy: own }, async (site) => {
    const { digest, workers } = await hashIn(page, site);
    expect(digest).toBe(right);
    expect(workers).toHaveLength(1);
  });
});

const without: Record<string, string> = {
  'no worker is allowed': `${own}; worker-src 'none'`,
  'only trusted scripts are allowed': `${own}; require-trusted-types-for 'script'`,
};
for (const [name, policy] of Object.entries(without)) {
  test(`hashInWorker: the page hashes where ${name}`, async ({ page }) => {
    await withPackageSite({ policy }, async (site) => {
      const { digest, workers } = await hashIn(page, site);
      expect(digest).toBe(right);
      expect(workers).toEqual([]);
    });
  });
}
