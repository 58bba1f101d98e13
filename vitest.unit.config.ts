import { configDefaults, defineConfig } from 'vitest/config';
import { sourceAliases } from './package-sources.mjs';
import { threadPrograms } from './test/support/thread-programs.ts';

// The tests that need neither a server nor a program nor a page, in Node alone: what one runs while one works.
export default defineConfig({
  plugins: [threadPrograms()],
  resolve: { alias: sourceAliases('node') },
  test: {
    name: 'unit',
    environment: 'node',
    include: ['test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      'test/**/*.integration.test.ts',
      'test/**/*-random.test.ts',
      'test/browser/**',
      'test/project/**',
    ],
    // One worker less than processors is too few on a machine with two.
    maxWorkers: '100%',
    setupFiles: 'test/support/no-servers.ts',
    testTimeout: 60_000,
  },
});
