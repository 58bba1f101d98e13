import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig } from 'vitest/config';
import { sourceAliases } from './package-sources.mjs';
import { launchOptions } from './test/support/chromium.mjs';

// Long enough for a machine that is slow and busy: nothing waits for these but what has failed.
const common = {
  include: ['test/**/*.test.ts'],
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  // For the registries, which the root project starts once for all others.
  resolve: { alias: sourceAliases('node') },
  test: {
    globalSetup: 'test/support/global-setup.ts',
    projects: [
      {
        resolve: { alias: sourceAliases('node') },
        test: {
          ...common,
          name: 'node',
          environment: 'node',
          exclude: [...configDefaults.exclude, 'test/browser/**'],
        },
      },
      {
        resolve: { alias: sourceAliases('browser') },
        // Found during a run, it would load the page anew.
        optimizeDeps: { include: ['fast-check', 'hash-wasm', 'ky', 'pako', 'zod/mini'] },
        test: {
          ...common,
          name: 'browser',
          // A table of pure functions (CONTRIBUTING.md) is run in Node alone.
          exclude: [...configDefaults.exclude, 'test/node/**', 'test/project/**', 'test/**/*.pure.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launchOptions() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
