import { expect, type Page, test } from 'playwright/test';
import { type Site, withPackageSite } from './fixtures/site.ts';

declare const oras: typeof import('../src/browser.ts') & typeof import('../src/index.ts');

/** As many lines as make a tar of some blocks. */
const lines = 400_000;

/** The digest that Node gives. */
const right = 'sha256:3fba8333301f0df32acd3f4cf9f4728f33623fdc1facd3045406b4d29b89f7bf';

/** Packs in a page, and tells which workers were started. */
async function packIn(page: Page, site: Site): Promise<{ digest: string; workers: string[] }> {
  const workers = new Set<string>();
  page.on('worker', (worker) => workers.add(worker.url()));
  await page.goto(site.url);
  await page.waitForFunction(() => 'oras' in globalThis);
  const digest = await page.evaluate(async (count) => {
    const directory = new oras.MemoryStorage();
    await directory.put('lines.txt', new Blob([Array.from({ length: count }, (_, i) => `${i}\n`).join('')]));
    const { stream, described } = oras.packInWorkers({ name: 'd', directory });
    const reader = stream.getReader();
    while (!(await reader.read()).done);
    return (await described).digest;
  }, lines);
  return { digest, workers: [...workers].sort() };
}

test('packInWorkers: the built workers are one file each, and give the digest that Node gives', async ({ page }) => {
  await withPackageSite({}, async (site) => {
    const { digest, workers } = await packIn(page, site);
    expect(digest).toBe(right);
    const files = ['browser/deflate-worker.js', 'browser/hash-worker.js'];
    expect(workers).toEqual(files.map((file) => `${site.url}/${file}`));
    const scripts = new Set(site.requests.filter((request) => request.endsWith('.js')));
    expect([...scripts].sort()).toEqual([...files, 'oras.min.js'].map((file) => `GET /${file}`));
  });
});

test('packInWorkers: a package from another origin has its workers, too', async ({ page }) => {
  await withPackageSite({}, (cdn) =>
    withPackageSite({ from: cdn.url }, async (site) => {
      const { digest, workers } = await packIn(page, site);
      expect(digest).toBe(right);
      for (const worker of workers) expect(worker).toMatch(/^blob:/);
      expect(cdn.requests).toContain('GET /browser/deflate-worker.js');
    }),
  );
});

const own = "default-src 'none'; script-src 'self' 'unsafe-inline'";
const without: Record<string, string> = {
  'no worker is allowed': `${own}; worker-src 'none'`,
  'only trusted scripts are allowed': `${own}; require-trusted-types-for 'script'`,
};
for (const [name, policy] of Object.entries(without)) {
  test(`packInWorkers: the page packs where ${name}`, async ({ page }) => {
    await withPackageSite({ policy }, async (site) => {
      const { digest, workers } = await packIn(page, site);
      expect(digest).toBe(right);
      expect(workers).toEqual([]);
      expect(site.requests).toContain('GET /chunks/pako.min.js');
    });
  });
}
