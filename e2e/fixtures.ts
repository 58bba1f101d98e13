import { test as base, type CDPSession, expect, type Locator, type Page } from 'playwright/test';
import { Started } from './processes.ts';

/** The running demo. */
export interface Demo {
  /** Address of the page, without a slash at its end. */
  url: string;
  /** Host and port of its registry. */
  registry: string;
}

/** Starts the demo on free ports; `npm run build` must have been run. */
export function startDemo(...args: string[]): Started {
  return new Started(['demo/dist/server.js', '--port', '0', '--registry-port', '0', ...args]);
}

/**
 * A page under watch: a dialog, an error nobody caught, or something the page's policy had to stop fails the test.
 * The demo is started once for all tests of a worker.
 */
export const test = base.extend<object, { demo: Demo }>({
  demo: [
    async ({ browserName: _ }, use) => {
      const started = startDemo();
      const [, registry = ''] = await started.wrote(/Registry {2}http:\/\/(\S+)/);
      const [, url = ''] = await started.wrote(/Page {6}(\S+)\//);
      await use({ url, registry });
      expect(await started.end()).toMatchObject({ code: 0, errors: '' });
    },
    { scope: 'worker' },
  ],
  page: async ({ page }, use) => {
    const problems: string[] = [];
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) problems.push(message.text());
    });
    // Watching from the start: a key pressed right after beginning to watch could open a chooser nobody answers.
    page.on('filechooser', () => {});
    await use(page);
    expect(problems).toEqual([]);
  },
});

/** A file to choose or to drop. */
export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A file of so many bytes that no registry has yet. */
export function freshFile(name: string, size: number, mimeType = 'application/octet-stream'): TestFile {
  const buffer = Buffer.alloc(size, `${name} ${process.hrtime.bigint()} `);
  return { name, mimeType, buffer };
}

/** Chooses files as a person does: with the button, in the browser's file chooser. */
export async function chooseFiles(page: Page, files: TestFile[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /^(Choose|Add) files$/ }).click();
  await (await chooser).setFiles(files);
}

/** The row of a file in the list; its name is in a field. */
export function rowOf(page: Page, index: number): Locator {
  return page.getByRole('list', { name: 'Files to push' }).getByRole('listitem').nth(index);
}

/** Enters where to push to, and pushes. */
export async function pushTo(page: Page, reference: string): Promise<void> {
  await page.getByLabel('Destination').fill(reference);
  await page.getByRole('button', { name: 'Push', exact: true }).click();
}

/** Opens the part of the page that inspects, at a reference. */
export async function openInspect(page: Page, demo: Demo, reference: string): Promise<void> {
  await page.goto(`${demo.url}/?${new URLSearchParams({ ref: reference })}`);
}

/** Limits how fast the page can send, in bytes a second; -1 for no limit. */
export async function limitUploads(page: Page, bytesPerSecond: number): Promise<void> {
  const session = await devtools(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

const sessions = new WeakMap<Page, CDPSession>();

/** The debugging protocol of a page. */
export async function devtools(page: Page): Promise<CDPSession> {
  const session = sessions.get(page) ?? (await page.context().newCDPSession(page));
  sessions.set(page, session);
  return session;
}

export { expect };
