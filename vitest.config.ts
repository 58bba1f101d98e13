import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig } from 'vitest/config';
import { sourceAliases } from './package-sources.mjs';
import { launchOptions } from './test/support/chromium.mjs';
import { isCI } from './test/support/ci.mjs';
import { findFirefox } from './test/support/firefox.mjs';
import { firefoxProvider } from './test/support/firefox-provider.ts';
import { threadPrograms } from './test/support/thread-programs.ts';

// Long enough for a machine that is slow and busy: nothing waits for these but what has failed.
const common = {
  include: ['test/**/*.test.ts'],
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
};

const inPages = {
  resolve: { alias: sourceAliases('browser') },
  // Found during a run, it would load the page anew.
  optimizeDeps: { include: ['fast-check', 'hash-wasm', 'ky', 'pako', 'zod/mini'] },
};

// A table of pure functions (CONTRIBUTING.md) is run in Node alone.
const notInPages = [...configDefaults.exclude, 'test/node/**', 'test/project/**', 'test/**/*.pure.test.ts'];

const firefox = {
  ...inPages,
  test: {
    ...common,
    name: 'firefox',
    // Where engines differ: files, and what reads and hashes bytes.
    include: [
      'test/{archive,storage}/**/*.test.ts',
      'test/actions/p*/*director*.test.ts',
      'test/browser/{files,workers}/**/*.test.ts',
      'test/oci/digest*.test.ts',
    ],
    exclude: notInPages,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: firefoxProvider(),
      instances: [{ browser: 'firefox' as const }],
    },
  },
};

const hasFirefox = findFirefox() !== undefined;
if (!hasFirefox && !isCI) console.warn('skipped: the tests in Firefox (firefox is not installed)');

export default defineConfig({
  // For the registries, which the root project starts once for all others.
  resolve: { alias: sourceAliases('node') },
  test: {
    globalSetup: 'test/support/global-setup.ts',
    projects: [
      {
        plugins: [threadPrograms()],
        resolve: { alias: sourceAliases('node') },
        test: {
          ...common,
          name: 'node',
          environment: 'node',
          exclude: [...configDefaults.exclude, 'test/browser/**'],
        },
      },
      {
        ...inPages,
        test: {
          ...common,
          name: 'browser',
          exclude: notInPages,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launchOptions() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      // Under CI it fails where there is none.
      ...(hasFirefox || isCI ? [firefox] : []),
    ],
  },
});
