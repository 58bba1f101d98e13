import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorage, Registry } from 'oras-js';
import { createFetch, DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../../src/node/serve/serve.ts';
import { countedSignal } from '../../support/counted-signal.ts';
import { noise } from '../../support/noise.ts';

const files = Array.from({ length: 100 }, (_, i) => ({ name: `${i}.bin`, content: noise(300_000, i + 1) }));
const concurrency = 32;
let server: RunningServer;
let directory: string;
let warnings: Error[];
const warn = (warning: Error): void => void warnings.push(warning);

beforeEach(async () => {
  warnings = [];
  process.on('warning', warn);
  directory = mkdtempSync(join(tmpdir(), 'oras-js-listeners-'));
  server = await serve(createRegistryServer({ auth: { scheme: 'bearer', users: { alice: 'secret' } } }));
});
afterEach(async () => {
  process.off('warning', warn);
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('listeners: a push and a pull of many files at a time with one signal', () => {
  test.for([
    ['the client of Node', async () => ({})],
    ['createFetch', async () => ({ fetch: await createFetch({ proxy: 'none' }) })],
    ['fetch', async () => ({ fetch: globalThis.fetch })],
  ] as const)('over %s: no warning, and nothing is left', async ([, options]) => {
    const { signal, now, most } = countedSignal();
    const registry = new Registry({ credentials: { username: 'alice', password: 'secret' }, ...(await options()) });
    const reference = `${server.host}/org/files:v1`;
    await registry.push(reference, files, { signal, concurrency });
    await registry.pull(reference, { signal, concurrency, to: new DirectoryStorage(directory) });
    await registry.pull(reference, { signal, concurrency, to: new MemoryStorage() });
    // Warnings are told in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map(({ message }) => message)).toEqual([]);
    expect([now(), most()]).toEqual([0, 1]);
  });
});
