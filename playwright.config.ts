import { defineConfig } from 'playwright/test';
import { launchOptions } from './test/support/chromium.mjs';

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  workers: 1,
  retries: 0,
  // Only for what never ends: nothing may fail as the machine is slow.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  reporter: 'list',
  use: { browserName: 'chromium', headless: true, launchOptions: launchOptions() },
});
