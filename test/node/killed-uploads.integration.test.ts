import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, Registry } from 'oras-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { noise } from '../support/noise.ts';
import { describeEachRegistry } from '../support/registries.ts';
import { startUploadProxy } from '../support/upload-proxy.ts';

const chunkSize = 400_000;
const bytes = noise(3_000_000, 91);
/** More than the heads of all requests. */
const heads = 20_000;
let folder: string;
let program: string;
let number = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-killed-'));
  program = await bundle(join(import.meta.dirname, 'killed-uploads/uploader.ts'), folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that pushes; `ended` gives what it wrote, and the signal that ended it. */
function start(reference: string, directory: string, chunks = ''): { child: ChildProcess; ended: Promise<unknown[]> } {
  const child = spawn(process.execPath, [program, reference, directory, `${chunkSize}`, chunks], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return { child, ended: once(child, 'close').then(([, signal]) => [output, signal]) };
}

function directoryWithFile(): string {
  const directory = mkdtempSync(join(folder, 'upload-'));
  writeFileSync(join(directory, 'model.bin'), bytes);
  return directory;
}

async function expectPushed(reference: string, directory: string): Promise<void> {
  const [file] = (await new Registry().pull(reference)).files;
  expect(digestOf(new Uint8Array(await (await file!.blob()).arrayBuffer()))).toBe(digestOf(bytes));
  expect(await readdir(join(directory, 'notes/uploads'))).toEqual([]);
}

describeEachRegistry('uploads: a process that was killed', ({ host, name }) => {
  test.for([3])('after %i chunks: another sends only what is missing', async (chunks) => {
    const directory = directoryWithFile();
    const reference = `${host}/killed/file${++number}:v1`;
    expect(await start(reference, directory, `${chunks}`).ended).toEqual(['', 'SIGKILL']);
    expect(await start(reference, directory).ended).toEqual([`resume ${chunks * chunkSize}`, null]);
    await expectPushed(reference, directory);
  });

  test.for([1_000_000, 2_900_000])('in a chunk, after %i bytes: another ends it', async (limit) => {
    const directory = directoryWithFile();
    const path = `killed/file${++number}:v1`;
    const killed: { child?: ChildProcess } = {};
    // Connections stay open, as a process that is gone sends no farewell through a proxy.
    const proxy = await startUploadProxy(host, [limit], () => killed.child?.kill('SIGKILL'));
    const first = start(`${proxy.host}/${path}`, directory);
    killed.child = first.child;
    expect(await first.ended).toEqual(['', 'SIGKILL']);
    proxy.limitAt(Number.POSITIVE_INFINITY);
    const [began] = await start(`${proxy.host}/${path}`, directory).ended;
    if (name === 'docker-registry') {
      // It ends a session of which it has other bytes than its address says: half a chunk.
      expect(began).toMatch(/^(resume \d+|restart expired)$/);
    } else {
      expect(began).toMatch(/^resume \d+$/);
      const resumed = Number(String(began).split(' ')[1]);
      expect(limit - resumed).toBeLessThan(chunkSize + heads);
    }
    await proxy.close();
    await expectPushed(`${host}/${path}`, directory);
  });
});
