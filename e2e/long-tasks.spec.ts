import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page, TestInfo } from 'playwright/test';
import { type Demo, expect, rowOf, test } from './fixtures.ts';
import { chooseFolder, sourceTree, writeTree } from './folders.ts';
import { keepBusy, longest, runs, tasksOf, usual, watchLongTasks, workOf } from './main-thread.ts';

/** Size of what is pushed. */
const mebibytes = Number(process.env.ORAS_E2E_MIB ?? 256);

/** Writes a file of blocks of 1 MiB, and gives its digest. */
function writeBlocks(path: string, blocks: number, fill: (block: Buffer) => void): string {
  const file = openSync(path, 'w');
  const hash = createHash('sha256');
  const block = Buffer.alloc(1024 * 1024);
  for (let left = blocks; left > 0; left--) {
    fill(block);
    hash.update(block);
    writeSync(file, block);
  }
  closeSync(file);
  return `sha256:${hash.digest('hex')}`;
}

/** Fills a block with lines of numbers, which get smaller as tables do. */
function fillWithNumbers(block: Buffer): void {
  for (let offset = 0; offset < block.length; ) {
    offset += block.write(`${offset},${Math.random().toFixed(6)},${Math.round(Math.random() * 100)}\n`, offset);
  }
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

interface Pushed {
  page: Page;
  demo: Demo;
  browser: Browser;
  info: TestInfo;
  /** Chooses what is pushed, and waits until it is in the list. */
  choose: () => Promise<void>;
  /** Looks whether all of it is in the repository. */
  check: (repository: string) => Promise<void>;
}

/** Pushes some times, until the page has done nothing for too long meanwhile. */
async function expectFree({ page, demo, browser, info, choose, check }: Pushed): Promise<void> {
  test.setTimeout(300_000 + attempts * mebibytes * 1000);
  let tooLong: number[] = [];
  await watchLongTasks(page);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    // Another repository does not have it yet.
    const repository = `e2e/large-${info.line}-${attempt}`;
    await page.goto(demo.url);
    await choose();
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
    await check(repository);
    // What the page was told of is looked up in the trace.
    tooLong = told.length > 0 ? workOf(tasks).filter((work) => work > limit) : [];
    if (tooLong.length === 0) break;
  }
  expect(tooLong, `work of tasks, each time in ${attempts} pushes`).toEqual([]);
}

test(`push: the page stays free while a file of ${mebibytes} MiB is hashed and sent`, async ({
  page,
  demo,
  browser,
}, info) => {
  const folder = mkdtempSync(join(tmpdir(), 'oras-js-long-'));
  try {
    const file = join(folder, 'large.bin');
    const digest = writeBlocks(file, mebibytes, randomFillSync);
    const choose = async (): Promise<void> => {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose files' }).click();
      await (await chooser).setFiles(file);
    };
    const check = async (repository: string): Promise<void> =>
      expect(await digestAt(`http://${demo.registry}/v2/${repository}/blobs/${digest}`)).toBe(digest);
    await expectFree({ page, demo, browser, info, choose, check });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test(`push: the page stays free while a folder of ${mebibytes} MiB is packed`, async ({
  page,
  demo,
  browser,
}, info) => {
  const folder = mkdtempSync(join(tmpdir(), 'oras-js-long-'));
  try {
    writeTree(folder, sourceTree(5000));
    // Half of it cannot be compressed, and half of it can.
    writeBlocks(join(folder, 'large.csv'), mebibytes / 2, fillWithNumbers);
    writeBlocks(join(folder, 'large.bin'), mebibytes / 2, randomFillSync);
    const choose = async (): Promise<void> => {
      await chooseFolder(page, folder);
      await expect(rowOf(page, 0)).toContainText('5,002 files');
    };
    const check = async (repository: string): Promise<void> => {
      const { layers } = (await (await fetch(`http://${demo.registry}/v2/${repository}/manifests/v1`)).json()) as {
        layers: { digest: string }[];
      };
      const [layer] = layers;
      expect(await digestAt(`http://${demo.registry}/v2/${repository}/blobs/${layer?.digest}`)).toBe(layer?.digest);
    };
    await expectFree({ page, demo, browser, info, choose, check });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
