import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { longest, longTasksOf, watchLongTasks } from './main-thread.ts';

/** Size of the file that is pushed. */
const mebibytes = Number(process.env.ORAS_E2E_MIB ?? 256);

/** Writes a file that no registry has, and gives its digest. */
function writeNoise(path: string): string {
  const file = openSync(path, 'w');
  const hash = createHash('sha256');
  const block = Buffer.alloc(1024 * 1024);
  for (let left = mebibytes; left > 0; left--) {
    randomFillSync(block);
    hash.update(block);
    writeSync(file, block);
  }
  closeSync(file);
  return `sha256:${hash.digest('hex')}`;
}

async function digestAt(url: string): Promise<string> {
  const hash = createHash('sha256');
  const reader = (await fetch(url)).body!.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) hash.update(next.value);
  return `sha256:${hash.digest('hex')}`;
}

/** Pushes as a person does, but waits in the page: looking from outside again and again would be work for it, too. */
async function pushAndWait(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const pushed = document.getElementById('pushed')!;
    const shown = new Promise<void>((resolve) => {
      new MutationObserver(() => resolve()).observe(pushed, { childList: true });
    });
    document.getElementById('push')!.click();
    await shown;
  });
}

test(`push: the page stays free while a file of ${mebibytes} MiB is hashed and sent`, async ({
  page,
  demo,
  browser,
}, info) => {
  test.setTimeout(60_000 + mebibytes * 500);
  const folder = mkdtempSync(join(tmpdir(), 'oras-js-long-'));
  try {
    const digest = writeNoise(join(folder, 'large.bin'));
    await watchLongTasks(page);
    await page.goto(demo.url);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose files' }).click();
    await (await chooser).setFiles(join(folder, 'large.bin'));
    await page.getByLabel('Destination').fill(`${demo.registry}/e2e/large:v1`);

    const blocked = await longTasksOf(browser, page, async () => {
      await page.evaluate(() => {
        setTimeout(() => {
          for (const end = performance.now() + 1000; performance.now() < end; );
        });
      });
    });
    expect(Math.max(...blocked.map(({ busy }) => busy)), 'a busy page is noticed').toBeGreaterThan(longest);

    const started = performance.now();
    const tasks = await longTasksOf(browser, page, () => pushAndWait(page));
    const seconds = (performance.now() - started) / 1000;
    const rate = `${Math.round((mebibytes * 1.048576) / seconds)} MB/s`;
    info.annotations.push({ type: 'push', description: `${rate}, long tasks: ${JSON.stringify(tasks)}` });
    expect(tasks.filter(({ busy }) => busy > longest)).toEqual([]);
    await expect(page.getByRole('heading', { name: 'Pushed' })).toBeVisible();
    expect(await digestAt(`http://${demo.registry}/v2/e2e/large/blobs/${digest}`)).toBe(digest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
