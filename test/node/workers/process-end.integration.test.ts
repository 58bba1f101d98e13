import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../support/bundle.ts';
import { noise } from '../../support/noise.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'process-end-'));
const directory = join(folder, 'directory');
let program: string;

beforeAll(async () => {
  mkdirSync(directory);
  writeFileSync(join(directory, 'a'), noise(20_000_000, 1));
  program = await bundle(join(import.meta.dirname, 'program.ts'), folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('packDirectory: a process that waits for the archive is kept alive by its threads', async () => {
  const { stdout } = await run(process.execPath, [program, directory]);
  expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n.*"isDone":true/);
});

test('packDirectory: a process that gives up an archive is not kept alive by its threads', async () => {
  const { stdout } = await run(process.execPath, [program, directory, '3']);
  expect(JSON.parse(stdout)).toEqual({ chunks: 3, isDone: false });
});
