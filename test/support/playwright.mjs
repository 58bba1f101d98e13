import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { run } from './executables.mjs';

/**
 * Downloads the build of a browser that Playwright has for this system, to where Playwright looks for it.
 *
 * @param {'chromium' | 'firefox'} browser
 */
export function installWithPlaywright(browser) {
  const playwright = dirname(createRequire(import.meta.url).resolve('playwright/package.json'));
  run(process.execPath, [join(playwright, 'cli.js'), 'install', browser]);
}
