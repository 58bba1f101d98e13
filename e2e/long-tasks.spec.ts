import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { keepBusy, longest, runs, tasksOf, usual, watchLongTasks, workOf } from './main-thread.ts';

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

/** How long a task of the page may be at work here: {@link longest}, and more where the machine is slow. */
async function limitFor(browser: Browser, page: Page): Promise<number> {
  const { told, tasks } = await tasksOf(browser, page, () => keepBusy(page));
  // Without, work cannot be told from waiting for a processor.
  expect(workOf(tasks).length, 'the trace knows how long threads were at work').toBeGreaterThan(0);
  expect(told.length, 'a busy page is noticed').toBeGreaterThanOrEqual(runs);
  // The fastest run says most of the machine, and least of what else it did.
  const fastest = workOf(tasks)[runs - 1] ?? 0;
  expect(fastest, 'and is in the trace').toBeGreaterThan(longest);
  return longest * Math.max(1, fastest / usual);
}

/**
 * How often it is pushed until no task is too long. A virtual machine whose processor is given to another for a while
 * takes that for work of a task, whichever it is; what the page does too long, it does each time.
 */
const attempts = 5;

test(`push: the page stays free while a file of ${mebibytes} MiB is hashed and sent`, async ({
  page,
  demo,
  browser,
}, info) => {
  test.setTimeout(300_000 + attempts * mebibytes * 1000);
  const folder = mkdtempSync(join(tmpdir(), 'oras-js-long-'));
  try {
    const digest = writeNoise(join(folder, 'large.bin'));
    let tooLong: number[] = [];
    await watchLongTasks(page);
    for (let attempt = 1; attempt <= attempts; attempt++) {
      // Another repository does not have the file yet.
      const repository = `e2e/large-${attempt}`;
      await page.goto(demo.url);
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose files' }).click();
      await (await chooser).setFiles(join(folder, 'large.bin'));
      await page.getByLabel('Destination').fill(`${demo.registry}/${repository}:v1`);

      const limit = await limitFor(browser, page);
      const started = performance.now();
      const { told, tasks } = await tasksOf(browser, page, () => pushAndWait(page));
      const seconds = (performance.now() - started) / 1000;
      const rate = `${Math.round((mebibytes * 1.048576) / seconds)} MB/s`;
      const long = tasks.filter(({ milliseconds }) => milliseconds > longest);
      const description = `${rate}, long tasks: ${JSON.stringify({ limit, told, long })}`;
      info.annotations.push({ type: 'push', description });
      expect(workOf(tasks).length, 'the push is in the trace').toBeGreaterThan(0);
      await expect(page.getByRole('heading', { name: 'Pushed' })).toBeVisible();
      expect(await digestAt(`http://${demo.registry}/v2/${repository}/blobs/${digest}`)).toBe(digest);
      // What the page was told of is looked up in the trace.
      tooLong = told.length > 0 ? workOf(tasks).filter((work) => work > limit) : [];
      if (tooLong.length === 0) break;
    }
    expect(tooLong, `work of tasks, each time in ${attempts} pushes`).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
