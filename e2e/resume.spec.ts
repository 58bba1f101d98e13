import { test as base, expect, type Page } from 'playwright/test';
import { MemoryStorage, Registry } from '../src/index.ts';
import { serve } from '../src/node.ts';
import { digestOf } from '../src/oci/digest.ts';
import { createRegistryServer } from '../src/server.ts';
import { type Origin, startOrigin } from './fixtures/origin.ts';
import type { ResumePage } from './fixtures/resume-page.ts';

declare const uploads: ResumePage;

const size = 5_500_000;

/** A registry that can stop answering. */
interface Stopping {
  host: string;
  storage: MemoryStorage;
  /** The ranges of chunks so far. */
  ranges: string[];
  /** Ends when it has got the chunk that begins at a byte, which is then not answered and lost. */
  stopAt(byte: number): Promise<void>;
}

const test = base.extend<{ registry: Stopping }, { origin: Origin }>({
  origin: [
    async ({ browserName: _ }, use) => {
      const origin = await startOrigin('resume-page.ts');
      await use(origin);
      await origin.close();
    },
    { scope: 'worker' },
  ],
  registry: async ({ browserName: _ }, use) => {
    const storage = new MemoryStorage();
    const handler = createRegistryServer({ storage });
    const ranges: string[] = [];
    let stop = { at: '', reached: (): void => {} };
    const server = await serve(async (request) => {
      const range = request.headers.get('content-range');
      if (range !== null) ranges.push(range);
      if (stop.at === '' || range?.startsWith(stop.at) !== true) return handler(request);
      stop.reached();
      return new Promise<Response>(() => {});
    });
    const stopAt = (byte: number): Promise<void> =>
      new Promise((resolve) => {
        stop = {
          at: `${byte}-`,
          reached: () => {
            stop.at = '';
            resolve();
          },
        };
      });
    await use({ host: server.host, storage, ranges, stopAt });
    await server.close();
  },
  page: async ({ page, origin }, use) => {
    await open(page, origin);
    await use(page);
  },
});

async function open(page: Page, { url }: Origin): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => 'uploads' in globalThis);
}

/** Begins a push and ends the page while its fourth chunk is on its way. */
async function reloadInUpload(page: Page, { host, stopAt }: Stopping): Promise<void> {
  const stopped = stopAt(3_000_000);
  const pushing = page
    .evaluate(([reference, bytes]) => uploads.push(reference, bytes), [`${host}/org/big:v1`, size] as const)
    .catch(() => 'gone');
  await stopped;
  await page.reload();
  expect(await pushing).toBe('gone');
  await page.waitForFunction(() => 'uploads' in globalThis);
}

async function expectPushed({ host, storage }: Stopping, digest: string): Promise<void> {
  const [file] = (await new Registry({ plainHttp: true }).pull(`${host}/org/big:v1`)).files;
  expect(digestOf(new Uint8Array(await (await file!.blob()).arrayBuffer()))).toBe(digest);
  const left: string[] = [];
  for await (const { path } of storage.list('_uploads/')) left.push(path);
  expect(left).toEqual([]);
}

test('resume: a page that was reloaded in an upload sends only what is missing', async ({ page, registry }) => {
  await reloadInUpload(page, registry);
  expect(await page.evaluate(() => uploads.notes())).toBe(1);
  const before = registry.ranges.length;
  const reference = `${registry.host}/org/big:v1`;
  const pushed = await page.evaluate(([to, bytes]) => uploads.push(to, bytes), [reference, size] as const);
  expect(pushed.began).toBe('resume 3000000');
  expect(registry.ranges.slice(before)).toEqual(['3000000-3999999', '4000000-4999999', '5000000-5499999']);
  await expectPushed(registry, pushed.digest);
  expect(await page.evaluate(() => uploads.notes())).toBe(0);
});

test('resume: another page of the origin goes on, too', async ({ page, registry, context, origin }) => {
  await reloadInUpload(page, registry);
  const other = await context.newPage();
  await open(other, origin);
  const reference = `${registry.host}/org/big:v1`;
  const pushed = await other.evaluate(([to, bytes]) => uploads.push(to, bytes), [reference, size] as const);
  expect(pushed.began).toBe('resume 3000000');
  await expectPushed(registry, pushed.digest);
});

test('resume: a file that has changed meanwhile is sent anew', async ({ page, registry }) => {
  await reloadInUpload(page, registry);
  const reference = `${registry.host}/org/big:v1`;
  const pushed = await page.evaluate(([to, bytes]) => uploads.push(to, bytes, 11), [reference, size] as const);
  expect(pushed.began).toBe('restart changed');
  await expectPushed(registry, pushed.digest);
});
