import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { expect, test } from 'vitest';
import { root } from './files.ts';

// Bytes after compression. Chunks that are loaded later do not count: they are not on the way of what is measured.
const limits = { client: 66_500, inspect: 11_000 };

function check(what: string, script: Uint8Array, limit: number): void {
  const compressed = gzipSync(script, { level: 9 }).length;
  console.log(`${what}: ${script.length} bytes, ${compressed} bytes compressed, limit ${limit}`);
  expect(compressed).toBeLessThanOrEqual(limit);
}

function built(file: string): string {
  const path = join(root, file);
  expect(existsSync(path), `${file} is missing: run \`npm run build\` first`).toBe(true);
  return path;
}

test(`bundle size: the browser file is at most ${limits.client} bytes, compressed`, () => {
  check('dist/oras.min.js', readFileSync(built('dist/oras.min.js')), limits.client);
});

test(`bundle size: inspect as a function is at most ${limits.inspect} bytes, compressed`, async () => {
  built('dist/index.js');
  // What is loaded later is left where it is: esbuild would move all it shares with the rest into a file of its own.
  const laterIsExternal: Plugin = {
    name: 'later-is-external',
    setup: ({ onResolve }) =>
      onResolve({ filter: /./ }, ({ kind }) => (kind === 'dynamic-import' ? { external: true } : undefined)),
  };
  const { outputFiles } = await build({
    stdin: { contents: `export { inspect } from 'oras-js';`, resolveDir: root },
    // Without it the name of the package would stand for its sources.
    tsconfigRaw: '{}',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    plugins: [laterIsExternal],
    write: false,
  });
  check('inspect', outputFiles[0]!.contents, limits.inspect);
});
