import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packedHere } from '../../../src/actions/push/pack-directory.ts';
import { packInThreads } from '../../../src/node/workers/pack-in-threads.ts';
import { outcome, packingCases } from './packed-alike.ts';

let root: string;
const started: Worker[] = [];
const count = (worker: Worker): void => void started.push(worker);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'case-'));
  started.length = 0;
  process.on('worker', count);
});
afterEach(() => {
  process.off('worker', count);
  rmSync(root, { recursive: true });
});

test.for(packingCases)('packInThreads: $name is packed as without threads', async (it) => {
  const outcomes = [];
  for (const [name, pack] of Object.entries({ packedHere, packInThreads })) {
    const folder = join(root, name);
    mkdirSync(folder);
    await it.make(folder);
    const { message, ...other } = await outcome(it, folder, pack);
    outcomes.push({ ...other, message: String(message).replaceAll(folder, '') });
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[1]).toMatchObject(it.expected ?? { digest: expect.stringMatching(/^sha256:/) });
});
