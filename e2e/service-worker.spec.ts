import { createHash } from 'node:crypto';
import { test as base, type CDPSession, chromium, expect, type Page } from 'playwright/test';
import { launchOptions } from '../test/support/chromium.mjs';
import { type Origin, startOrigin } from './fixtures/origin.ts';
import type { OfflinePage } from './fixtures/service-worker-page.ts';

declare const offline: OfflinePage;

const test = base.extend<object, { origin: Origin }>({
  origin: [
    async ({ browserName: _ }, use) => {
      const origin = await startOrigin('service-worker-page.ts', 'service-worker.ts');
      await use(origin);
      await origin.close();
      // The registry is nowhere but in the worker.
      expect(origin.requests.filter((request) => request.includes('/v2/'))).toEqual([]);
    },
    { scope: 'worker' },
  ],
});

const files = { 'hello.txt': 'hi\n', 'data/grüße.txt': 'grüße '.repeat(1000), empty: '' };
const digests = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, digestOf(content)]));
const bigSize = 20_000_000;

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function open(page: Page, { url }: Origin): Promise<void> {
  await page.goto(url);
  await page.evaluate(() => offline.ready());
}

async function pushAll(page: Page): Promise<string> {
  await page.evaluate((pushed) => offline.push('v1', pushed), files);
  return page.evaluate((size) => offline.pushBig('big', size), bigSize);
}

async function expectAll(page: Page, big: string): Promise<void> {
  expect(await page.evaluate(() => offline.tags())).toEqual(['big', 'v1']);
  expect(await page.evaluate(() => offline.pull('v1'))).toEqual(digests);
  expect(await page.evaluate(() => offline.pull('big'))).toEqual({ 'big.bin': big });
}

test('service worker: what a page pushed to its own origin is there after a reload, and in another page', async ({
  page,
  context,
  origin,
}) => {
  await open(page, origin);
  const big = await pushAll(page);
  await expectAll(page, big);
  await page.reload();
  await expectAll(page, big);
  const other = await context.newPage();
  await open(other, origin);
  await expectAll(other, big);
});

test('service worker: what was pushed is there when the worker was stopped and started again', async ({
  page,
  origin,
}) => {
  await open(page, origin);
  const big = await pushAll(page);
  const before = await page.evaluate(() => offline.start());
  await stopWorkers(page);
  expect(await page.evaluate(() => offline.start())).not.toBe(before);
  await expectAll(page, big);
});

test('service worker: what was pushed is there for a worker that is registered anew', async ({ page, origin }) => {
  await open(page, origin);
  const big = await pushAll(page);
  const before = await page.evaluate(() => offline.start());
  await unregister(page);
  await open(page, origin);
  expect(await page.evaluate(() => offline.start())).not.toBe(before);
  await expectAll(page, big);
});

test('service worker: what was pushed is there when the browser was closed and opened again', async ({ origin }) => {
  const profile = test.info().outputPath('profile');
  let big = '';
  for (const run of ['push', 'pull']) {
    const context = await chromium.launchPersistentContext(profile, { ...launchOptions(), headless: true });
    const page = await context.newPage();
    await open(page, origin);
    if (run === 'push') big = await pushAll(page);
    await expectAll(page, big);
    await context.close();
  }
});

test('service worker: half a push leaves nothing that is served, and the whole can follow', async ({
  page,
  origin,
}) => {
  await open(page, origin);
  await page.evaluate((pushed) => offline.push('v1', pushed), files);
  await page.evaluate((size) => offline.pushHalf(size), bigSize);
  await expect.poll(() => page.evaluate(unfinishedFiles)).toBeGreaterThan(0);
  await stopWorkers(page);
  await page.reload();
  expect(await page.evaluate(() => offline.tags())).toEqual(['v1']);
  const big = await page.evaluate((size) => offline.pushBig('big', size), bigSize);
  await expectAll(page, big);
});

/** Ends all service workers of the browser, and waits until they have. */
function stopWorkers(page: Page): Promise<void> {
  return untilWorker(page, 'stopped', (session) => session.send('ServiceWorker.stopAllWorkers'));
}

/**
 * Removes the worker, and leaves its page. The browser lists it no more at once, but keeps it until it knows that the
 * page is gone: registered before that, the old one would be back.
 */
function unregister(page: Page): Promise<void> {
  return untilWorker(page, 'redundant', async () => {
    await page.evaluate(async () => (await navigator.serviceWorker.ready).unregister());
    await page.goto('about:blank');
  });
}

/** Does something to the service workers of the browser, and waits until one is in a state. */
async function untilWorker(page: Page, state: string, act: (session: CDPSession) => Promise<unknown>): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const reached = new Promise<void>((resolve) => {
    session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
      if (versions.some(({ status, runningStatus }) => status === state || runningStatus === state)) resolve();
    });
  });
  await session.send('ServiceWorker.enable');
  await act(session);
  await reached;
  await session.detach();
}

/** In the page: how many files are being written. */
async function unfinishedFiles(): Promise<number> {
  const waiting = [await navigator.storage.getDirectory()];
  let found = 0;
  for (let directory = waiting.pop(); directory; directory = waiting.pop()) {
    const { values } = directory as unknown as { values(): AsyncIterable<FileSystemHandle> };
    for await (const handle of values.call(directory)) {
      if (handle instanceof FileSystemDirectoryHandle) waiting.push(handle);
      else if (handle.name.startsWith('.oras-js-')) found++;
    }
  }
  return found;
}
