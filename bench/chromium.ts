import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { findChromium, launchOptions } from '../test/support/chromium.mjs';
import type { FileSet } from './file-set.ts';
import { type PageUpload, pushInPage, type SeenInPage, sendInPage } from './in-page.ts';
import { servePage } from './page-server.ts';
import { findRegistry } from './registries.ts';
import { median } from './row.ts';
import type { Settings } from './settings.ts';
import { times } from './table.ts';

// Loaded as it is installed: it is not made to be bundled.
const { chromium } = createRequire(import.meta.url)('playwright') as typeof import('playwright');

/** Measures the push of one file in Chromium beside a bare request, both against the embedded registry, and prints it. */
export async function benchChromium(files: FileSet, { runs }: Settings): Promise<void> {
  console.log(`\nChromium: push of ${files.title} to the embedded registry (median of ${runs})`);
  if (!findChromium()) return console.log('   skipped, it is not installed');
  const registry = await findRegistry('embedded').start();
  const server = await servePage();
  const browser = await chromium.launch(launchOptions());
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.setInputFiles('input', join(files.folder, files.files[0]?.name ?? ''));
    print(await measureIn(page, registry.host, files, runs));
  } finally {
    await browser.close();
    server.close();
    await registry.close();
  }
}

/** What one way of sending took, run by run. */
type Runs = Record<'ours' | 'bare', SeenInPage[]>;

async function measureIn(page: Page, host: string, { files }: FileSet, runs: number): Promise<Runs> {
  const seen: Runs = { ours: [], bare: [] };
  const digest = files[0]?.digest ?? '';
  for (let round = 0; round < runs; round++) {
    const upload = async (kind: keyof Runs, send: (upload: PageUpload) => Promise<SeenInPage>): Promise<void> => {
      const repository = `bench/${kind}-${round}`;
      seen[kind].push(await page.evaluate(send, { host, repository, digest }));
      await fetch(`http://${host}/v2/${repository}/blobs/${digest}`, { method: 'DELETE' });
    };
    await upload('ours', pushInPage);
    await upload('bare', sendInPage);
  }
  return seen;
}

function print({ ours, bare }: Runs): void {
  const [own, wire] = [ours, bare].map((runs) => median(runs.map(({ seconds }) => seconds))) as [number, number];
  const longest = Math.max(...ours.map(({ longestTask }) => longestTask));
  console.log(
    `   ${'oras-js'.padEnd(24)}${own.toFixed(2).padStart(9)} s  ${times(own / wire)} the time of the request`,
  );
  console.log(`   ${'one bare XMLHttpRequest'.padEnd(24)}${wire.toFixed(2).padStart(9)} s`);
  const task = longest === 0 ? 'none of 50 ms or more' : `${longest.toFixed(0)} ms`;
  console.log(`   longest task of the main thread during a push of oras-js: ${task}`);
}
