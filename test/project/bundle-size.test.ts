import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from './files.ts';

const limit = 41_000;

test(`bundle size: the browser file is at most ${limit} bytes, compressed`, () => {
  const file = join(root, 'dist/oras.min.js');
  expect(existsSync(file), 'dist/oras.min.js is missing: run `npm run build` first').toBe(true);
  const script = readFileSync(file);
  const compressed = gzipSync(script, { level: 9 }).length;
  console.log(`dist/oras.min.js: ${script.length} bytes, ${compressed} bytes compressed, limit ${limit}`);
  expect(compressed).toBeLessThanOrEqual(limit);
});
